"""Three entry points to the catalogue, side by side."""

from dataclasses import dataclass

import streamlit as st

from morph.catalogue.release_table import LoadedRelease


@dataclass(frozen=True)
class Door:
    """A link to another page, with a sentence about it."""

    page: str
    label: str
    icon: str
    meaning: str


DOORS = (
    Door(
        "../../explore/explore.py",
        "Select galaxies",
        ":material/grid_view:",
        "Set vote-fraction limits on the left and inspect the results.",
    ),
    Door(
        "../../galaxy/galaxy.py",
        "Inspect one galaxy",
        ":material/center_focus_strong:",
        "By name, position, or a pasted sky-viewer link.",
    ),
)
MAP = Door(
    "../../map/map.py",
    "Explore the feature map",
    ":material/map:",
    "A UMAP of image features places similar galaxies together.",
)
WITHOUT_MAP = Door(
    "../../simplex/simplex.py",
    "Compare three answers",
    ":material/change_history:",
    "Galaxies in the triangle of three answers. This release has no map.",
)


def draw(release: LoadedRelease) -> None:
    """The entry points, each with a sentence about its page."""
    doors = (*DOORS, MAP if release.maps else WITHOUT_MAP)
    for column, door in zip(st.columns(len(doors), border=True), doors, strict=True):
        column.page_link(door.page, label=f"**{door.label}**", icon=door.icon)
        column.caption(door.meaning)
