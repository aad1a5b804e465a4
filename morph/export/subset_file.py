"""A subset as a file at a permanent address, for programs such as TOPCAT."""

import re
from dataclasses import replace

from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import release
from morph.errors import MorphError
from morph.export.export import Export, export
from morph.export.file_formats import FILES, FORMATS
from morph.subsets.saved import as_selection, subset

# Suffixes of file names in addresses, such as k7f3a.fits, and their formats.
SUFFIXES = {one.suffix.removeprefix("."): name for name, one in FORMATS.items()}
_ADDRESSED = {one.suffix.removeprefix("."): name for name, one in FILES.items()}
_FILE_NAME = re.compile(rf"([a-z2-9]{{5}})\.({'|'.join(map(re.escape, _ADDRESSED))})")


def subset_file(
    con: DuckDBPyConnection,
    subset_id: str,
    *,
    format: str = "fits",
    columns: str = "basic",
    link: str = "",
) -> Export:
    """Export a subset's galaxies with the columns of its release.

    Raises
    ------
    MorphError
        If there is no such subset, or its release is not loaded unchanged.
    """
    saved = subset(con, subset_id)
    of = release(con, saved.release_id)
    if of.key != saved.release_key:
        raise MorphError(
            f"“{saved.name}” was made from another release called {saved.release_id}; "
            "load that one, or apply the subset's definition to another release"
        )
    made = export(
        con, of, as_selection(saved, of), format=format, columns=columns, link=link
    )
    stem = f"{of.release_id}_{saved.subset_id}_{made.rows}_{saved.digest}"
    return replace(made, name=stem + FILES[format].suffix)


def file_of_address(
    con: DuckDBPyConnection, name: str, *, columns: str = "basic", link: str = ""
) -> Export:
    """The file named at the end of an address, such as "k7f3a.fits".

    Raises
    ------
    MorphError
        If it names no subset or no format; the response is then 404.
    """
    match = _FILE_NAME.fullmatch(name)
    if match is None:
        raise MorphError(
            f"{name[:60]!r} is not a file of a subset; expected its id and one of "
            f"{', '.join(f'.{suffix}' for suffix in _ADDRESSED)}"
        )
    subset_id, suffix = match.groups()
    return subset_file(
        con, subset_id, format=_ADDRESSED[suffix], columns=columns, link=link
    )
