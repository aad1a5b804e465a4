"""The decision tree as a diagram: questions are cards, answers bars, paths bands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.common.components.declared import declared


@dataclass(frozen=True)
class AnswerRow:
    """One answer: length of its bar in [0, 1], interval, text."""

    label: str
    words: str
    share: float | None
    text: str
    low: float | None = None
    high: float | None = None
    largest: bool = False
    active: bool = False


@dataclass(frozen=True)
class QuestionCard:
    """One question; ``bands`` in [0, 1] are the widths of the paths that lead to it.

    They are in the order of ``asked_after``, the answers where the paths begin.
    """

    name: str
    title: str
    depth: int
    note: str
    answers: tuple[AnswerRow, ...]
    asked_after: tuple[str, ...] = ()
    bands: tuple[float, ...] = ()
    muted: bool = False
    warning: str = ""


_draw = declared(
    __file__,
    '<div class="tree_picture" role="group"><svg aria-hidden="true"></svg></div>',
    uses=("drawing", "track"),
)


def tree_picture(
    cards: Sequence[QuestionCard],
    *,
    key: str,
    label: str,
    hint: str,
    on_choose: Callable[[str], None],
) -> None:
    """Draw ``cards``; ``on_choose`` is called with the label of a chosen answer.

    ``label`` describes the tree for screen readers; ``hint`` says what a click does.
    """
    _draw(key, label=label, hint=hint, cards=cards, on_choose=on_choose)
