"""The order of the rows of a FITS image."""

from collections.abc import Mapping
from typing import Any


def rows_go_up(header: Mapping[str, Any]) -> bool:
    """Whether the first row is the lowest of the image as it is shown.

    That is the convention of FITS. Where the header has the declination fall from row
    to row, the first row is the highest.
    """
    step = header.get("CD2_2")
    if step is None:
        step = _number(header.get("CDELT2")) * _number(header.get("PC2_2"))
    return _number(step) >= 0


def _number(card: Any) -> float:
    """A card's number; 1 without one."""
    try:
        return float(card)
    except (TypeError, ValueError):
        return 1.0
