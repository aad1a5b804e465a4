"""The figure of a footprint: density on the sky, a selection over its whole release."""

import numpy as np
import plotly.graph_objects as go

from morph.analysis.footprint import Footprint
from morph.figures.histogram_figures import legible

_GREY = [[0, "rgba(128, 136, 156, 0.25)"], [1, "rgba(128, 136, 156, 0.9)"]]
_ACCENT = [[0, "rgba(96, 112, 236, 0.45)"], [1, "rgba(84, 60, 214, 1)"]]
_DEC_TICKS = np.array([-60, -30, 0, 30, 60])  # of the whole sky
_STEPS = (60, 30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # degrees
_WIDTH, _ROOM = 840, 70  # pixels of a wide page's figure, of its words below
_HEIGHTS = (110, 380)  # pixels, least and most, of the sky itself
_STRETCHED = 1.15  # from here on it is said
_LEAST_TICKS = 3
_HOVER = (
    "RA %{customdata[2]:.6~g}°, Dec %{customdata[3]:.5~g}°<br>%{customdata[1]:,} "
    "selected of %{customdata[0]:,}<extra></extra>"
)


def footprint(sky: Footprint) -> go.Figure:
    """Cells of equal area, right ascension growing to the left as on the sky.

    The whole release is grey, the selection in colour over it; both as square roots,
    so that thin parts are seen beside dense ones. Degrees are as long upwards as across
    in the middle of the release, but for a strip that would be too thin: `stretched`.
    """
    x, y = _middles(sky.ra), _middles(sky.sin_dec)
    figure = go.Figure(
        [
            _heatmap(x, y, sky.whole, _GREY, hoverinfo="skip"),
            _heatmap(
                x, y, sky.selected, _ACCENT, hovertemplate=_HOVER, customdata=_said(sky)
            ),
        ]
    )
    figure.update_layout(
        height=int(_height(sky) + _ROOM),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        uirevision="keep",
    )
    ticks, degrees = _ra_ticks(sky.ra), _dec_ticks(sky.sin_dec)
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
    return legible(figure)


def _heatmap(
    x: np.ndarray, y: np.ndarray, counts: np.ndarray, colours: list, **more: object
) -> go.Heatmap:
    shade = np.where(counts > 0, np.sqrt(counts), np.nan).astype(np.float32)
    return go.Heatmap(
        x=x, y=y, z=shade, colorscale=colours, zmin=0, showscale=False, **more
    )


def _said(sky: Footprint) -> np.ndarray:
    """(R, C, 4): galaxies, selected ones, and the place of each cell's middle."""
    x, y = np.meshgrid(_middles(sky.ra), _middles(sky.sin_dec))
    place = (x % 360, np.degrees(np.arcsin(y)))
    return np.stack([sky.whole, sky.selected, *place], axis=-1).astype(np.float32)


def _middles(edges: np.ndarray) -> np.ndarray:
    return (edges[:-1] + edges[1:]) / 2


def stretched(sky: Footprint) -> float:
    """How many times longer a degree of declination is drawn than one across; or 1."""
    times = _height(sky) * _shape(sky) / _WIDTH
    return float(times) if times > _STRETCHED else 1.0


def _height(sky: Footprint) -> float:
    return np.clip(_WIDTH / _shape(sky), *_HEIGHTS)


def _shape(sky: Footprint) -> float:
    """How many times wider than high it is on the sky, as seen in its middle."""
    return np.ptp(sky.ra) / (np.ptp(sky.sin_dec) * _ratio(sky))


def _ratio(sky: Footprint) -> float:
    """Degrees of right ascension as long as one unit of the declination's sine."""
    middle = (sky.sin_dec[0] + sky.sin_dec[-1]) / 2
    return np.degrees(1) / max(1 - middle**2, 0.05)


def _around(edges: np.ndarray, most: float) -> list[float]:
    """From the first edge to the last, and on either side a cell, or ``most``."""
    cell = min(edges[1] - edges[0], most)
    return [float(edges[0] - cell), float(edges[-1] + cell)]


def _ra_ticks(edges: np.ndarray) -> np.ndarray:
    return _ticks(edges[0], edges[-1])


def _dec_ticks(edges: np.ndarray) -> np.ndarray:
    """Rounded degrees; of a large part of the sky, where they have room."""
    low, high = np.degrees(np.arcsin(np.clip(edges[[0, -1]], -1, 1)))
    if high - low > 100:
        return _DEC_TICKS[(low <= _DEC_TICKS) & (high >= _DEC_TICKS)]
    return _ticks(low, high)


def _ticks(low: float, high: float) -> np.ndarray:
    """Multiples of the widest step that there are enough of."""
    span = high - low
    step = next((s for s in _STEPS if span / s >= _LEAST_TICKS), _STEPS[-1])
    return np.round(np.arange(np.ceil(low / step) * step, high + 1e-9, step), 4)
