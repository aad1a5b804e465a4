"""Questions as rows: each a stacked bar of its answers, or two to compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.common.components.declared import declared


@dataclass(frozen=True)
class StackedBar:
    """Expected fractions of the answers, and intervals of the borders between them."""

    shares: tuple[float, ...]
    borders: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Row:
    """One question with one bar, or two, the other release first.

    ``note`` gives the probability of reaching it; a row is ``muted`` if that is low.
    """

    name: str
    title: str
    note: str
    answers: tuple[str, ...]
    bars: tuple[StackedBar, ...]
    muted: bool = False
    warning: str = ""


_draw = declared(__file__, uses=("drawing", "one_stop"))


def answer_rows(
    rows: Sequence[Row],
    *,
    key: str,
    label: str,
    chosen: str | None,
    bars: Sequence[str],
    on_choose: Callable[[str], None],
) -> None:
    """Draw ``rows``; ``on_choose`` is called with the name of the one pressed.

    ``bars`` names the bars of each row, where there are two.
    """
    _draw(key, label=label, chosen=chosen, bars=bars, rows=rows, on_choose=on_choose)
