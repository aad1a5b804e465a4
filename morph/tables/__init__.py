"""Tables of any format that somebody hands us, opened safely."""

from morph.tables.opening import Contents, Table, open_table

__all__ = ["Contents", "Table", "open_table"]
