"""A person's own columns in files: their names there, values and descriptions."""

import json
from collections.abc import Iterable, Sequence

import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns import own_column, own_table
from morph.catalogue.own_columns.own_column import OwnColumn
from morph.tables.cells import guarded

# Name of a column in a file -> its unit and description.
Meanings = dict[str, tuple[str, str]]


def added(
    con: DuckDBPyConnection, table: pa.Table, refs: Sequence[str]
) -> tuple[pa.Table, Meanings]:
    """A table of galaxies with the columns of lists behind it, and what these are.

    MorphError if the workspace does not have one of the columns.
    """
    columns = [own_column.column(con, ref) for ref in dict.fromkeys(refs)]
    names = table["iauname"].combine_chunks()
    values = own_table.of_galaxies(con, columns, names)
    called = file_names(table.column_names, columns)
    for name, one in zip(called, values, strict=True):
        table = table.append_column(name, one)
    return table, meanings(columns, called)


def file_names(taken: Iterable[str], columns: Sequence[OwnColumn]) -> list[str]:
    """The name of each column in a file that has the names ``taken``.

    It is the one of its list; "_list" is added where the file has another column of
    that name, whatever its case, as FITS has no case. A name that is not ASCII, is
    longer than FITS allows, or is a formula to a spreadsheet, becomes the column's key.
    That of a computed column, which is a phrase, is written with underscores.
    """
    used, called = {name.lower() for name in taken}, []
    for one in columns:
        plain = one.name.isascii() and one.name.isprintable() and len(one.name) <= 60
        plain = plain and guarded(one.name) == one.name != ""
        name = first = one.name if plain else one.key
        if one.computed:
            name = first = own_column.keys([one.name])[0]
        number = 1
        while name.lower() in used:
            name = f"{first}_list" + (f"_{number}" if number > 1 else "")
            number += 1
        used.add(name.lower())
        called.append(name)
    return called


def meanings(columns: Sequence[OwnColumn], called: Sequence[str]) -> Meanings:
    """Unit and description of each column in a file."""
    return {
        name: (one.unit, f"{one.name}, {one.origin}")
        for name, one in zip(called, columns, strict=True)
    }


def lists_of(refs: Iterable[str]) -> list[str]:
    """The ids of the subsets whose lists have these columns."""
    return list(dict.fromkeys(own_column.parts(ref)[0] for ref in refs))


def sources(con: DuckDBPyConnection, refs: Sequence[str], called: Iterable[str]) -> str:
    """For the metadata: where each column is from, as JSON; "" without any."""
    columns = [own_column.column(con, ref) for ref in dict.fromkeys(refs)]
    facts = {
        name: {"subset_id": one.subset_id, "list": one.list_name, "column": one.name}
        for name, one in zip(called, columns, strict=True)
    }
    return json.dumps(facts, ensure_ascii=False) if facts else ""
