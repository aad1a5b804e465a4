"""The decision tree of a release or a galaxy as a figure for print."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from pages.common import figure_file
from pages.common.components.tree_picture import QuestionCard
from pages.common.figure_file import Drawing

# It imports matplotlib, which only somebody who wants a file waits for.
if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from morph.figures.in_print.answer_bars import Answered
    from morph.figures.in_print.sheet import Sheet


def offer(
    cards: Sequence[QuestionCard],
    table: Callable[[], pd.DataFrame],
    *,
    key: str,
    caption: str,
) -> None:
    """A menu for cards of the tree; ``table`` has their numbers."""

    def draw(on: "Sheet") -> "list[Figure]":
        from morph.figures.in_print import answer_bars

        return answer_bars.tree([_answered(card) for card in cards], on)

    figure_file.offer(Drawing(draw, table), key=key, caption=caption, columns=180)


def _answered(card: QuestionCard) -> "Answered":
    from morph.figures.in_print.answer_bars import Answered, Fraction

    fractions = tuple(
        Fraction(
            row.words,
            row.share or 0.0,
            row.low,
            row.high,
            note="" if row.low is not None else row.text,
        )
        for row in card.answers
    )
    title = f"{card.title}, {card.note}"
    return Answered(title, fractions, card.muted, card.depth)
