"""Galaxies in drawn regions or in a subset, as a bit mask bound to SQL.

A mask has a bit for each row of a release's table. Measured at 248,088 rows, with a
polygon of 60 corners: made in 20-90 ms, then 4-16 ms in each query, while the polygon
as SQL cost 130-380 ms in each, and as a function called from SQL 220-510 ms.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import plane_columns
from morph.catalogue.in_memory.columns import column
from morph.catalogue.release_table import Deferred, LoadedRelease, query
from morph.catalogue.subset_members import is_saved, names_sql
from morph.errors import MorphError
from morph.geometry.regions import Region, combined, plane_coordinates

_MOST_KEPT = 128  # of 31 kB each for 248,088 galaxies
_BLOCK = 200_000  # galaxies whose coordinates are computed at once

_lock = threading.Lock()
_kept: OrderedDict[tuple[str, int, object], bytes] = OrderedDict()


@dataclass(frozen=True)
class InRegions(Deferred):
    """The mask of the galaxies that regions select together."""

    regions: tuple[Region, ...]

    def __call__(self, con: DuckDBPyConnection, release: LoadedRelease) -> bytes:
        return remembered(
            release, self, lambda: _region_mask(con, release, self.regions)
        )


@dataclass(frozen=True)
class Members(Deferred):
    """The mask of those galaxies of a subset that the release has."""

    subset_id: str

    def __call__(self, con: DuckDBPyConnection, release: LoadedRelease) -> bytes:
        return remembered(
            release, self, lambda: _member_mask(con, release, self.subset_id)
        )


def is_in(release: LoadedRelease, parameter: str) -> str:
    """SQL condition that a galaxy is in the mask bound to ``parameter``."""
    row = f"{release.table}.rowid::INTEGER"
    return f"get_bit(${parameter}::BLOB::BIT, {row}) = 1"


def as_mask(rows: np.ndarray, release: LoadedRelease) -> np.ndarray:
    """Which galaxies of a release are in ``rows``, (N,) bool."""
    mask = np.zeros(release.galaxies, dtype=bool)
    mask[rows] = True
    return mask


def unpacked(mask: bytes, release: LoadedRelease) -> np.ndarray:
    """A mask as (N,) bool in row order."""
    bits = np.unpackbits(np.frombuffer(mask, np.uint8), count=release.galaxies)
    return bits.astype(bool)


def _region_mask(
    con: DuckDBPyConnection, release: LoadedRelease, regions: tuple[Region, ...]
) -> np.ndarray:
    """Galaxies that regions select together, (N,) bool in row order."""
    columns = {
        plane: [column(con, release, name) for name in plane_columns(release, plane)]
        for plane in {region.plane for region in regions}
    }
    inside = np.empty(release.galaxies, dtype=bool)
    for start in range(0, release.galaxies, _BLOCK):
        part = slice(start, start + _BLOCK)
        inside[part] = combined(
            regions,
            {
                plane: plane_coordinates(plane, [v[part] for v in values], release.tree)
                for plane, values in columns.items()
            },
        )
    return inside


def _member_mask(
    con: DuckDBPyConnection, release: LoadedRelease, subset_id: str
) -> np.ndarray:
    if not is_saved(con, subset_id):
        raise MorphError(
            f"there is no subset {subset_id}; it may have been made in another "
            "workspace. Remove it from the selection"
        )
    sql = (
        f"SELECT rowid AS row FROM {release.table} "
        f"WHERE iauname IN ({names_sql('subset_id')})"
    )
    found = query(con, release, sql, {"subset_id": subset_id}).fetchnumpy()
    return as_mask(found["row"], release)


def remembered(
    release: LoadedRelease, what: Deferred, make: Callable[[], np.ndarray]
) -> bytes:
    """A mask from the cache of those used last, or made now; eight galaxies a byte."""
    key = (release.key, release.sequence, what)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    mask = np.packbits(make()).tobytes()
    with _lock:
        _kept[key] = mask
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return mask
