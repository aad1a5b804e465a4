"""Planes for print: the scenes of a page, side by side, with lines as vectors."""

import io
import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from morph.figures.in_print import sheet
from morph.figures.in_print.colours import rgba
from morph.figures.in_print.sheet import MM, POINT, Sheet
from morph.figures.plane_scene import Line, Points, Scene, Shade

_GAP = 0.04  # between panels, of the width of the figure
_POINT_OPACITY = 0.55
# Behind a text, so that lines and points do not cross it.
_PAPER = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.1}
_SHAPES = "o^sD*Pv*"  # of the groups, as on the page: colours may be lost in print
_THINNER = 0.8  # lines, against those on the page


def planes(scenes: Sequence[Scene], on: Sheet, titles: Sequence[str] = ()) -> Figure:
    """Scenes in a row, each under its title; the legend of the first is below it."""
    number = len(scenes)
    side = (1 - _GAP * (number - 1)) / number
    window = scenes[0].window
    shape = (window.high - window.low) / (window.right - window.left)
    height = scenes[0].height * on.pixel * POINT / MM
    if scenes[0].equal:
        lines = max([1 + title.count("\n") for title in titles], default=0)
        lines += 2 + len(scenes[0].groups)
        height = side * on.width * shape + 1.5 * lines * on.letters * POINT / MM
    printed, domains = on.empty(height), {}
    for place, scene in enumerate(scenes):
        axes = printed.add_axes((0.1, 0.1, 0.8, 0.8), label=f"panel {place}")
        left = place * (side + _GAP)
        domains[axes] = (left, left + side, 0.0, 1.0)
        _draw(axes, scene, on)
        if titles:
            axes.set_title(titles[place])
    sheet.fit(printed, domains)
    if scenes[0].equal:  # its height follows from its width
        sheet.trim(printed, domains)
    return printed


def _draw(axes: Axes, scene: Scene, on: Sheet) -> None:
    window = scene.window
    if scene.picture is not None:
        at = scene.picture.window
        with Image.open(io.BytesIO(scene.picture.png)) as image:
            pixels = np.asarray(image.convert("RGBA"))
        extent = (at.left, at.right, at.low, at.high)
        axes.imshow(pixels, extent=extent, aspect="auto", zorder=0)
    if scene.points is not None:
        _points(axes, scene, scene.points, on)
    for line in scene.lines:
        _line(axes, line, on)
    for label in scene.labels:
        axes.text(
            label.x,
            label.y,
            label.text,
            ha=label.anchor,
            va={"middle": "center"}.get(label.baseline, label.baseline),
            color=rgba(label.colour),
            weight="bold" if label.strong else "normal",
            size=on.letters if label.strong else 0.85 * on.letters,
            bbox=None if label.strong else _PAPER,
            zorder=4,
        )
    axes.set_xlim(window.left, window.right)
    axes.set_ylim(window.low, window.high)
    axes.set_aspect("equal" if scene.equal else "auto")
    if scene.axes is None:
        axes.set_axis_off()
    else:
        axes.set_xlabel(scene.axes[0])
        axes.set_ylabel(scene.axes[1])
    if scene.shade is not None:
        _scale(axes, scene.shade)
    _legend(axes, scene)


def _line(axes: Axes, line: Line, on: Sheet) -> None:
    colour, width = rgba(line.colour), _THINNER * line.width * on.pixel
    if line.fill:
        axes.fill(line.x, line.y, color=colour[:3], alpha=line.fill, linewidth=0)
    axes.plot(
        line.x,
        line.y,
        color=colour,
        linewidth=width,
        linestyle="--" if line.dash else "-",
        zorder=3,
    )


def _points(axes: Axes, scene: Scene, points: Points, on: Sheet) -> None:
    """Galaxies in the colour of their group or value; none for an unknown value."""
    size = (2 * points.size * on.pixel) ** 2
    style = {"s": size, "linewidths": 0, "alpha": _POINT_OPACITY, "zorder": 2}
    if scene.shade is not None and points.value is not None:
        shade = scene.shade
        norm = Normalize(shade.low, shade.high, clip=True)
        ramp = _ramp(shade)
        axes.scatter(points.x, points.y, c=points.value, cmap=ramp, norm=norm, **style)
        return
    kinds = [group.colour for group in scene.groups] or ["accent"]
    kind = np.zeros(len(points.x)) if points.kind is None else np.asarray(points.kind)
    for number, colour in enumerate(kinds):
        some = kind == number
        if some.any():
            marker = {"color": rgba(colour), "marker": _SHAPES[number % len(_SHAPES)]}
            axes.scatter(points.x[some], points.y[some], **marker, **style)


def _ramp(shade: Shade) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("shade", [rgba(s) for s in shade.stops])


def _scale(axes: Axes, shade: Shade) -> None:
    colours = ScalarMappable(Normalize(shade.low, shade.high), _ramp(shade))
    bar = axes.figure.colorbar(colours, cax=axes.inset_axes((1.03, 0, 0.03, 1)))
    bar.set_label(shade.title)


def _legend(axes: Axes, scene: Scene) -> None:
    if not scene.groups:
        return
    samples = [
        Line2D([], [], linestyle="none", marker=m, markersize=4, color=rgba(g.colour))
        for g, m in zip(scene.groups, itertools.cycle(_SHAPES), strict=False)
    ]
    words = [f"{group.words} ({group.counts})" for group in scene.groups]
    axes.legend(
        samples,
        words,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        # In letters: below the numbers and the title of an axis.
        borderaxespad=0.5 if scene.axes is None else 3.4,
        ncols=1,
    )
