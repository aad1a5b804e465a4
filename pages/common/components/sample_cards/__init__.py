"""Ready-made samples as cards with some of their galaxies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.common.components.declared import declared


@dataclass(frozen=True)
class SampleCard:
    """One sample: name, number of galaxies, source, and images of some.

    ``pictures`` are URLs, or None for a galaxy without an image.
    """

    code: str
    title: str
    galaxies: int
    source: str
    meaning: str
    link: str  # opens in a new tab with the middle button or Ctrl
    pictures: tuple[str | None, ...]


_draw = declared(
    __file__, '<div class="sample_cards" role="list"></div>', uses=("drawing", "links")
)


def sample_cards(
    cards: Sequence[SampleCard],
    *,
    key: str,
    total: int,
    on_choose: Callable[[str], None],
) -> None:
    """Draw ``cards``; ``on_choose`` is called with the code of the one chosen.

    ``total`` is the number of galaxies of the whole release.
    """
    label = "Samples to start from"
    _draw(key, label=label, total=total, cards=cards, on_choose=on_choose)
