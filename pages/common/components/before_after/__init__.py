"""Galaxies as cards: image, and the answers of two releases as paired bars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.common.components.declared import declared
from pages.common.components.gallery.packing import Bar


@dataclass(frozen=True)
class Card:
    """One galaxy; ``before`` and ``after`` hold the same answers in the same order."""

    iauname: str
    picture: str | None
    link: str  # opens in a new tab with the middle button or Ctrl
    note: str
    before: tuple[Bar, ...]
    after: tuple[Bar, ...]


_draw = declared(__file__, uses=("drawing", "links", "one_stop", "track"))


def before_after(
    cards: Sequence[Card],
    *,
    key: str,
    label: str,
    before: str,
    after: str,
    on_open: Callable[[str], None],
) -> None:
    """Draw ``cards``; ``on_open`` is called with the iauname of the one chosen.

    ``before`` and ``after`` name the two releases in the legend.
    """
    _draw(key, label=label, before=before, after=after, cards=cards, on_open=on_open)
