"""Release folders: manifest, writing, verifying and publishing."""
