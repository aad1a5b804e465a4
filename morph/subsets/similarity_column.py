"""The similarity of all galaxies of a release to examples, kept as a column.

It is computed once and kept in the workspace like the columns of an uploaded list
(`morph.catalogue.own_columns`), with the examples and the checksum of the vectors that
were compared: a release that is loaded again with other vectors makes it out of date.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns.own_column import COMPUTED
from morph.catalogue.own_columns.own_table import FIXED, NewColumn, OwnTable
from morph.catalogue.release_table import LoadedRelease, reading
from morph.errors import MorphError
from morph.subsets import saved
from morph.subsets.saved import Subset


def save(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    cosine: np.ndarray,
    recipe: Mapping[str, Any],
    *,
    file: str,
    name: str,
    note: str = "",
    owner: str | None = None,
) -> Subset:
    """Keep the similarity of all galaxies as a column.

    Parameters
    ----------
    cosine : (N,) array
        In row order; galaxies with NaN get no value.
    recipe : mapping
        What it is similarity to, in ``words`` and for programs.
    file : str
        The file of the release that holds the vectors that were compared.

    Raises
    ------
    MorphError
        If no galaxy has a value, or the name is taken.
    """
    known = np.isfinite(cosine)
    if not known.any():
        raise MorphError("no galaxy has features to compare; nothing was kept")
    recipe = {**recipe, "vectors_sha256": release.manifest.files[file].sha256}
    with reading(release):
        names = con.sql(f"SELECT iauname FROM {release.table}").to_arrow_table()
    names = names["iauname"].combine_chunks().filter(pa.array(known))
    return saved.write_column(
        con,
        recipe,
        (release.release_id, release.key),
        _table(names, cosine[known]),
        name=name,
        note=note,
        owner=owner,
    )


def _table(names: pa.Array, values: np.ndarray) -> OwnTable:
    """A row for each galaxy, as if a list had named it."""
    number = len(names)
    rows = {one: pa.nulls(number) for one in FIXED}
    rows |= {"_row": pa.array(np.arange(1, number + 1)), "_iauname": names}
    rows |= {"_state": pa.repeat("matched", number), "_used": pa.repeat(True, number)}
    column = NewColumn(COMPUTED, "number")
    return OwnTable((column,), pa.table({**rows, COMPUTED: pa.array(values)}))
