"""Files that were once read wrongly, and what is right of each."""
