"""Limits on columns of uploaded lists, for programs that need no morph."""

import io
import re

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns.own_column import columns_of, parts
from morph.catalogue.own_columns.own_table import rows_of
from morph.selection.own_limits.own_limit import OwnLimit

_PLAIN = re.compile(r"[A-Za-z0-9 .,:;()+_/-]*")


def file_of(ref: str) -> str:
    """The file with the columns of a column's list, without its suffix."""
    return f"list_{parts(ref)[0]}"


def list_parquet(con: DuckDBPyConnection, subset_id: str) -> bytes:
    """The file: the values of each galaxy, under the keys of the columns."""
    rows = rows_of(con, subset_id, used=True)
    columns = {"iauname": rows["_iauname"]}
    columns |= {f"own_{one.key}": rows[one.key] for one in columns_of(con, subset_id)}
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def condition(limit: OwnLimit) -> str:
    """SQL on a view named as the file; identifiers are not quoted, as keys are safe."""
    key = f"own_{parts(limit.ref)[1]}"
    if limit.ends is not None:
        low, high = (_number(end) for end in limit.ends)
        meets = f"{key} BETWEEN {low} AND {high}"
    elif limit.values:
        meets = f"{key} IN ({', '.join(map(_literal, limit.values))})"
    else:
        meets = "FALSE"
    among = f"SELECT iauname FROM {file_of(limit.ref)} WHERE {key}"
    sql = f"iauname IN ({among} IS NOT NULL AND {meets})"
    if limit.keep_missing:
        sql += f"\n    OR iauname NOT IN ({among} IS NOT NULL)"
    return sql


def _number(value: float) -> str:
    text = repr(value)
    return text if "e" in text else f"{text}e0"


def _literal(value: str | bool) -> str:
    """A literal of SQL within a program; texts with signs are in hexadecimal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if _PLAIN.fullmatch(value):
        return f"'{value}'"
    return f"decode(from_hex('{value.encode().hex()}'))"
