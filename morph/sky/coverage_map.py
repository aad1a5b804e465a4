"""Multi-order coverage maps (MOC) of the sky, as ranges of HEALPix cells of order 29.

Forms of IVOA's MOC 2.0: FITS (its cells as NUNIQ or RANGE), JSON and ASCII. All are
in ICRS. Ranges are (N, 2) int64, the end excluded, sorted, and do not touch.
"""

import io
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from morph.errors import MorphError

DEEPEST = 29
MOST_BYTES = 50_000_000
MOST_ORDER = 18  # of a map that is made: cells of 0.8 arcsec
_CELLS = 12 * 4**DEEPEST
_WORD = re.compile(r"(?:(\d+)/)?(?:(\d+)(?:-(\d+))?)?")
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError)
_EXPECTED = "expected a coverage map (MOC) in FITS, JSON or ASCII"


def read_moc(path: Path) -> np.ndarray:
    """The ranges of a FITS file that is trusted; MorphError if it is no MOC."""
    try:
        stat = path.stat()
    except OSError as error:
        raise MorphError(f"its MOC {path.name} cannot be read: {error}") from error
    return _read(path, stat.st_mtime_ns)


def parse_moc(data: bytes) -> np.ndarray:
    """The ranges of a file in any of the three forms; MorphError if it is no MOC.

    Call it for a file from outside only in a limited process, as `morph.sky.moc_child`
    does.
    """
    try:
        if data.startswith(b"SIMPLE"):
            found = _of_fits(io.BytesIO(data))
        else:
            found = _of_text(data.decode("utf-8-sig"))
        return merged(found)
    except (*_BROKEN, OverflowError, RecursionError) as error:
        if isinstance(error, MorphError):
            raise
        raise MorphError(f"it cannot be read ({error}); {_EXPECTED}") from error


