"""A figure in few bytes draws the same as the one that it is made from."""

import numpy as np
import plotly.graph_objects as go
import pytest

from pages.common.small_figure import small

EVEN, UNEVEN = np.array([0.1, 0.3, 0.5, 0.7]), np.array([0.1, 0.2, 0.7, 0.9])


def test_evenly_spaced_positions_are_a_first_one_and_a_distance():
    (trace,) = small(go.Figure(go.Bar(x=EVEN, y=UNEVEN))).data
    assert trace.x is None
    assert trace.x0 + trace.dx * np.arange(4) == pytest.approx(EVEN)
    assert trace.y == pytest.approx(UNEVEN)


@pytest.mark.parametrize(
    "trace",
    [
        go.Bar(x=EVEN, y=["a", "b", "c", "d"], orientation="h"),  # x are lengths
        go.Scatter(x=np.full(4, 0.5), y=EVEN),
        go.Heatmap(x=EVEN, y=UNEVEN, z=EVEN),  # a position for each cell
    ],
)
def test_positions_that_are_no_axis_are_kept(trace):
    (shown,) = small(go.Figure(trace)).data
    assert shown.x == pytest.approx(trace.x)


def test_other_positions_are_kept_in_single_precision():
    (trace,) = small(go.Figure(go.Scatter(x=UNEVEN, y=EVEN))).data
    assert trace.x.dtype == np.float32
    assert trace.x == pytest.approx(UNEVEN)


def test_counts_stay_exact():
    counts = np.array([1.0, 3.0, 16_777_217.0])  # the last one is none of float32
    (trace,) = small(go.Figure(go.Bar(y=EVEN[:3], customdata=counts))).data
    assert trace.customdata.tolist() == counts.tolist()


def test_unknown_values_stay_unknown():
    (trace,) = small(go.Figure(go.Bar(y=[1.5, np.nan, 2.5]))).data
    assert np.isnan(trace.y).tolist() == [False, True, False]
    (trace,) = small(go.Figure(go.Bar(y=np.full(3, np.nan)))).data
    assert np.isnan(trace.y).all()


def test_the_theme_is_of_what_is_drawn():
    theme = go.layout.Template(
        data={"scatter": [{"marker": {"size": 3}}], "heatmap": [{"zmin": 2}]},
        layout={"colorway": ["#000001"], "colorscale": {"sequential": "Viridis"}},
    )
    figure = go.Figure(go.Scatter(y=[1, 2]), {"template": theme, "height": 300})
    layout = small(figure).layout.to_plotly_json()
    assert layout["height"] == 300
    assert layout["template"]["layout"] == {"colorway": ["#000001"]}
    assert [*layout["template"]["data"]] == ["scatter"]
    assert figure.layout.template.data.heatmap  # the one given is as it was


def test_the_layout_is_kept():
    figure = go.Figure(go.Bar(x=["a", "b"], y=[1, 2]))
    figure.update_layout(barmode="overlay", yaxis={"title": {"text": "galaxies"}})
    shown = small(figure)
    assert shown.layout.barmode == "overlay"
    assert shown.layout.yaxis.title.text == "galaxies"
    assert list(shown.data[0].x) == ["a", "b"]
