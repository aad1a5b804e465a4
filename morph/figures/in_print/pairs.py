"""One galaxy in two surveys, for print: images of one field, posteriors below them.

As figure 1 of Ye et al. 2025, with the survey's seeing and vote fractions added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from morph.figures.in_print.colours import rgba
from morph.figures.in_print.letters import fitted, wrapped
from morph.figures.in_print.pictures import Pictured, picture
from morph.figures.in_print.sheet import MM, POINT, Sheet

_EDGE, _APART = 1.2, 3.0  # mm: clear at each side, between the panels
_SMALL = 0.85  # letters of all but the titles
_LINE = 1.45  # height of a line, in letters
_BAR = 0.45  # height of a bar, in lines
_MUTED = "0.62"
_BELOW = 0.5  # from one row to the next, in lines


@dataclass(frozen=True)
class Fraction:
    """The expected vote fraction of an answer, and its credible interval if known."""

    words: str
    mean: float
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        """Such as "0.93 (0.85–0.97)"."""
        if self.low is None or self.high is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} ({self.low:.2f}–{self.high:.2f})"


@dataclass(frozen=True)
class Answered:
    """A question with some of its answers; ``muted`` if it is probably not reached."""

    title: str
    fractions: tuple[Fraction, ...]
    muted: bool = False


@dataclass(frozen=True)
class SurveyPanel:
    """The galaxy in one survey; ``source`` names the release of the fractions.

    ``seeing`` is empty where it is unknown. Without ``questions``, ``source`` says why.
    """

    title: str
    seeing: str
    picture: Pictured
    questions: tuple[Answered, ...]
    source: str


def pair(
    panels: Sequence[SurveyPanel],
    on: Sheet,
    *,
    field_arcsec: float,
    notes: str,
    dark: bool = True,
) -> Figure:
    """Panels side by side, each image ``field_arcsec`` wide; ``notes`` are below all.

    ``dark`` says whether the sky is, which decides the colour of what is drawn on it.
    """
    line = _LINE * on.letters * POINT / MM
    small = _SMALL * on.letters
    side = (on.width - 2 * _EDGE - _APART * (len(panels) - 1)) / len(panels)
    head = 2.05 * line
    rows = max(_height(panel.questions) for panel in panels) * line + 0.4 * line
    sizes = _sizes(panels, side, on)
    credit = wrapped(notes, on.width - 2 * _EDGE, 0.9 * small)
    foot = len(credit) * 0.8 * line + _EDGE
    height = _EDGE + head + side + rows + 1.9 * line + foot
    page = on.empty(height)
    for number, panel in enumerate(panels):
        left = _EDGE + number * (side + _APART)
        top = height - _EDGE
        _write(page, left, top, panel.title, sizes.title, bold=True)
        _write(page, left, top - 1.1 * line, panel.seeing, sizes.seeing)
        low = top - head - side
        axes = picture(page, panel.picture, (left, low, side), on, field_arcsec, dark)
        if number == 0:
            _directions(axes, field_arcsec, on, dark)
        area = _area(page, left, low - 1.9 * line - rows, side, rows + 1.9 * line)
        _answers(area, panel, sizes, side, line)
    for number, text in enumerate(credit):
        _write(page, _EDGE, foot - number * 0.8 * line, text, 0.9 * small)
    return page


def _height(questions: Sequence[Answered]) -> float:
    """Of all rows, in lines."""
    each = 0.95 + _BAR + _BELOW
    return sum(1.0 + each * len(one.fractions) for one in questions) or 1.0


@dataclass(frozen=True)
class _Sizes:
    """Letters in points: the largest that fit, the same in all panels."""

    title: float
    seeing: float
    row: float


def _sizes(panels: Sequence[SurveyPanel], side: float, on: Sheet) -> _Sizes:
    small = _SMALL * on.letters
    questions = [one for panel in panels for one in panel.questions]
    texts = [one.title for one in questions]
    texts += [f"{one.words}  {one.text}" for q in questions for one in q.fractions]
    texts += [_scale_words(panel) for panel in panels if panel.questions]
    return _Sizes(
        min(fitted(panel.title, side, on.letters, bold=True) for panel in panels),
        min(fitted(panel.seeing, side, small) for panel in panels),
        min((fitted(text, side, small) for text in texts), default=small),
    )


def _scale_words(panel: SurveyPanel) -> str:
    return f"vote fraction ρ̂, {panel.source}"


def _write(
    page: Figure, x: float, y: float, text: str, size: float, *, bold: bool = False
) -> None:
    width, height = page.get_size_inches() / MM
    weight = "bold" if bold else "normal"
    page.text(x / width, y / height, text, size=size, weight=weight, va="top")


def _area(page: Figure, left: float, low: float, wide: float, high: float) -> Axes:
    """Axes without frame whose units are mm."""
    width, height = page.get_size_inches() / MM
    place = (left / width, low / height, wide / width, high / height)
    axes = page.add_axes(place, label=f"answers {left}")
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(0, high)
    return axes


def _directions(axes: Axes, field: float, on: Sheet, dark: bool) -> None:
    """Arrows to north (up) and east (left), at the lower right."""
    ink, length = "white" if dark else "black", 0.11 * field
    x, y = 0.43 * field, -0.44 * field
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": ink}
    style |= {"linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    for text, end, across, along in (
        ("N", (x, y + length), "center", "bottom"),
        ("E", (x - length, y), "right", "center"),
    ):
        axes.annotate("", end, (x, y), arrowprops=style)
        axes.text(*end, text, color=ink, size=0.8 * on.letters, ha=across, va=along)


def _answers(
    axes: Axes, panel: SurveyPanel, sizes: _Sizes, side: float, line: float
) -> None:
    """The rows of a panel from the top, and the scale they share."""
    top, style = axes.get_ylim()[1] - 0.4 * line, {"va": "top", "size": sizes.row}
    if not panel.questions:
        for number, text in enumerate(wrapped(panel.source, side, sizes.row)):
            axes.text(0, top - number * line, text, color="0.35", **style)
        return
    for question in panel.questions:
        ink = "0.45" if question.muted else "black"
        axes.text(0, top, question.title, color="0.35", **style)
        top -= line
        for one in question.fractions:
            axes.text(0, top, one.words, color=ink, **style)
            axes.text(side, top, one.text, ha="right", color=ink, **style)
            _bar(axes, one, top - 0.95 * line, side, line, muted=question.muted)
            top -= (0.95 + _BAR + _BELOW) * line
    _scale(axes, top + 0.2 * line, side, line, sizes.row, _scale_words(panel))


def _bar(
    axes: Axes, one: Fraction, top: float, side: float, line: float, *, muted: bool
) -> None:
    """From 0 to 1 across the panel, with the interval as a line."""
    high = _BAR * line
    colour = _MUTED if muted else rgba("accent")
    for width, fill in ((1.0, "0.9"), (one.mean, colour)):
        shape = Rectangle((0, top - high), width * side, high, color=fill, linewidth=0)
        axes.add_patch(shape)
    if one.low is not None and one.high is not None:
        middle, ends = top - high / 2, (one.low * side, one.high * side)
        axes.plot(ends, (middle, middle), color="black", linewidth=1.0)
        for end in ends:
            tick = (middle - 0.5 * high, middle + 0.5 * high)
            axes.plot((end, end), tick, color="black", linewidth=1.0)


def _scale(
    axes: Axes, top: float, side: float, line: float, size: float, words: str
) -> None:
    style = {"va": "top", "size": size}
    axes.plot((0, side), (top, top), color="black", linewidth=0.6)
    for value, align in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        x = value * side
        axes.plot((x, x), (top, top - 0.15 * line), color="black", linewidth=0.6)
        axes.text(x, top - 0.2 * line, f"{value:g}", ha=align, **style)
    axes.text(side / 2, top - 1.1 * line, words, ha="center", **style)
