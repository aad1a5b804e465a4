"""A galaxy's picture with scale bar and compass; two of them blink or stand together.

Blinking happens in the browser: both pictures are there, and a key or a button changes
which one is seen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pages.common.components.declared import declared

_BARS_ARCSEC = (0.5, 1, 2, 5, 10, 20, 30, 60, 120)


@dataclass(frozen=True)
class Picture:
    """One picture: ``crisp`` where its pixels are to be seen as they are."""

    url: str
    title: str  # written on it
    alt: str
    field_arcsec: float
    crisp: bool


_mount = declared(
    __file__, '<div class="cutouts" role="group"></div>', shares=("drawing",)
)


def cutout_picture(
    pictures: Sequence[Picture], *, key: str, label: str, beside: bool = False
) -> None:
    """Draw one picture, or two: one in the place of the other, or ``beside`` it."""
    shown = []
    for picture in pictures:
        length = bar_arcsec(picture.field_arcsec)
        shown.append(
            asdict(picture)
            | {"bar": f"{length:g}″", "share": length / picture.field_arcsec}
        )
    _mount(key=key, data={"label": label, "beside": beside, "pictures": shown})


def bar_arcsec(field_arcsec: float) -> float:
    """Length of the scale bar: a round one, at most a third of the field."""
    shorter = [b for b in _BARS_ARCSEC if b <= field_arcsec / 3]
    return shorter[-1] if shorter else _BARS_ARCSEC[0]
