"""Domain adaptation: the methods and their steps."""
