"""One galaxy in two surveys, for print: images of one field, posteriors below them.

As figure 1 of Ye et al. 2025, with the survey's seeing and vote fractions added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from morph.figures.in_print import answer_bars
from morph.figures.in_print.answer_bars import LINE, SMALL, Answered
from morph.figures.in_print.letters import fitted, wrapped
from morph.figures.in_print.pictures import Pictured, picture
from morph.figures.in_print.sheet import MM, POINT, Sheet

_EDGE, _APART = 1.2, 3.0  # mm: clear at each side, between the panels
_HEAD, _ABOVE, _SCALE = 2.05, 0.4, 1.9  # lines: titles, above the bars, their axis
_NOTES = 0.8  # lines and letters of the notes


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

    @property
    def scale(self) -> str:
        """The title of the axis of the bars."""
        return f"vote fraction ρ̂, {self.source}"


@dataclass(frozen=True)
class _Sizes:
    """Letters in points: the largest that fit, the same in all panels."""

    title: float
    seeing: float
    row: float


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
    line = LINE * on.letters * POINT / MM
    side = (on.width - 2 * _EDGE - _APART * (len(panels) - 1)) / len(panels)
    sizes = _sizes(panels, side, on)
    small = _NOTES * on.letters
    credit = wrapped(notes, on.width - 2 * _EDGE, small)
    most = max([answer_bars.height(panel.questions) for panel in panels] + [1.0])
    below, foot = (_ABOVE + most + _SCALE) * line, len(credit) * _NOTES * line + _EDGE
    page = on.empty(_EDGE + _HEAD * line + side + below + foot)
    top = page.get_figheight() / MM - _EDGE
    for number, panel in enumerate(panels):
        left = _EDGE + number * (side + _APART)
        _write(page, left, top, panel.title, sizes.title, weight="bold")
        _write(page, left, top - 1.1 * line, panel.seeing, sizes.seeing)
        low = top - _HEAD * line - side
        axes = picture(page, panel.picture, (left, low, side), on, field_arcsec, dark)
        if number == 0:
            _directions(axes, field_arcsec, on, "white" if dark else "black")
        area = answer_bars.area(page, left, low - below, side, below)
        _answers(area, panel, sizes.row, line)
    for number, text in enumerate(credit):
        _write(page, _EDGE, foot - number * _NOTES * line, text, small)
    return page


def _sizes(panels: Sequence[SurveyPanel], side: float, on: Sheet) -> _Sizes:
    small = SMALL * on.letters
    scales = [fitted(panel.scale, side, small) for panel in panels if panel.questions]
    rows = [answer_bars.letters(panel.questions, side, small) for panel in panels]
    return _Sizes(
        min(fitted(panel.title, side, on.letters, bold=True) for panel in panels),
        min(fitted(panel.seeing, side, small) for panel in panels),
        min(*rows, *scales, small),
    )


def _write(page: Figure, x: float, y: float, text: str, size: float, **style) -> None:
    width, height = page.get_size_inches() / MM
    page.text(x / width, y / height, text, size=size, va="top", **style)


def _directions(axes: Axes, field: float, on: Sheet, ink: str) -> None:
    """Arrows to north (up) and east (left), at the lower right."""
    length, x, y = 0.11 * field, 0.43 * field, -0.44 * field
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": ink}
    style |= {"linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    for text, end, across, along in (
        ("N", (x, y + length), "center", "bottom"),
        ("E", (x - length, y), "right", "center"),
    ):
        axes.annotate("", end, (x, y), arrowprops=style)
        axes.text(*end, text, color=ink, size=0.8 * on.letters, ha=across, va=along)


def _answers(axes: Axes, panel: SurveyPanel, size: float, line: float) -> None:
    """The rows of a panel from the top, and the scale they share."""
    top = axes.get_ylim()[1] - _ABOVE * line
    if not panel.questions:
        for number, text in enumerate(wrapped(panel.source, axes.get_xlim()[1], size)):
            place = (0, top - number * line)
            axes.text(*place, text, color="0.35", va="top", size=size)
        return
    end = answer_bars.rows(axes, panel.questions, top, size=size, line=line)
    answer_bars.scale(axes, end + 0.2 * line, panel.scale, size=size, line=line)
