"""The image of a galaxy with scale bar and compass, or two: blinking or side by side.

Blinking happens in the browser: both images are loaded, and a key or a button switches
between them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pages.common.components.declared import declared

_BARS_ARCSEC = (0.5, 1, 2, 5, 10, 20, 30, 60, 120)


@dataclass(frozen=True)
class Cutout:
    """One image; ``crisp`` shows its pixels without interpolation."""

    url: str
    title: str  # written on it
    alt: str
    field_arcsec: float | None  # without one, there is no scale bar
    crisp: bool


_draw = declared(__file__, uses=("drawing", "scale_bar"))


def cutout_picture(
    pictures: Sequence[Cutout],
    *,
    key: str,
    label: str,
    beside: bool = False,
    large: bool = False,
) -> None:
    """Draw one image, or two: blinking, or ``beside`` each other.

    With ``large`` they are as wide as there is room.
    """
    shown = []
    for picture in pictures:
        bar = {"bar": None, "share": 0.0}
        if picture.field_arcsec is not None:
            length = bar_arcsec(picture.field_arcsec)
            bar = {"bar": f"{length:g}″", "share": length / picture.field_arcsec}
        shown.append(asdict(picture) | bar)
    _draw(key, label=label, beside=beside, large=large, pictures=shown)


def bar_arcsec(field_arcsec: float) -> float:
    """Length of the scale bar: a round number, at most a third of the field."""
    shorter = [b for b in _BARS_ARCSEC if b <= field_arcsec / 3]
    return shorter[-1] if shorter else _BARS_ARCSEC[0]
