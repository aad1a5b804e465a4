"""Charts for print: the plotly figure of a page, drawn with matplotlib.

It knows what the charts of morph consist of: bars, lines, markers, bands, error bars,
heatmaps, straight lines and texts, in panels.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import blended_transform_factory

from morph.figures.in_print import chart_axes, letters, sheet
from morph.figures.in_print.chart_axes import Panel
from morph.figures.in_print.colours import rgba
from morph.figures.in_print.sheet import MM, POINT, Sheet
from morph.figures.style import ACCENT

_MARKERS = {"circle": "o", "square": "s", "diamond": "D", "line-ns": "|"}
_DASHES = {"dot": ":", "dash": "--", "solid": "-"}
_BETWEEN = 1.0  # mm, between the numbers of an axis
_HEIGHT = 450  # pixels, of a plotly figure that names none


def chart(figure: go.Figure, on: Sheet) -> Figure:
    """The figure without its page: the same numbers, titles, ticks and legend.

    It is as high as on the page where letters have the same size.
    """
    height = (figure.layout.height or _HEIGHT) * on.pixel * POINT / MM
    printed = on.empty(height)
    panels = chart_axes.panels(figure, printed)
    for panel in panels.values():
        _traces(panel, figure, on)
    for panel in panels.values():
        chart_axes.scale(panel, figure)
    chart_axes.share(panels.values(), figure)
    for shape in figure.layout.shapes:
        _line(chart_axes.panel_of(panels, shape.xref, shape.yref), shape, on)
    for note in figure.layout.annotations:
        _text(panels, note, on)
    _legend(printed, figure)
    domains = {panel.axes: panel.domain for panel in panels.values()}
    sheet.fit(printed, domains)
    if _made_narrower(printed, on):
        sheet.fit(printed, domains)
    return printed


def _made_narrower(printed: Figure, on: Sheet) -> bool:
    """Break titles wider than their panel, and change ticks that would overlap."""
    changed = False
    for axes in printed.axes:
        title = axes.get_title()
        wide = axes.get_window_extent().width / printed.dpi / MM
        if title and letters.width(title, on.letters) > wide:
            axes.set_title("\n".join(letters.wrapped(title, wide, on.letters)))
            changed = True
        changed |= _narrower_ticks(axes, wide, 0.9 * on.letters)
    return changed


def _narrower_ticks(axes: Axes, wide: float, size: float) -> bool:
    """Leave out every second number, or break names into lines, if they overlap."""
    low, high = sorted(axes.get_xlim())
    ticks = axes.get_xticks()
    labels = axes.xaxis.get_major_formatter().format_ticks(ticks)
    both = zip(ticks, labels, strict=True)
    shown = [(x, text) for x, text in both if low <= x <= high]
    each = [letters.width(text, size) + _BETWEEN for _, text in shown]
    if len(each) < 2 or max(a + b for a, b in pairwise(each)) / 2 <= wide / len(each):
        return False
    if any(letter.isalpha() for _, text in shown for letter in text):
        room = wide / len(shown) - _BETWEEN
        shown = [(x, "\n".join(letters.wrapped(t, room, size))) for x, t in shown]
    else:
        shown = shown[::2]
    axes.set_xticks(*zip(*shown, strict=True))
    return True


def _traces(panel: Panel, figure: go.Figure, on: Sheet) -> None:
    below, sums = None, {}
    stacked = figure.layout.barmode == "stack"
    gap = figure.layout.bargap
    for order, trace in enumerate(panel.traces):
        x, y = panel.x.positions(trace.x), panel.y.positions(trace.y)
        if isinstance(trace, go.Heatmap):
            _heatmap(panel.axes, trace, x, y)
        elif isinstance(trace, go.Bar):
            base = sums.get("y", 0) if stacked else 0
            _bars(panel.axes, trace, x, y, base=base, gap=gap, order=order)
            sums["y"] = base + y
        else:
            _scatter(panel.axes, trace, x, y, below, on, order=order)
            below = y


def _bars(
    axes: Axes,
    trace: go.Bar,
    x: np.ndarray,
    y: np.ndarray,
    *,
    base: np.ndarray | float,
    gap: float | None,
    order: int,
) -> None:
    width = trace.width
    if width is None:
        apart = np.diff(np.sort(x)).min() if len(x) > 1 else 1.0
        width = apart * (1 - (0.2 if gap is None else gap))
    colours = _colours(trace.marker.color, len(x))
    axes.bar(x, y, width, base, color=colours, linewidth=0, zorder=1 + 0.01 * order)
    texts = () if trace.text is None else trace.text
    for text, at, top in zip(texts, x, y, strict=False):
        axes.annotate(text, (at, top), (0, 2), textcoords="offset points", ha="center")


def _heatmap(axes: Axes, trace: go.Heatmap, x: np.ndarray, y: np.ndarray) -> None:
    stops = trace.colorscale
    places = [stop[0] for stop in stops]
    ramp = LinearSegmentedColormap.from_list(
        "heatmap", [(at, rgba(stop[1])) for at, stop in zip(places, stops, strict=True)]
    )
    dx, dy = ((v[1] - v[0]) / 2 if len(v) > 1 else 0.5 for v in (x, y))
    image = axes.imshow(
        np.asarray(trace.z, dtype=float),
        cmap=ramp,
        vmin=trace.zmin,
        vmax=trace.zmax,
        extent=(x[0] - dx, x[-1] + dx, y[0] - dy, y[-1] + dy),
        origin="lower",
        aspect="auto",
        interpolation="none",
    )
    if trace.showscale is not False:
        bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.04, 0, 0.035, 1)))
        bar.set_label(trace.colorbar.title.text)
        if trace.colorbar.tickvals is not None:
            bar.set_ticks(trace.colorbar.tickvals, labels=trace.colorbar.ticktext)


def _scatter(
    axes: Axes,
    trace: go.Scatter,
    x: np.ndarray,
    y: np.ndarray,
    below: np.ndarray | None,
    on: Sheet,
    *,
    order: int,
) -> None:
    if trace.marker.opacity == 0:
        return
    level = 2 + 0.01 * order
    if trace.fill in ("tonexty", "tozeroy"):
        floor = below if trace.fill == "tonexty" else 0
        colour = rgba(trace.fillcolor)
        axes.fill_between(x, floor, y, color=colour, linewidth=0, zorder=level)
    mode = trace.mode or "lines+markers"
    line = _line_style(trace.line, on)
    if "lines" in mode and line["linewidth"]:
        axes.plot(x, y, zorder=level, **line)
    for side, values in (("error_x", x), ("error_y", y)):
        _whiskers(axes, trace[side], x, y, values, side[-1], on, level)
    if "markers" in mode:
        _markers(axes, trace, x, y, on, level + 0.005)


def _line_style(line: Any, on: Sheet) -> dict[str, Any]:
    width = 2 if line.width is None else line.width
    return {
        "color": rgba(line.color or ACCENT),
        "linewidth": width * on.pixel,
        "linestyle": _DASHES[line.dash or "solid"],
    }


def _whiskers(
    axes: Axes,
    error: Any,
    x: np.ndarray,
    y: np.ndarray,
    values: np.ndarray,
    side: str,
    on: Sheet,
    level: float,
) -> None:
    if error.array is None:
        return
    plus = np.asarray(error.array, dtype=float)
    minus = plus if error.arrayminus is None else np.asarray(error.arrayminus, float)
    known = np.isfinite(values)
    axes.errorbar(
        x[known],
        y[known],
        **{f"{side}err": np.maximum([minus[known], plus[known]], 0)},
        fmt="none",
        ecolor=rgba(error.color or ACCENT),
        elinewidth=1.5 * on.pixel,
        capsize=3 * on.pixel,
        capthick=1.5 * on.pixel,
        zorder=level,
    )


def _markers(
    axes: Axes, trace: go.Scatter, x: np.ndarray, y: np.ndarray, on: Sheet, level: float
) -> None:
    marker = trace.marker
    symbol = marker.symbol if marker.symbol is not None else "circle"
    symbols = [symbol] * len(x) if isinstance(symbol, str) else list(symbol)
    colours = _colours(marker.color or trace.line.color, len(x))
    edge = (marker.line.width or 0) * on.pixel
    for kind in dict.fromkeys(zip(symbols, colours, strict=True)):
        name, colour = kind
        here = [one == kind for one in zip(symbols, colours, strict=True)]
        bar, hollow = name.startswith("line"), name.endswith("-open")
        axes.plot(
            x[here],
            y[here],
            linestyle="none",
            marker=_MARKERS[name.removesuffix("-open")],
            markersize=(6 if marker.size is None else marker.size) * on.pixel,
            markerfacecolor="white" if hollow else colour,
            markeredgecolor=colour if bar or hollow else _edge(marker.line, colour),
            markeredgewidth=edge or (1.6 * on.pixel if bar or hollow else 0),
            clip_on=trace.cliponaxis is not False,
            zorder=level,
        )


def _edge(line: Any, colour: tuple) -> tuple:
    return rgba(line.color) if isinstance(line.color, str) else colour


def _colours(value: Any, number: int) -> list[tuple]:
    """A colour for each of ``number`` bars or markers."""
    one = value is None or isinstance(value, str)
    values: Iterable[str] = [value or ACCENT] * number if one else value
    return [rgba(colour) for colour in values]


def _line(panel: Panel, shape: Any, on: Sheet) -> None:
    """A straight line in data coordinates, or across the panel."""
    x = panel.x.positions([shape.x0, shape.x1])
    y = panel.y.positions([shape.y0, shape.y1])
    across = _transform(panel, shape.xref, shape.yref)
    style = _line_style(shape.line, on)
    panel.axes.add_artist(Line2D(x, y, transform=across, zorder=1.5, **style))


def _transform(panel: Panel, xref: str | None, yref: str | None) -> Any:
    axes, across = panel.axes, ("paper", "domain")
    inside = [
        axes.transAxes if (ref or "").endswith(across) else axes.transData
        for ref in (xref, yref)
    ]
    return blended_transform_factory(*inside)


def _text(panels: Sequence[Panel], note: Any, on: Sheet) -> None:
    text, strong = chart_axes.words(note.text)
    if note.xref == "paper" and note.yref == "paper":
        chart_axes.headed(panels, note.x, note.y).axes.set_title(text)
        return
    panel = chart_axes.panel_of(panels, note.xref, note.yref)
    x, y = panel.x.positions([note.x])[0], panel.y.positions([note.y])[0]
    shift = ((note.xshift or 0) * on.pixel, (note.yshift or 0) * on.pixel)
    panel.axes.annotate(
        text,
        (x, y),
        shift,
        xycoords=_transform(panel, note.xref, note.yref),
        textcoords="offset points",
        ha=note.xanchor or "center",
        va={"middle": "center", None: "center"}.get(note.yanchor, note.yanchor),
        color=rgba(note.font.color) if note.font.color else "black",
        weight="bold" if strong else "normal",
        annotation_clip=False,
    )


def _legend(printed: Figure, figure: go.Figure) -> None:
    """Above all panels, in as many columns as fit."""
    entries = _entries(figure)
    if not entries:
        return
    for columns in range(min(len(entries), 4), 0, -1):
        for old in printed.legends[:]:
            old.remove()
        legend = printed.legend(
            list(entries.values()),
            list(entries),
            loc="upper left",
            bbox_to_anchor=(0, 1),
            ncols=columns,
            borderaxespad=0.2,
            columnspacing=1.2,
        )
        if legend.get_window_extent().x1 <= printed.bbox.x1:
            return


def _entries(figure: go.Figure) -> dict[str, Artist]:
    """The legend of the page; where a page explains colours in words, those colours."""
    wanted = [t for t in figure.data if t.name and t.showlegend is not False]
    panels: dict[str, set] = {}
    for trace in wanted:
        panels.setdefault(trace.name, set()).add((trace.xaxis, trace.yaxis))
    if figure.layout.showlegend is False:
        wanted = [trace for trace in wanted if len(panels[trace.name]) > 1]
    elif len(panels) < 2 and not any(trace.showlegend for trace in wanted):
        wanted = []
    return {chart_axes.words(trace.name)[0]: _sample(trace) for trace in wanted}


def _sample(trace: Any) -> Artist:
    if isinstance(trace, go.Bar):
        return Patch(color=_colours(trace.marker.color, 1)[0])
    if trace.fill:
        return Patch(color=rgba(trace.fillcolor))
    mode, symbol = trace.mode or "lines+markers", trace.marker.symbol
    symbol = symbol if isinstance(symbol, str) else "circle"
    if trace.marker.symbol is not None and not isinstance(trace.marker.symbol, str):
        symbol = next(iter(trace.marker.symbol), "circle")
    colour = trace.marker.color if "markers" in mode else None
    return Line2D(
        [],
        [],
        color=_colours(colour or trace.line.color, 1)[0],
        linestyle=_DASHES[trace.line.dash or "solid"] if "lines" in mode else "none",
        marker=_MARKERS[symbol.removesuffix("-open")] if "markers" in mode else None,
        markersize=4,
        linewidth=1.1,
    )
