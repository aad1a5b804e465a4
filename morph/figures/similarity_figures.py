"""Histogram of distances in a similarity search, the galaxies shown in colour."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import (
    ACCENT,
    SELECTED,
    WHOLE,
    bars,
    finished,
    logarithmic_counts,
)

_BINS = 80


def distance_table(all_distances: np.ndarray, shown: np.ndarray) -> pd.DataFrame:
    """Histogram of the distances of all candidates, with those shown separate.

    ``all_distances`` (M,) are 1 - cosine of every candidate, ``shown`` (K,) those of
    the galaxies shown, at least one. The table has ``low`` and ``high`` of each bin,
    and the galaxies ``shown`` and ``others``.
    """
    highest = max(float(all_distances.max(initial=0)), float(shown.max()), 1e-6)
    edges = np.linspace(0, highest, _BINS + 1)
    near, _ = np.histogram(shown, edges)
    everyone, _ = np.histogram(all_distances, edges)
    others = np.maximum(everyone - near, 0)  # in half precision one may change its bin
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "shown": near, "others": others}
    )


def distances(table: pd.DataFrame, farthest: float) -> go.Figure:
    """Plot `distance_table`; ``farthest`` is the distance of the last galaxy shown."""
    figure = go.Figure()
    for name, colour, counts in (
        ("Others", WHOLE, table["others"]),
        ("Shown", ACCENT, table["shown"]),
    ):
        bar = bars(
            table,
            counts,
            colour=colour,
            name=f"{name} ({counts.sum():,})",
            hover="distance %{x:.3f}: %{y:,} galaxies",
        )
        figure.add_trace(bar)
    figure.add_vline(x=farthest, line={"color": SELECTED, "width": 2, "dash": "dot"})
    figure.update_xaxes(title="distance (1 − cosine)", rangemode="tozero")
    logarithmic_counts(figure, int((table["shown"] + table["others"]).max()))
    figure.update_yaxes(title="galaxies (log scale)")
    return finished(
        figure,
        height=210,
        margin=(10, 10, 6, 10),
        barmode="stack",
        legend={"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
        uirevision="keep",
    )
