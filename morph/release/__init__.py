"""A release folder: its manifest, writing, verifying and publishing it."""
