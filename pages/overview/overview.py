"""The release at a glance: example galaxies, samples, tree, sky, loaded releases."""

import streamlit as st

from pages.common import words
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.components.tree_picture import tree_picture
from pages.common.frame import demo_progress, opening_release
from pages.common.galaxies import (
    empty_selection,
    release_tables,
    tiles,
    tree_cards,
    tree_figure,
)
from pages.common.here import current, expected, hero
from pages.common.samples import ready_made_cards
from pages.overview import first_visit, overview_checks, overview_footprint

STRIP = 16  # images; as many are shown as fit into one row

here = current()
release = here.release

demo_progress.line(here.root)
st.title(hero(release, expected(here)))
st.markdown(first_visit.WHAT)
st.caption(
    f"**{words.plain(release.manifest.title)}.** {words.plain(release.manifest.note)}"
)
release_tables.not_loaded(here.con, here.root)
release_tables.missing_pictures(release)
if not empty_selection.draw(here):
    gallery(
        tiles.at_random(here, here.selection, STRIP),
        key="strip",
        label="Random galaxies from the selection",
        on_open=navigation.to_galaxy,
        one_row=True,
    )
first_visit.steps(release)
first_visit.glossary(release)

st.header("Samples to start from")
st.caption("Published and example cuts, with the number of galaxies each selects.")
ready_made_cards.cards(here)

st.header("Decision tree")
st.caption(
    "Volunteers answer these questions in turn. Numbers: expected number of galaxies "
    "that reach each question and receive each answer. Choose an answer to explore it."
)
cards = tree_cards.of_release(release, expected(here), here.selection)
tree_picture(
    cards,
    key="release_tree",
    label=f"Decision tree of {release.galaxies:,} galaxies",
    hint="Explore galaxies with {} ≥ 0.5",
    on_choose=lambda label: navigation.to_answer(label, here.selection),
)
tree_figure.offer(
    cards,
    lambda: release_tables.expected_rows(release, expected(here)),
    key="release_tree",
    caption=f"Decision tree of {release.release_id}. Expected number of the "
    f"{release.galaxies:,} galaxies that reach each question and receive each answer; "
    "bars: fraction of those that reach the question.",
)
release_tables.expected_table(release, expected(here))

overview_footprint.draw(here)
overview_checks.draw(here)

st.header("Loaded releases")
release_tables.releases_table(here.releases)
opening_release.control(here)
demo_progress.block(here.root)
