"""Counts of galaxies in cells, as a browser gets them: those of a release only once.

The selected galaxies of a cell differ little from the mean fraction of all in it, so
the differences take fewer bytes than the counts: `selectedOf` of `cells.js` adds.
"""

import json
from functools import lru_cache
from typing import Any

import numpy as np

from morph.figures.plane_scene import Cells
from morph.geometry.density import Window
from pages.common.server.routes import drawn_data

_KINDS = (np.uint8, np.uint16, np.uint32)


def packed(cells: Cells) -> dict[str, Any]:
    """Addresses of the grid with its texts, and of the differences; their bytes each.

    ``selected`` is the sum of the counts, from which the mean fraction follows.
    """
    whole = cells.whole.ravel().astype(np.int64)
    grid = _grid(cells.window, whole.tobytes(), tuple(cells.columns), tuple(cells.rows))
    known = whole > 0
    selected = cells.selected.ravel()[known].astype(np.int64)
    codes = _differences(whole[known], selected)
    kind = next(one for one in _KINDS if codes.max(initial=0) <= np.iinfo(one).max)
    # The first bytes of all, then the second ones: most of those are 0.
    each = np.dtype(kind).itemsize
    data = codes.astype(np.dtype(kind).newbyteorder("<")).view(np.uint8)
    return {
        "grid": drawn_data.keep(grid),
        "selected": int(selected.sum()),
        "counts": drawn_data.keep_numbers(data.reshape(-1, each).T.copy()),
        "bytes": each,
    }


def _differences(whole: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """Selected less the rounded mean fraction of all: 0, -1, 1, -2 as 0, 1, 2, 3."""
    of, total = int(selected.sum()), max(int(whole.sum()), 1)
    more = selected - (2 * whole * of + total) // (2 * total)
    return np.where(more >= 0, 2 * more, -2 * more - 1)


@lru_cache(maxsize=8)
def _grid(
    window: Window, whole: bytes, columns: tuple[str, ...], rows: tuple[str, ...]
) -> str:
    counts = np.frombuffer(whole, dtype=np.int64).tolist()
    grid = {"window": vars(window), "whole": counts, "columns": columns, "rows": rows}
    return json.dumps(grid, separators=(",", ":"), ensure_ascii=False)
