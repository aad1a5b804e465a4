"""Files of a selection, code that reproduces it, and text for a paper."""