def contains(ranges: np.ndarray, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Which positions, (N,) ICRS degrees, are inside; an unknown one is not."""
    from morph.sky.cones import healpix_29

    known = np.isfinite(ra) & np.isfinite(dec)
    inside = np.zeros(len(ra), dtype=bool)
    if known.any() and len(ranges):
        inside[known] = in_ranges(ranges, healpix_29(ra[known], dec[known]))
    return inside


def in_ranges(ranges: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Which cells of order 29, (N,) int64, are inside; -1 is not."""
    at = np.searchsorted(ranges[:, 0], cells, side="right") - 1
    return (at >= 0) & (cells < ranges[np.maximum(at, 0), 1])


def of_cells(cells: np.ndarray, order: int) -> np.ndarray:
    """Ranges of the cells of an order that have one of these cells of order 29."""
    if not 0 <= order <= MOST_ORDER:
        raise MorphError(
            f"the order of a coverage map is {order}; expected 0 to {MOST_ORDER}"
        )
    width = 4 ** (DEEPEST - order)
    first = np.unique(cells[cells >= 0] // width) * width
    return merged(np.stack([first, first + width], axis=1))


def merged(ranges: np.ndarray) -> np.ndarray:
    """The ranges sorted, those that touch or overlap as one; MorphError if wrong."""
    ranges = np.asarray(ranges, dtype=np.int64).reshape(-1, 2)
    if len(ranges) and (ranges.min() < 0 or ranges.max() > _CELLS):
        raise MorphError("it has cells that are not on the sky")
    if (ranges[:, 0] >= ranges[:, 1]).any():
        raise MorphError("it has a range that ends before it begins")
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    furthest = np.maximum.accumulate(ranges[:, 1])
    begins = np.ones(len(ranges), dtype=bool)
    begins[1:] = ranges[1:, 0] > furthest[:-1]
    ends = np.append(np.flatnonzero(begins)[1:] - 1, len(ranges) - 1)[: begins.sum()]
    return np.stack([ranges[begins, 0], furthest[ends]], axis=1)


def sky_deg2(ranges: np.ndarray) -> float:
    """The area inside, in square degrees."""
    cells = float((ranges[:, 1] - ranges[:, 0]).sum())
    return cells / _CELLS * 4 * np.pi * np.degrees(1) ** 2


def as_file(ranges: np.ndarray, order: int, *, form: str, about: str = "") -> bytes:
    """The map as a file of MOC 2.0, in ``form`` "fits" or "json".

    ``about`` is a comment in the header of FITS.
    """
    from mocpy import MOC  # slow to import

    made = MOC.from_depth29_ranges(order, ranges.astype(np.uint64))
    if form == "json":
        return json.dumps(made.serialize("json")).encode()
    if form != "fits":
        raise MorphError(f"the form is {form!r}; expected fits or json")
    file = made.serialize("fits")
    ascii_only = about.replace("°", " deg").encode("ascii", "replace").decode()
    file[1].header.add_comment(ascii_only or "made by morph")
    out = io.BytesIO()
    file.writeto(out)
    return out.getvalue()


@lru_cache(maxsize=16)
def _read(path: Path, modified_ns: int) -> np.ndarray:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES // 10**6} MB")
        with path.open("rb") as file:
            return merged(_of_fits(file))
    except (*_BROKEN, MorphError) as error:
        raise MorphError(
            f"its MOC {path.name} cannot be read ({error}); expected a MOC in FITS"
        ) from error


def _of_fits(opened: BinaryIO) -> np.ndarray:
    from astropy.io import fits  # slow to import

    with fits.open(opened, memmap=False) as file:
        header, table = file[1].header, file[1].data
    frame = str(header.get("COORDSYS", "C")).strip()
    kind = str(header.get("MOCDIM", header.get("MOC", "SPACE"))).strip().upper()
    if kind not in ("SPACE", "SMOC"):
        raise ValueError(f"it covers {kind}, and SPACE, the sky alone, is expected")
    if frame[:1].upper() != "C":
        raise ValueError(f"COORDSYS is {frame!r}, and ICRS, 'C', is expected")
    column = np.asarray(table.field(0)).astype(np.int64).ravel()
    ordering = str(header.get("ORDERING", "")).strip().upper()
    if ordering == "RANGE":
        return column.reshape(-1, 2)
    if ordering != "NUNIQ":
        raise ValueError(f"ORDERING is {ordering!r}; expected NUNIQ or RANGE")
    return _of_uniq(column)


def _of_text(text: str) -> np.ndarray:
    """Ranges of ``{"3": [10, 11]}``, or of ``3/10-11 5/7``."""
    text = text.strip()
    if text.startswith("{"):
        cells = {order: _pairs(order, one) for order, one in json.loads(text).items()}
        return np.concatenate([_of_order(*one) for one in cells.items()])
    parts: list[np.ndarray] = []
    order = ""
    for word in re.split(r"[\s,]+", text):
        if not (found := _WORD.fullmatch(word)):
            raise ValueError(f"{word[:20]!r} is none of its parts")
        order = found[1] or order
        if found[2]:
            first = int(found[2])
            parts.append(_of_order(order, [(first, int(found[3] or first))]))
    return np.concatenate(parts)


def _pairs(order: str, cells: list[int]) -> list[tuple[int, int]]:
    if not all(type(cell) is int for cell in cells):
        raise ValueError(f"the cells of order {order[:9]!r} are not all whole numbers")
    return [(cell, cell) for cell in cells]


def _of_order(order: str, cells: list[tuple[int, int]]) -> np.ndarray:
    """Ranges of order 29 of cells of an order, (first, last)."""
    if not (order.isdecimal() and int(order) <= DEEPEST):
        raise ValueError(f"{order[:20]!r} is no order; expected 0 to {DEEPEST}")
    pairs = np.array(cells, dtype=np.int64).reshape(-1, 2)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= 12 * 4 ** int(order)):
        raise ValueError(f"order {order} has cells that are not on the sky")
    return (pairs + np.array([0, 1])) * 4 ** (DEEPEST - int(order))


def _of_uniq(cells: np.ndarray) -> np.ndarray:
    """Ranges of order 29 of cells numbered as 4 · 4^order + index (NUNIQ)."""
    if len(cells) and cells.min() < 4:
        raise ValueError("a cell has a number below 4")
    first_of_order = 4 * np.int64(4) ** np.arange(DEEPEST + 2)
    order = np.searchsorted(first_of_order, cells, side="right") - 1
    width = np.int64(4) ** (DEEPEST - order)
    first = (cells - 4 * np.int64(4) ** order) * width
    return np.stack([first, first + width], axis=1)
