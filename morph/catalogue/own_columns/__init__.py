"""Columns of uploaded lists: described and kept in the workspace, joined by iauname."""
