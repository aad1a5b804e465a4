"""How wide texts are on paper: lines broken, or letters made smaller, to fit."""

from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from morph.figures.in_print.sheet import MM, POINT

_FAMILY = "DejaVu Sans"  # as `sheet.style` has it
_SPARE = 0.985  # letters are hinted when they are drawn, which moves them a little


@lru_cache(maxsize=4096)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line in mm, of letters of ``size`` points."""
    if not text.strip():
        return 0.0
    font = FontProperties(family=_FAMILY, weight="bold" if bold else "normal")
    path = TextPath((0, 0), text, size=size, prop=font, usetex=False)
    return float(path.get_extents().x1) * POINT / MM


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> float:
    """``size`` in points, or the smaller one at which a line is ``room`` mm wide."""
    return size * min(1.0, _SPARE * room / max(width(text, size, bold=bold), 1e-9))


def wrapped(text: str, room: float, size: float) -> list[str]:
    """The words of a text in lines at most ``room`` mm wide; a longer word is alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
