"""Read untrusted tables of any format safely."""

from morph.tables.opening import Contents, Table, open_table

__all__ = ["Contents", "Table", "open_table"]
