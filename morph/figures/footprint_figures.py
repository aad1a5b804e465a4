"""Sky footprint of a selection over that of its release: a plane, a chart for print."""

from collections.abc import Iterator, Sequence

import numpy as np
import plotly.graph_objects as go

from morph.analysis.footprint import Footprint
from morph.figures.plane_scene import Cells, Line, Scene
from morph.figures.style import WARM, finished
from morph.geometry.density import Window
from morph.geometry.sky_outline import outline
from morph.geometry.sky_regions import Cone, SkyPolygon

_GREY = [[0, "rgba(128, 136, 156, 0.25)"], [1, "rgba(128, 136, 156, 0.9)"]]
_ACCENT = [[0, "rgba(96, 112, 236, 0.45)"], [1, "rgba(84, 60, 214, 1)"]]
_DEC_TICKS = np.array([-60, -30, 0, 30, 60])  # of the whole sky
_STEPS = (60, 30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # degrees
_WIDTH, _ROOM = 840, 70  # pixels: width of the figure, height of its axis texts
_PLANE_ROOM = 52  # the same of a plane
_HEIGHTS = (110, 380)  # pixels, least and most, of the sky itself
_STRETCHED = 1.15  # reported from here on
_LEAST_TICKS = 3
_AXES = ("Right ascension (deg), east to the left", "Declination (deg)")


def scene(
    sky: Footprint,
    region: Cone | SkyPolygon | None = None,
    *,
    label: str,
    draws: bool = False,
) -> Scene:
    """What `footprint` shows, on a plane where the pointer reads the cells.

    x is minus the right ascension, y is sin(Dec) in degrees of right ascension at the
    centre; `on_sky` is the way back. With ``draws``, there are tools to draw with.
    """
    ratio = _ratio(sky)
    rows = np.degrees(np.arcsin(_middles(sky.sin_dec)))
    return Scene(
        label=label,
        window=_window(_ra_range(sky), _sin_dec_range(sky), ratio),
        cells=Cells(
            _window(sky.ra, sky.sin_dec, ratio),
            sky.whole[:, ::-1],
            sky.selected[:, ::-1],
            [f"RA {ra % 360:.6g}°" for ra in _middles(sky.ra)[::-1]],
            [f"Dec {dec:.5g}°" for dec in rows],
        ),
        lines=tuple(_outlined(sky, region)) if region is not None else (),
        equal=stretched(sky) == 1,
        cropped=True,
        axes=_AXES,
        ticks=(
            [(-ra, text) for ra, text in _ra_ticks(sky)],
            [(at * ratio, text) for at, text in _dec_ticks(sky)],
        ),
        fixed=True,
        height=int(_height(sky) + _PLANE_ROOM),
        tools=draws,
    )


def _window(ra: Sequence[float], sin_dec: Sequence[float], ratio: float) -> Window:
    """On the plane, from the first to the last value of each."""
    x, y = (-float(ra[-1]), -float(ra[0])), (float(sin_dec[0]), float(sin_dec[-1]))
    return Window(*x, *(ratio * end for end in y))


def on_sky(
    sky: Footprint, x: Sequence[float], y: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension in degrees, and sin(Dec), of points of the plane of `scene`."""
    return -np.asarray(x, dtype=float), np.asarray(y, dtype=float) / _ratio(sky)


def footprint(sky: Footprint, region: Cone | SkyPolygon | None = None) -> go.Figure:
    """Number of galaxies in cells of equal area, east to the left.

    The release is grey, the selection coloured, both on a square-root scale. Right
    ascension and declination have the same scale at the centre, unless the release is a
    strip that would be too thin: `stretched`. ``region`` is outlined.
    """
    x, y = _middles(sky.ra), _middles(sky.sin_dec)
    figure = go.Figure(
        [_heatmap(x, y, sky.whole, _GREY), _heatmap(x, y, sky.selected, _ACCENT)]
    )
    ra, dec = _ra_ticks(sky), _dec_ticks(sky)
    figure.update_xaxes(
        title=_AXES[0],
        range=_ra_range(sky)[::-1],
        tickvals=[at for at, _ in ra],
        ticktext=[text for _, text in ra],
        constrain="domain",
        constraintoward="left",
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        title=_AXES[1],
        range=_sin_dec_range(sky),
        tickvals=[at for at, _ in dec],
        ticktext=[text for _, text in dec],
        constrain="domain",
        showgrid=False,
        zeroline=False,
    )
    if stretched(sky) == 1:
        figure.update_yaxes(scaleanchor="x", scaleratio=_ratio(sky))
    if region is not None:
        x, y = _outline(sky, region)
        line = {"color": WARM, "width": 2}
        figure.add_scatter(x=x, y=y, mode="lines", line=line)
    figure.update_layout(showlegend=False)
    return finished(figure, height=int(_height(sky) + _ROOM))


def _heatmap(
    x: np.ndarray, y: np.ndarray, counts: np.ndarray, colours: list
) -> go.Heatmap:
    shade = np.where(counts > 0, np.sqrt(counts), np.nan).astype(np.float32)
    return go.Heatmap(x=x, y=y, z=shade, colorscale=colours, zmin=0, showscale=False)


def _outline(
    sky: Footprint, region: Cone | SkyPolygon
) -> tuple[np.ndarray, np.ndarray]:
    return outline(region, from_ra=(sky.ra[0] + sky.ra[-1]) / 2 - 180)


def _outlined(sky: Footprint, region: Cone | SkyPolygon) -> Iterator[Line]:
    """The pieces of the outline on the plane."""
    ra, sin_dec = _outline(sky, region)
    gaps = np.flatnonzero(np.isnan(ra))
    for piece in np.split(np.arange(len(ra)), gaps):
        piece = piece[np.isfinite(ra[piece])]
        yield Line(-ra[piece], sin_dec[piece] * _ratio(sky), WARM, 2.0)


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


def _ra_range(sky: Footprint) -> list[float]:
    return _around(sky.ra, 360 if np.ptp(sky.ra) < 360 else 0)


def _sin_dec_range(sky: Footprint) -> list[float]:
    return np.clip(_around(sky.sin_dec, 1), -1, 1).tolist()


def _around(edges: np.ndarray, most: float) -> list[float]:
    """The range of the edges, wider by a cell on either side, but at most ``most``."""
    cell = min(edges[1] - edges[0], most)
    return [float(edges[0] - cell), float(edges[-1] + cell)]


def _ra_ticks(sky: Footprint) -> list[tuple[float, str]]:
    ticks = _ticks(sky.ra[0], sky.ra[-1]).tolist()
    return [(tick, f"{round(tick % 360, 4):g}") for tick in ticks]


def _dec_ticks(sky: Footprint) -> list[tuple[float, str]]:
    """sin(Dec) of rounded degrees; of a large part of the sky, few enough to read."""
    low, high = np.degrees(np.arcsin(np.clip(sky.sin_dec[[0, -1]], -1, 1)))
    degrees = _ticks(low, high)
    if high - low > 100:
        degrees = _DEC_TICKS[(low <= _DEC_TICKS) & (high >= _DEC_TICKS)]
    texts = [f"{tick:+g}" if tick else "0" for tick in degrees]
    return list(zip(np.sin(np.radians(degrees)).tolist(), texts, strict=True))


def _ticks(low: float, high: float) -> np.ndarray:
    """Multiples of the widest step that gives enough ticks."""
    span = high - low
    step = next((s for s in _STEPS if span / s >= _LEAST_TICKS), _STEPS[-1])
    return np.round(np.arange(np.ceil(low / step) * step, high + 1e-9, step), 4)
