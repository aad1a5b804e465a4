"""The figure of a cut: how many galaxies are left wherever it lies."""

import plotly.graph_objects as go

from morph.figures.histogram_figures import TEXT, legible
from morph.selection.moved_cut import Curve

_AFTER, _FINAL = "#6070ec", "#d9730d"


def curve(found: Curve, *, cut: float, axis: str) -> go.Figure:
    """Galaxies left after the step, and after the whole selection, at every cut.

    The present ``cut`` is a line across. Every cut is a point that can be chosen.
    """
    figure = go.Figure(_line(found, found.after, "after this step", _AFTER, "solid"))
    if found.final is not None and (found.final != found.after).any():
        figure.add_trace(_line(found, found.final, "after all steps", _FINAL, "dash"))
    figure.add_vline(
        x=cut,
        line={"width": 2, "dash": "dot", "color": "rgba(128, 136, 156, 0.9)"},
        annotation={"text": f"now {cut:g}", "font": {"size": TEXT}},
    )
    figure.update_layout(
        height=330,
        margin={"l": 10, "r": 10, "t": 26, "b": 10},
        legend={"orientation": "h", "y": -0.28, "x": 0},
        hovermode="closest",
        clickmode="event+select",
        dragmode=False,
        uirevision="keep",
    )
    figure.update_xaxes(title=axis, showgrid=False)
    figure.update_yaxes(title="galaxies left", rangemode="tozero", tickformat=",d")
    return legible(figure)


def _line(
    found: Curve, galaxies: object, name: str, colour: str, dash: str
) -> go.Scatter:
    return go.Scatter(
        x=found.cuts,
        y=galaxies,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": dash},
        marker={"color": colour, "size": 6},
        selected={"marker": {"color": colour}},
        unselected={"marker": {"opacity": 1}},
        hovertemplate=f"cut at %{{x:g}}: %{{y:,}} {name}<extra></extra>",
    )
