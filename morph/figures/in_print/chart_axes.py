"""Panels and axes of charts for print: categories, limits, ticks and titles."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator, NullLocator

_TAG = re.compile(r"<[^<>]+>")


@dataclass(frozen=True)
class Axis:
    """One axis: what plotly says of it, and the positions of its categories, if any."""

    letter: str
    layout: Any
    categories: Mapping[str, int]

    def positions(self, values: Any) -> np.ndarray:
        """Where values are drawn, (N,) float."""
        if values is None:
            return np.empty(0)
        if self.categories:
            return np.array([self.categories.get(v, v) for v in values], dtype=float)
        return np.asarray(values, dtype=float)


@dataclass(frozen=True)
class Panel:
    """Axes with their traces; ``domain`` is left, right, low, high of its place."""

    axes: Axes
    x: Axis
    y: Axis
    names: tuple[str, str]
    domain: tuple[float, float, float, float]
    traces: tuple[Any, ...]


def panels(figure: go.Figure, printed: Figure) -> dict[tuple[str, str], Panel]:
    """Empty axes in ``printed`` for each panel, by the names of their two axes."""
    found: dict[tuple[str, str], list] = {}
    for trace in figure.data:
        found.setdefault((trace.xaxis or "x", trace.yaxis or "y"), []).append(trace)
    made = {}
    for names, traces in found.items():
        x, y = (_axis(figure, name, traces) for name in names)
        domain = (*(x.layout.domain or (0, 1)), *(y.layout.domain or (0, 1)))
        axes = printed.add_axes((0.1, 0.1, 0.8, 0.8), label=f"{names}")
        made[names] = Panel(axes, x, y, names, domain, tuple(traces))
    return made


def _axis(figure: go.Figure, name: str, traces: Iterable[Any]) -> Axis:
    layout = figure.layout[f"{name[0]}axis{name[1:]}"]
    values = [one for t in traces if t[name[0]] is not None for one in t[name[0]]]
    texts = dict.fromkeys(one for one in values if isinstance(one, str))
    if texts and layout.categoryarray is not None:
        texts = dict.fromkeys((*layout.categoryarray, *texts))
    return Axis(name[0], layout, {text: i for i, text in enumerate(texts)})


def panel_of(
    panels: Mapping[tuple[str, str], Panel], xref: str | None, yref: str | None
) -> Panel:
    """The panel that a shape or a text belongs to; the first where it names none."""
    x, y = (
        (ref or first).partition(" ")[0] for ref, first in ((xref, "x"), (yref, "y"))
    )
    return next(
        panel
        for (own_x, own_y), panel in panels.items()
        if x in (own_x, "paper") and y in (own_y, "paper")
    )


def headed(panels: Mapping[tuple[str, str], Panel], x: float, y: float) -> Panel:
    """The panel with a title in its middle at ``x``, on its top at ``y``."""

    def apart(panel: Panel) -> float:
        left, right, _, high = panel.domain
        return abs((left + right) / 2 - x) + abs(high - y)

    return min(panels.values(), key=apart)


def scale(panel: Panel, figure: go.Figure) -> None:
    """Limits, ticks and title of both axes, after everything is drawn."""
    axes = panel.axes
    axes.margins(0.03)
    cells = any(isinstance(trace, go.Heatmap) for trace in panel.traces)
    for axis in (panel.x, panel.y):
        _one(axes, axis, beside=0.5 if cells else 0.6)
    if panel.y.layout.scaleanchor:
        axes.set_aspect(panel.y.layout.scaleratio or 1, adjustable="box")


def _one(axes: Axes, axis: Axis, *, beside: float) -> None:
    """``beside`` is the distance of the first category from the edge."""
    of, layout = axis.letter, axis.layout
    own, set_limits = getattr(axes, f"{of}axis"), getattr(axes, f"set_{of}lim")
    if layout.visible is False:
        own.set_visible(False)
    if layout.type == "log":
        getattr(axes, f"set_{of}scale")("log")
        own.set_minor_locator(NullLocator())
    if layout.range is not None:
        ends = [float(end) for end in layout.range]
        set_limits(*([10**end for end in ends] if layout.type == "log" else ends))
    elif axis.categories:
        set_limits(-beside, len(axis.categories) - 1 + beside)
    elif layout.rangemode == "tozero":
        low, high = getattr(axes, f"get_{of}lim")()
        set_limits(min(low, 0) if low < -0.1 * high else 0, high)
    if layout.autorange == "reversed":
        set_limits(*getattr(axes, f"get_{of}lim")()[::-1])
    _ticks(own, axis)
    if layout.title.text:
        getattr(axes, f"set_{of}label")(words(layout.title.text)[0])
    if layout.showticklabels is False:
        own.set_tick_params(labelleft=False, labelbottom=False)


def _ticks(own: Any, axis: Axis) -> None:
    layout = axis.layout
    if axis.categories:
        own.set_ticks(list(axis.categories.values()), labels=list(axis.categories))
        own.set_tick_params(length=0)
    elif layout.tickvals is not None:
        ticks = [float(tick) for tick in layout.tickvals]
        own.set_ticks(ticks, labels=layout.ticktext)
    elif layout.dtick is not None:
        own.set_major_locator(MultipleLocator(layout.dtick))
    elif layout.type != "log":
        own.set_major_locator(MaxNLocator(layout.nticks or 6, steps=[1, 2, 2.5, 5, 10]))
    written = _FORMATS.get(layout.tickformat)
    if written is not None and layout.ticktext is None and not axis.categories:
        own.set_major_formatter(FuncFormatter(lambda value, _: written(value)))


def share(panels: Iterable[Panel], figure: go.Figure) -> None:
    """The same limits where plotly says that axes match."""
    for number, letter in enumerate("xy"):
        groups: dict[str, list[Axes]] = {}
        for panel in panels:
            layout = (panel.x, panel.y)[number].layout
            name = layout.matches or panel.names[number]
            groups.setdefault(name, []).append(panel.axes)
        for several in groups.values():
            ends = [getattr(axes, f"get_{letter}lim")() for axes in several]
            low, high = min(e[0] for e in ends), max(e[1] for e in ends)
            if ends[0][0] <= ends[0][1]:
                for axes in several:
                    getattr(axes, f"set_{letter}lim")(low, high)


def words(text: str) -> tuple[str, bool]:
    """A text without plotly's tags, and whether it is bold."""
    plain = _TAG.sub("", text.replace("<br>", "\n"))
    return html.unescape(plain), "<b>" in text


def _per_cent(value: float) -> str:
    return f"{100 * value:.6g}%"


# What the charts ask for, in d3's language.
_FORMATS = {
    ".0%": _per_cent,
    "~%": _per_cent,
    ".2~%": _per_cent,
    ",": lambda value: f"{value:,.6g}" if value % 1 else f"{value:,.0f}",
    ",d": lambda value: f"{value:,.0f}",
    ".3~g": lambda value: f"{value:.3g}",
}
