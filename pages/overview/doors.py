"""Three ways into the catalogue, side by side."""

from dataclasses import dataclass

import streamlit as st

from morph.catalogue.release_table import LoadedRelease


@dataclass(frozen=True)
class Door:
    """A way on from here."""

    page: str
    label: str
    icon: str
    meaning: str


DOORS = (
    Door(
        "../../explore/explore.py",
        "Find a kind of galaxy",
        ":material/grid_view:",
        "Limit answers with the sliders on the left and look at what is found.",
    ),
    Door(
        "../../galaxy/galaxy.py",
        "Look at one galaxy",
        ":material/center_focus_strong:",
        "By its name, its place on the sky, or a link of a sky viewer.",
    ),
)
MAP = Door(
    "../../map/map.py",
    "See how they are arranged",
    ":material/map:",
    "Galaxies that look alike to the model lie together on its map.",
)
WITHOUT_MAP = Door(
    "../../simplex/simplex.py",
    "See how answers mix",
    ":material/change_history:",
    "Every galaxy between the three answers of a question. This release has no map.",
)


def draw(release: LoadedRelease) -> None:
    """The doors, each with what is behind it."""
    doors = (*DOORS, MAP if release.has_projection else WITHOUT_MAP)
    for column, door in zip(st.columns(len(doors), border=True), doors, strict=True):
        column.page_link(door.page, label=f"**{door.label}**", icon=door.icon)
        column.caption(door.meaning)
