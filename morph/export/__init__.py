"""Files of a selection, code that finds it again, and text for a paper."""
