"""The learning curve of a question of one's own: scores at numbers of labels."""

import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import ACCENT, PALE, curve, error_bars, finished


def learning_curve(
    table: pd.DataFrame, title: str, chance: float, *, ahead: pd.DataFrame | None = None
) -> go.Figure:
    """Plot scores with their intervals against numbers of labels.

    ``table`` has ``labels``, ``value``, ``low`` and ``high``; ``ahead`` (the same
    columns) is what more labels would bring, and ``chance`` a score without a model.
    """
    figure = go.Figure()
    hover = f"%{{x:,}} labels: {title} %{{y:.3f}}"
    figure.add_trace(
        curve(
            table["labels"],
            table["value"],
            "Measured",
            colour=ACCENT,
            hover=hover,
            error_y=error_bars(table, "value", "low", "high", colour=ACCENT),
        )
    )
    if ahead is not None:
        points = curve(
            ahead["labels"],
            ahead["value"],
            "Expected",
            colour=PALE,
            hover=hover,
            symbol="circle-open",
            error_y=error_bars(ahead, "value", "low", "high", colour=PALE),
        )
        points.line.dash = "dot"
        figure.add_trace(points)
    figure.add_hline(
        y=chance,
        line={"color": PALE, "width": 1, "dash": "dash"},
        annotation={"text": "chance", "xanchor": "left", "x": 0.01},
        annotation_position="top left",
    )
    figure.update_xaxes(title="labels that the model is fitted to", tickformat=",d")
    figure.update_yaxes(title=title)
    return finished(
        figure,
        height=280,
        margin=(10, 10, 20, 10),
        legend={"orientation": "h", "y": 1.14, "x": 1, "xanchor": "right"},
        uirevision="keep",
    )
