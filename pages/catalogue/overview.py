"""What is in the catalogue: the release at a glance, its tree, what else is loaded."""

from dataclasses import dataclass

import streamlit as st

from morph import listing
from morph.listing import Order
from pages.common import frame, going, loaded, tiles, tree_cards, waiting
from pages.common.gallery import gallery
from pages.common.tree_picture import tree_picture

STRIP = 16  # pictures, of which as many are shown as fit into one row


@dataclass(frozen=True)
class Door:
    """A way on from here."""

    page: str
    label: str
    icon: str
    meaning: str


DOORS = (
    Door(
        "../catalogue/explore.py",
        "Find a kind of galaxy",
        ":material/grid_view:",
        "Limit answers with the sliders on the left and look at what is found.",
    ),
    Door(
        "../catalogue/galaxy.py",
        "Look at one galaxy",
        ":material/center_focus_strong:",
        "By its name, its place on the sky, or a link of a sky viewer.",
    ),
    Door(
        "../work/download.py",
        "Take a sample with you",
        ":material/download:",
        "As FITS, Parquet or CSV, with units, recipe and citation inside.",
    ),
)

here = frame.here()
release = here.release

st.title(frame.hero(release))
st.caption(f"**{release.manifest.title}.** {release.manifest.note}")
rows = listing.page(
    here.con,
    release,
    here.selection,
    order=Order("random"),
    limit=STRIP,
    columns=tiles.columns(release, release.tree.labels[0]),
)
gallery(
    tiles.of(rows, release, None, order="random:0"),
    key="strip",
    label="Some galaxies of the selection, at random",
    on_open=lambda name: going.to_galaxy(name, "random:0"),
    one_row=True,
)
for column, door in zip(st.columns(3, border=True), DOORS, strict=True):
    column.page_link(door.page, label=f"**{door.label}**", icon=door.icon)
    column.caption(door.meaning)

st.header("The questions")
st.caption(
    "Volunteers are asked along this tree. Numbers: how many galaxies of the release "
    "are expected to be asked, and to give each answer. Choose an answer to explore it."
)
tree_picture(
    tree_cards.of_release(release, frame.expected(here), here.selection),
    key="release_tree",
    label=f"Decision tree of {release.galaxies:,} galaxies",
    hint="Explore galaxies with {} of 0.5 or more",
    on_choose=lambda label: going.to_answer(label, here.selection),
)
with st.expander("The same as a table"):
    loaded.expected_table(release, frame.expected(here))

st.header("What is loaded")
loaded.releases_table(here.releases)
loaded.not_loaded(here.con, here.root)
waiting.progress(here.root)
