"""Sky footprint of a selection over that of its release."""

import numpy as np
import plotly.graph_objects as go

from morph.analysis.footprint import Footprint
from morph.figures.style import WARM, finished
from morph.geometry.sky_outline import outline
from morph.geometry.sky_regions import Cone, SkyPolygon

_GREY = [[0, "rgba(128, 136, 156, 0.25)"], [1, "rgba(128, 136, 156, 0.9)"]]
_ACCENT = [[0, "rgba(96, 112, 236, 0.45)"], [1, "rgba(84, 60, 214, 1)"]]
_DEC_TICKS = np.array([-60, -30, 0, 30, 60])  # of the whole sky
_STEPS = (60, 30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # degrees
_WIDTH, _ROOM = 840, 70  # pixels: width of the figure, height of its axis texts
_HEIGHTS = (110, 380)  # pixels, least and most, of the sky itself
_STRETCHED = 1.15  # reported from here on
_LEAST_TICKS = 3
_HOVER = (
    "RA %{customdata[2]:.6~g}°, Dec %{customdata[3]:.5~g}°<br>%{customdata[1]:,} "
    "selected of %{customdata[0]:,}<extra></extra>"
)


def footprint(
    sky: Footprint, region: Cone | SkyPolygon | None = None, *, draws: bool = False
) -> go.Figure:
    """Number of galaxies in cells of equal area, east to the left.

    The release is grey, the selection coloured, both on a square-root scale. Right
    ascension and declination have the same scale at the centre, unless the release is a
    strip that would be too thin: `stretched`. ``region`` is outlined. With ``draws``,
    the mouse draws a lasso.
    """
    x, y = _middles(sky.ra), _middles(sky.sin_dec)
    figure = go.Figure(
        [
            _heatmap(x, y, sky.whole, _GREY, hoverinfo="skip"),
            _heatmap(x, y, sky.selected, _ACCENT, **_hover(sky)),
        ]
    )
    ticks, degrees = _ticks(sky.ra[0], sky.ra[-1]), _dec_ticks(sky.sin_dec)
    figure.update_xaxes(
        title="Right ascension (deg), east to the left",
        range=_around(sky.ra, 360 if np.ptp(sky.ra) < 360 else 0)[::-1],
        tickvals=ticks,
        ticktext=[f"{round(tick % 360, 4):g}" for tick in ticks],
        constrain="domain",
        constraintoward="left",
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        title="Declination (deg)",
        range=np.clip(_around(sky.sin_dec, 1), -1, 1).tolist(),
        tickvals=np.sin(np.radians(degrees)),
        ticktext=[f"{tick:+g}" if tick else "0" for tick in degrees],
        constrain="domain",
        showgrid=False,
        zeroline=False,
    )
    if stretched(sky) == 1:
        figure.update_yaxes(scaleanchor="x", scaleratio=_ratio(sky))
    if region is not None:
        x, y = outline(region, from_ra=(sky.ra[0] + sky.ra[-1]) / 2 - 180)
        line = {"color": WARM, "width": 2}
        figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")
    if draws:
        _add_cells(figure, sky)
        figure.update_layout(dragmode="lasso")
    figure.update_layout(showlegend=False)
    return finished(figure, height=int(_height(sky) + _ROOM), uirevision="keep")


def _add_cells(figure: go.Figure, sky: Footprint) -> None:
    """Invisible points: plotly lets nobody draw around a heatmap alone."""
    row, column = np.nonzero(sky.whole)
    figure.add_scatter(
        x=_middles(sky.ra)[column],
        y=_middles(sky.sin_dec)[row],
        mode="markers",
        marker={"opacity": 0, "size": 1},
        hoverinfo="skip",
    )


def _heatmap(
    x: np.ndarray, y: np.ndarray, counts: np.ndarray, colours: list, **more: object
) -> go.Heatmap:
    shade = np.where(counts > 0, np.sqrt(counts), np.nan).astype(np.float32)
    return go.Heatmap(
        x=x, y=y, z=shade, colorscale=colours, zmin=0, showscale=False, **more
    )


def _hover(sky: Footprint) -> dict[str, object]:
    """Hover text, and its (R, C, 4) data: galaxies, selected ones, RA, Dec."""
    x, y = np.meshgrid(_middles(sky.ra), _middles(sky.sin_dec))
    position = (x % 360, np.degrees(np.arcsin(y)))
    data = np.stack([sky.whole, sky.selected, *position], axis=-1).astype(np.float32)
    return {"hovertemplate": _HOVER, "customdata": data}


def _middles(edges: np.ndarray) -> np.ndarray:
    return (edges[:-1] + edges[1:]) / 2


def stretched(sky: Footprint) -> float:
    """By what factor declination is stretched against right ascension; at least 1."""
    times = _height(sky) * _shape(sky) / _WIDTH
    return float(times) if times > _STRETCHED else 1.0


def _height(sky: Footprint) -> float:
    return np.clip(_WIDTH / _shape(sky), *_HEIGHTS)


def _shape(sky: Footprint) -> float:
    """Ratio of width to height on the sky, at the centre."""
    return np.ptp(sky.ra) / (np.ptp(sky.sin_dec) * _ratio(sky))


def _ratio(sky: Footprint) -> float:
    """Degrees of right ascension per unit of sin(dec), at the centre."""
    middle = (sky.sin_dec[0] + sky.sin_dec[-1]) / 2
    return np.degrees(1) / max(1 - middle**2, 0.05)


def _around(edges: np.ndarray, most: float) -> list[float]:
    """The range of the edges, wider by a cell on either side, but at most ``most``."""
    cell = min(edges[1] - edges[0], most)
    return [float(edges[0] - cell), float(edges[-1] + cell)]


def _dec_ticks(edges: np.ndarray) -> np.ndarray:
    """Rounded degrees; of a large part of the sky, few enough to be readable."""
    low, high = np.degrees(np.arcsin(np.clip(edges[[0, -1]], -1, 1)))
    if high - low > 100:
        return _DEC_TICKS[(low <= _DEC_TICKS) & (high >= _DEC_TICKS)]
    return _ticks(low, high)


def _ticks(low: float, high: float) -> np.ndarray:
    """Multiples of the widest step that gives enough ticks."""
    span = high - low
    step = next((s for s in _STEPS if span / s >= _LEAST_TICKS), _STEPS[-1])
    return np.round(np.arange(np.ceil(low / step) * step, high + 1e-9, step), 4)
