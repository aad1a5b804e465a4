"""The triangle of three answers: its frame, names and ticks."""

from morph.catalogue.release_table import LoadedRelease
from morph.figures import ternary_figures
from morph.geometry.ternary import HEIGHT, Corners
from pages.common.components.plane import Label, Line
from pages.common.server import thumbnails

_ANCHORS = (("right", "top"), ("center", "bottom"), ("left", "top"))


def frame(*, reading: bool) -> tuple[Line, ...]:
    """The triangle and faint grid lines for the fraction of each corner."""
    lines = [Line(*ternary_figures.edges(), "muted", 1.4)]
    for tick in ternary_figures.ticks():
        colour = tick.corner if reading else "faint"
        lines.append(Line(tick.x, tick.y, colour, 1.0))
    return tuple(lines)


def names(corners: Corners, *, reading: bool) -> tuple[Label, ...]:
    """Names of the corners and values of the grid lines."""
    places = ((1.0, -0.022), (0.5, HEIGHT + 0.018), (0.0, -0.022))
    labels = []
    for corner, (x, y) in enumerate(places):
        anchor, baseline = _ANCHORS[corner]
        colour = corner if reading else "text"
        text = corners.words[corner]
        labels.append(Label(x, y, text, anchor, baseline, colour, True))
    for tick in ternary_figures.ticks():
        colour = tick.corner if reading else "muted"
        labels.append(Label(*tick.written, f"{tick.value:g}", colour=colour))
    return tuple(labels)


def address(release: LoadedRelease) -> str:
    """The URL of an image, with "{}" for the name of the galaxy."""
    return thumbnails.url(release, "{}", width=128)
