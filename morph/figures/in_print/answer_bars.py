"""Vote fractions for print: a bar for each answer, with its interval, by question."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from morph.figures.in_print.colours import rgba
from morph.figures.in_print.letters import fitted
from morph.figures.in_print.sheet import MM, POINT, Sheet

SMALL = 0.85  # letters of the rows
LINE = 1.45  # height of a line, in letters
_EDGE, _APART = 1.2, 5.0  # mm: clear at each side, between columns
_TEXT, _BAR, _BELOW = 0.95, 0.45, 0.5  # of a row, in lines
_MUTED, _EMPTY = "0.62", "0.9"
_WIDE = 120.0  # mm, of a sheet with two columns
_INDENT = 3.0  # mm for each question above


@dataclass(frozen=True)
class Fraction:
    """A fraction in [0, 1] of an answer, and its credible interval if known.

    ``note`` is written in place of the numbers.
    """

    words: str
    mean: float
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """Such as "0.93 (0.85–0.97)"."""
        if self.note:
            return self.note
        if self.low is None or self.high is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} ({self.low:.2f}–{self.high:.2f})"


@dataclass(frozen=True)
class Answered:
    """A question with answers; ``muted`` if it is probably not reached."""

    title: str
    fractions: tuple[Fraction, ...]
    muted: bool = False
    depth: int = 0  # questions above it


def height(questions: Sequence[Answered]) -> float:
    """Of all rows, in lines."""
    each = _TEXT + _BAR + _BELOW
    return sum(1.0 + each * len(one.fractions) for one in questions)


def letters(questions: Sequence[Answered], wide: float, most: float) -> float:
    """The largest letters in points, at most ``most``, in which all rows fit."""
    texts = [
        (text, wide - one.depth * _INDENT)
        for one in questions
        for text in (one.title, *(f"{f.words}  {f.text}" for f in one.fractions))
    ]
    return min((fitted(text, room, most) for text, room in texts), default=most)


def area(page: Figure, left: float, low: float, wide: float, high: float) -> Axes:
    """Axes without frame whose units are mm."""
    width, height = page.get_size_inches() / MM
    place = (left / width, low / height, wide / width, high / height)
    axes = page.add_axes(place, label=f"answers {left}")
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(0, high)
    return axes


def rows(
    axes: Axes,
    questions: Sequence[Answered],
    top: float,
    *,
    size: float,
    line: float,
) -> float:
    """Draw questions from ``top`` down, on axes in mm; return where they end."""
    side, style = axes.get_xlim()[1], {"va": "top", "size": size}
    for question in questions:
        ink, left = "0.45" if question.muted else "black", question.depth * _INDENT
        axes.text(left, top, question.title, color="0.35", **style)
        top -= line
        for one in question.fractions:
            axes.text(left, top, one.words, color=ink, **style)
            axes.text(side, top, one.text, ha="right", color=ink, **style)
            below = top - _TEXT * line
            colour = _MUTED if question.muted else rgba("accent")
            _bar(axes, one, (left, side), (below, below - _BAR * line), colour)
            top = below - (_BAR + _BELOW) * line
    return top


def _bar(
    axes: Axes,
    one: Fraction,
    across: tuple[float, float],
    along: tuple[float, float],
    colour: object,
) -> None:
    """From 0 to 1 across, with the interval as a line."""
    (left, right), (top, low) = across, along
    wide, high = right - left, top - low
    for width, fill in ((1.0, _EMPTY), (one.mean, colour)):
        shape = Rectangle((left, low), width * wide, high, color=fill, linewidth=0)
        axes.add_patch(shape)
    if one.low is not None and one.high is not None:
        middle = (top + low) / 2
        ends = [left + wide * end for end in (one.low, one.high)]
        axes.plot(ends, (middle, middle), color="black", linewidth=1.0)
        for end in ends:
            axes.plot((end, end), (low, top), color="black", linewidth=1.0)


def scale(axes: Axes, top: float, words: str, *, size: float, line: float) -> None:
    """The axis from 0 to 1 below the bars, and its title; two lines high."""
    side, style = axes.get_xlim()[1], {"va": "top", "size": size}
    axes.plot((0, side), (top, top), color="black", linewidth=0.6)
    for value, align in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        x = value * side
        axes.plot((x, x), (top, top - 0.15 * line), color="black", linewidth=0.6)
        axes.text(x, top - 0.2 * line, f"{value:g}", ha=align, **style)
    axes.text(side / 2, top - 1.1 * line, words, ha="center", **style)


def tree(questions: Sequence[Answered], on: Sheet) -> list[Figure]:
    """All questions of a tree from the top, in two columns on a wide sheet.

    A new page begins where one is full.
    """
    line = LINE * on.letters * POINT / MM
    across = 2 if on.width > _WIDE else 1
    columns = _columns(questions, across, (on.tallest - 2 * _EDGE) / line)
    wide = (on.width - 2 * _EDGE - _APART * (across - 1)) / across
    size = min(letters(some, wide, SMALL * on.letters) for some in columns)
    made = []
    for first in range(0, len(columns), across):
        together = columns[first : first + across]
        high = max(map(height, together)) * line
        page = on.empty(high + 2 * _EDGE)
        for number, some in enumerate(together):
            axes = area(page, _EDGE + number * (wide + _APART), _EDGE, wide, high)
            rows(axes, some, high, size=size, line=line)
        made.append(page)
    return made


def _columns(
    questions: Sequence[Answered], across: int, room: float
) -> list[list[Answered]]:
    """Questions in order in columns of at most ``room`` lines, ``across`` a page.

    Where one page is enough, they are as equally high as can be.
    """
    least = max(height([one]) for one in questions)
    number = len(questions)
    limits = {
        height(questions[a:b]) for a in range(number) for b in range(a + 1, number + 1)
    }
    for limit in sorted(one for one in limits if least <= one <= room):
        columns = _filled(questions, limit)
        if len(columns) <= across:
            return columns
    return _filled(questions, max(room, least))


def _filled(questions: Sequence[Answered], limit: float) -> list[list[Answered]]:
    columns: list[list[Answered]] = [[]]
    for question in questions:
        if columns[-1] and height([*columns[-1], question]) > limit:
            columns.append([])
        columns[-1].append(question)
    return columns
