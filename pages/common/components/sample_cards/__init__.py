"""Ready-made samples as cards with some of their galaxies."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pages.common.components.declared import declared, heard


@dataclass(frozen=True)
class Card:
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


_mount = declared(
    __file__, '<div class="cards" role="list"></div>', shares=("drawing", "links")
)


def sample_cards(
    cards: Sequence[Card], *, key: str, total: int, on_choose: Callable[[str], None]
) -> None:
    """Draw ``cards``; ``on_choose`` is called with the code of the one chosen.

    ``total`` is the number of galaxies of the whole release.
    """
    _mount(
        key=key,
        data={"total": total, "cards": [asdict(card) for card in cards]},
        on_choose_change=heard(key, "choose", on_choose),
    )
