"""Positions in a multi-order coverage map (MOC), as IVOA's FITS format stores it."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from morph.errors import MorphError

_DEEPEST = 29
_MOST_BYTES = 50_000_000


def read_moc(path: Path) -> np.ndarray:
    """(N, 2) ranges of HEALPix cells of order 29, the end excluded, sorted.

    MorphError if the file is not a MOC of the sky.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise MorphError(f"its MOC {path.name} cannot be read: {error}") from error
    return _read(path, stat.st_mtime_ns)


def contains(ranges: np.ndarray, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Which positions, (N,) ICRS degrees, are inside; an unknown one is not."""
    from morph.sky.cones import healpix_29

    known = np.isfinite(ra) & np.isfinite(dec)
    inside = np.zeros(len(ra), dtype=bool)
    if not known.any() or not len(ranges):
        return inside
    cells = healpix_29(ra[known], dec[known]).astype(np.int64)
    at = np.searchsorted(ranges[:, 0], cells, side="right") - 1
    inside[known] = (at >= 0) & (cells < ranges[np.maximum(at, 0), 1])
    return inside


@lru_cache(maxsize=16)
def _read(path: Path, modified_ns: int) -> np.ndarray:
    from astropy.io import fits  # slow to import

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 10**6} MB")
        with fits.open(path, memmap=False) as file:
            header, table = file[1].header, file[1].data
            frame = str(header.get("COORDSYS", "C")).strip()
        if frame[:1].upper() != "C":
            raise ValueError(f"COORDSYS is {frame!r}, and ICRS, 'C', is expected")
        column = np.asarray(table.field(0)).astype(np.int64).ravel()
        is_ranges = str(header.get("ORDERING", "")).strip().upper() == "RANGE"
        ranges = column.reshape(-1, 2) if is_ranges else _of_cells(column)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise MorphError(
            f"its MOC {path.name} cannot be read ({error}); expected a MOC in FITS"
        ) from error
    return ranges[np.argsort(ranges[:, 0])]


def _of_cells(cells: np.ndarray) -> np.ndarray:
    """Ranges of order 29 of cells numbered as 4 · 4^order + index (NUNIQ)."""
    if len(cells) and cells.min() < 4:
        raise ValueError("a cell has a number below 4")
    first_of_order = 4 * np.int64(4) ** np.arange(_DEEPEST + 2)
    order = np.searchsorted(first_of_order, cells, side="right") - 1
    width = np.int64(4) ** (_DEEPEST - order)
    first = (cells - 4 * np.int64(4) ** order) * width
    return np.stack([first, first + width], axis=1)
