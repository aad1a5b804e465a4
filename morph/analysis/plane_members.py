"""The selected galaxies that are on a plane."""

from dataclasses import replace

from morph.geometry.regions import Plane, Region
from morph.selection.selection import Selection

# A polygon around every plane of vote fractions, a region of all galaxies on it.
_AROUND = ((-1.0, -1.0), (3.0, -1.0), (-1.0, 3.0))


def on_plane(selection: Selection, plane: Plane) -> Selection:
    """The selected galaxies on a plane of vote fractions.

    The tree rule applies, as for a limit on its answers.
    """
    if plane in selection.planes:
        return selection
    everywhere = Region(plane, _AROUND, name="Plane")
    return replace(selection, regions=(*selection.regions, everywhere))
