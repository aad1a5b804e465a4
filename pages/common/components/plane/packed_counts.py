"""Counts of galaxies in cells, as a browser gets them: those of a release only once.

The selected galaxies of a cell differ little from the mean fraction of all in it, so
the differences take fewer bytes than the counts: `selectedOf` of `cells.js` adds.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from morph.figures.plane_scene import Cells
from morph.geometry.density import Window
from pages.common.server.routes import drawn_data


def packed(cells: Cells) -> dict[str, Any]:
    """Addresses of the grid with its texts, and of the differences; their bytes each.

    ``selected`` is the sum of the counts, from which the mean fraction follows.
    """
    whole = cells.whole.ravel().astype(np.int64)
    grid = _grid(cells.window, whole.tobytes(), tuple(cells.columns), tuple(cells.rows))
    known = whole > 0
    selected = cells.selected.ravel()[known].astype(np.int64)
    codes = _differences(whole[known], selected)
    data = byte_planes(codes)
    return {
        "grid": drawn_data.keep(grid),
        "selected": int(selected.sum()),
        "counts": drawn_data.keep_numbers(data),
        "bytes": len(data),
    }


def byte_planes(numbers: np.ndarray, number: int = 0) -> np.ndarray:
    """(P, N) uint8: the lowest bytes of whole numbers >= 0, then the next ones.

    ``number`` is P, by default as many as the largest of the numbers needs.
    """
    needed = (int(numbers.max(initial=0)).bit_length() + 7) // 8
    rows = numbers.astype("<i8").view(np.uint8).reshape(-1, 8).T
    return rows[: number or max(needed, 1)].copy()


def without_sign(numbers: np.ndarray) -> np.ndarray:
    """0, -1, 1, -2 as 0, 1, 2, 3: small numbers have small codes."""
    return np.where(numbers >= 0, 2 * numbers, -2 * numbers - 1)


def _differences(whole: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """Selected less the rounded mean fraction of all."""
    of, total = int(selected.sum()), max(int(whole.sum()), 1)
    return without_sign(selected - (2 * whole * of + total) // (2 * total))


@lru_cache(maxsize=8)
def _grid(
    window: Window, whole: bytes, columns: tuple[str, ...], rows: tuple[str, ...]
) -> str:
    counts = np.frombuffer(whole, dtype=np.int64).tolist()
    grid = {"window": vars(window), "whole": counts, "columns": columns, "rows": rows}
    return drawn_data.json_of(grid)
