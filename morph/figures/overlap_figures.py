"""UpSet plot of the overlaps of subsets."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.style import ACCENT, WHOLE, finished

_LONGEST = 28  # letters of a name beside the dots


def overlaps(
    table: pd.DataFrame, names: Mapping[str, str], kept: Collection[Sequence[str]]
) -> go.Figure:
    """A bar for each combination of subsets; the dots below it mark which.

    ``table`` is from `morph.subsets.combine.overlaps`: ``subsets`` (tuple of ids) and
    ``galaxies``. ``names`` maps ids to names, in the order of the rows of dots.
    Combinations that an operation keeps (``kept``) are coloured.
    """
    figure = make_subplots(
        2,
        1,
        shared_xaxes=True,
        vertical_spacing=0.03,
        row_heights=[200, 34 * len(names)],
    )
    colours = [ACCENT if one in kept else WHOLE for one in table["subsets"]]
    figure.add_trace(_bars(table, names, colours), 1, 1)
    figure.add_traces(_dots(table, list(names), colours), rows=2, cols=1)
    figure.update_xaxes(visible=False, range=[-0.6, max(len(table), 4) - 0.4])
    figure.update_yaxes(
        title="galaxies", rangemode="tozero", nticks=4, tickformat=",", row=1
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[_short(name) for name in names.values()],
        range=[len(names) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
        row=2,
    )
    return finished(
        figure,
        height=240 + 34 * len(names),
        margin=(10, 10, 24, 6),
        showlegend=False,
        bargap=0.35,
        uirevision="keep",
    )


def _bars(
    table: pd.DataFrame, names: Mapping[str, str], colours: Sequence[str]
) -> go.Bar:
    return go.Bar(
        x=list(range(len(table))),
        y=table["galaxies"],
        marker={"color": colours, "line": {"width": 0}},
        text=[f"{galaxies:,}" for galaxies in table["galaxies"]],
        textposition="outside",
        cliponaxis=False,
        customdata=[" and ".join(names[i] for i in one) for one in table["subsets"]],
        hovertemplate="%{y:,} galaxies only in %{customdata}<extra></extra>",
    )


def _dots(
    table: pd.DataFrame, ids: Sequence[str], colours: Sequence[str]
) -> list[go.Scatter]:
    """Dots of every combination; those of its subsets are joined by a line."""
    everywhere = [(x, y) for x in range(len(table)) for y in range(len(ids))]
    traces = [_marks(everywhere, "rgba(128, 128, 128, 0.22)", "markers")]
    for x, (one, colour) in enumerate(zip(table["subsets"], colours, strict=True)):
        places = [(x, ids.index(subset_id)) for subset_id in one]
        traces.append(_marks(places, colour, "lines+markers"))
    return traces


def _marks(places: Sequence[tuple[int, int]], colour: str, mode: str) -> go.Scatter:
    return go.Scatter(
        x=[x for x, _ in places],
        y=[y for _, y in places],
        mode=mode,
        marker={"size": 13, "color": colour},
        line={"width": 3, "color": colour},
        hoverinfo="skip",
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
