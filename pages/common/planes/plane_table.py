"""A plane of galaxies as a table, for its numbers and for screen readers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from morph.geometry import density
from morph.geometry.density import Window
from pages.common import figures


def draw(
    x: np.ndarray,
    y: np.ndarray,
    window: Window,
    axes: tuple[str, str],
    *,
    key: str,
    values: np.ndarray | None = None,
    title: str = "",
) -> None:
    """Counts in rectangles of a plane, and the mean of ``values`` in them."""
    across, up = axes
    names = {
        "left": f"{across} from",
        "right": f"{across} to",
        "low": f"{up} from",
        "high": f"{up} to",
        "galaxies": "Galaxies",
        "mean": f"Mean {title}",
    }

    def rows() -> pd.DataFrame:
        table = density.count_table(x, y, window, values=values)
        return table.rename(columns=names)

    figures.table(
        rows,
        columns(names.values(), "%.2f"),
        alt="Number of galaxies in rectangular cells of the plane",
        key=key,
    )


def columns(titles: Iterable[str], form: str) -> dict[str, Any]:
    """Columns of numbers in a form, and the numbers of galaxies."""
    numbers = {title: figures.number(form=form) for title in titles}
    return numbers | {"Galaxies": figures.number()}
