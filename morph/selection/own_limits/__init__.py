"""Limits on columns of uploaded lists, as values and as conditions of a selection."""
