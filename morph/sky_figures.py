"""The figure of a footprint: density on the sky, a selection over its whole release."""

import numpy as np
import plotly.graph_objects as go

from morph.figures import legible
from morph.footprint import Footprint

_GREY = [[0, "rgba(128, 136, 156, 0.25)"], [1, "rgba(128, 136, 156, 0.9)"]]
_ACCENT = [[0, "rgba(96, 112, 236, 0.45)"], [1, "rgba(84, 60, 214, 1)"]]
_DEC_TICKS = (-75, -60, -45, -30, -20, -10, 0, 10, 20, 30, 40, 50, 60, 75)
_LEAST_TICKS = 3
_HOVER = (
    "RA %{customdata[2]:.1f}°, Dec %{customdata[3]:.1f}°<br>%{customdata[1]:,} "
    "selected of %{customdata[0]:,}<extra></extra>"
)


def footprint(sky: Footprint) -> go.Figure:
    """Cells of equal area, right ascension growing to the left as on the sky.

    The whole release is grey, the selection in colour over it; both as square roots,
    so that thin parts are seen beside dense ones.
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
        height=340,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        uirevision="keep",
    )
    figure.update_xaxes(
        title="Right ascension (deg), east to the left",
        range=[sky.ra[-1], sky.ra[0]],
        tickvals=(ticks := _ra_ticks(sky.ra)),
        ticktext=[f"{tick % 360:g}" for tick in ticks],
        showgrid=False,
        zeroline=False,
    )
    degrees = _dec_ticks(sky.sin_dec)
    figure.update_yaxes(
        title="Declination (deg)",
        range=[sky.sin_dec[0], sky.sin_dec[-1]],
        tickvals=np.sin(np.radians(degrees)),
        ticktext=[f"{tick:+g}" if tick else "0" for tick in degrees],
        showgrid=False,
        zeroline=False,
    )
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


def _ra_ticks(edges: np.ndarray) -> np.ndarray:
    span = edges[-1] - edges[0]
    step = next((s for s in (60, 30, 20, 10, 5) if span / s >= _LEAST_TICKS), 2)
    return np.arange(np.ceil(edges[0] / step) * step, edges[-1] + 1e-9, step)


def _dec_ticks(edges: np.ndarray) -> np.ndarray:
    low, high = np.degrees(np.arcsin(np.clip(edges[[0, -1]], -1, 1)))
    shown = [tick for tick in _DEC_TICKS if low <= tick <= high]
    if len(shown) >= _LEAST_TICKS:
        return np.asarray(shown)
    return np.arange(np.ceil(low), high + 1e-9, max(1, int((high - low) // 5)))
