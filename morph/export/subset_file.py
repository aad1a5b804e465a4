"""A subset as a file at a permanent address, for programs such as TOPCAT."""

import re
from dataclasses import replace
from datetime import datetime

from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns.own_column import COMPUTED
from morph.catalogue.release_table import release
from morph.errors import MorphError
from morph.export.columns import Columns, as_columns, set_title
from morph.export.export import Export, export
from morph.export.file_formats import FILES, FORMATS
from morph.subsets.saved import Subset, as_selection, subset

# Suffixes of file names in addresses, such as k7f3a.fits, and their formats.
SUFFIXES = {one.suffix.removeprefix("."): name for name, one in FORMATS.items()}
_ADDRESSED = {one.suffix.removeprefix("."): name for name, one in FILES.items()}
_FILE_NAME = re.compile(rf"([a-z2-9]{{5}})\.({'|'.join(map(re.escape, _ADDRESSED))})")


def subset_file(
    con: DuckDBPyConnection,
    subset_id: str,
    *,
    format: str = "fits",
    columns: str | Columns = "basic",
    link: str = "",
) -> Export:
    """Export a subset's galaxies with the columns of its release.

    Its date is when the subset was saved, or its release loaded if that was later: made
    again, the file has the same bytes, so that one can be read in parts.

    Raises
    ------
    MorphError
        If there is no such subset, it is a column, or its release is not loaded
        unchanged.
    """
    saved = _with_galaxies(con, subset_id)
    of = release(con, saved.release_id)
    if of.key != saved.release_key:
        raise MorphError(
            f"“{saved.name}” was made from another release called {saved.release_id}; "
            "load that one, or apply the subset's definition to another release"
        )
    wanted = as_columns(columns)
    made = export(
        con,
        of,
        as_selection(saved, of),
        format=format,
        columns=wanted,
        link=link,
        now=datetime.fromisoformat(max(saved.created, of.loaded)),
    )
    stem = f"{of.release_id}_{saved.subset_id}_{made.rows}_{saved.digest}"
    named = f"{stem}_{set_title(of, wanted.of)}{FILES[format].suffix}"
    return replace(made, name=named)


def file_of_address(
    con: DuckDBPyConnection,
    name: str,
    *,
    columns: str | Columns = "basic",
    link: str = "",
) -> Export:
    """The file named at the end of an address, such as "k7f3a.fits".

    Raises
    ------
    MorphError
        If it names no subset or no format; the response is then 404.
    """
    subset_id, format = _id_and_format(name)
    return subset_file(con, subset_id, format=format, columns=columns, link=link)


def made_of(con: DuckDBPyConnection, name: str) -> tuple[str, ...]:
    """What the file at an address is made of, beside its columns and its link.

    Raises MorphError if it names no subset, no format, or its release is not loaded.
    """
    subset_id, format = _id_and_format(name)
    saved = _with_galaxies(con, subset_id)
    of = release(con, saved.release_id)
    return (subset_id, format, saved.name, saved.note, of.manifest_sha256, of.loaded)


def _with_galaxies(con: DuckDBPyConnection, subset_id: str) -> Subset:
    """The subset; MorphError for a computed column, which has no galaxies."""
    saved = subset(con, subset_id)
    if saved.kind == COMPUTED:
        raise MorphError(
            f"“{saved.name}” is a column of all galaxies of {saved.release_id}, not a "
            "subset; choose it under “Your columns” on Download"
        )
    return saved


def _id_and_format(name: str) -> tuple[str, str]:
    match = _FILE_NAME.fullmatch(name)
    if match is None:
        raise MorphError(
            f"{name[:60]!r} is not a file of a subset; expected its id and one of "
            f"{', '.join(f'.{suffix}' for suffix in _ADDRESSED)}"
        )
    return match[1], _ADDRESSED[match[2]]
