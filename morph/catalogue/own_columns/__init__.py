"""A person's own columns: of uploaded lists, and similarities to examples.

They are described and kept in the workspace, and joined by iauname.
"""
