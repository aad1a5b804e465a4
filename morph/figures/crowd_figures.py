"""A figure of people: how much their votes tell."""

import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import ACCENT, finished


def skills(people: pd.DataFrame, *, most_bits: float) -> go.Figure:
    """Skill against the number of votes, a point per person.

    ``people`` has ``who``, ``votes``, and ``bits`` and ``right``, or ``ability``;
    ``most_bits`` is what a vote tells that is always right.
    """
    in_bits = "bits" in people
    column, title = ("bits", "bits per vote") if in_bits else ("ability", "ability")
    told = ["who", "right"] if in_bits else ["who"]
    right = "; right in %{customdata[1]:.0%}" if in_bits else ""
    figure = go.Figure(
        go.Scatter(
            x=people["votes"],
            y=people[column],
            mode="markers",
            marker={"color": ACCENT, "size": 9, "opacity": 0.7},
            customdata=people[told],
            hovertemplate="%{customdata[0]}<br>%{x:,} votes, "
            f"{column} %{{y:.2f}}{right}<extra></extra>",
        )
    )
    if in_bits:
        figure.update_yaxes(range=[-0.04 * most_bits, 1.04 * most_bits])
    most = float(max(people["votes"].max(), 1))
    figure.update_xaxes(range=[0, 1.06 * most], rangemode="tozero")
    return finished(
        figure,
        height=300,
        margin=(64, 16, 8, 48),
        xaxis_title="votes",
        yaxis_title=title,
        showlegend=False,
    )
