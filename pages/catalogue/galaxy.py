"""One galaxy: found by name or place, its picture, its posterior along the tree."""

import streamlit as st

from morph import listing
from pages.common import frame, galaxy_search, galaxy_view, going, ordering, tree_cards
from pages.common.tree_picture import tree_picture

here = frame.here()
release = here.release
order = ordering.from_text(st.query_params.get("order"), release)

bar = st.container(horizontal=True, vertical_alignment="bottom")
text = bar.text_input(
    "Find a galaxy",
    key="find",
    placeholder="Name, RA Dec, or a link of a sky viewer",
    icon=":material/search:",
    width=400,
)
iauname = st.query_params.get("id")
if text:
    iauname = galaxy_search.resolve(here, text)
    if iauname is None:
        st.stop()
    st.query_params["id"] = iauname
if iauname is None:
    first = listing.page(here.con, release, here.selection, order=order, limit=1)
    if first.empty:
        st.info("Nothing is selected. Type a name or a place above.")
        st.stop()
    iauname = first["iauname"].iloc[0]
galaxy = galaxy_search.known(here, iauname)
if galaxy is None:
    st.stop()

with bar:
    galaxy_view.turn(here, galaxy, order)
left, right = st.columns([9, 11], gap="medium")
with left:
    galaxy_view.picture(here, galaxy)
with right:
    st.title(galaxy.iauname)
    galaxy_view.facts(galaxy)
    galaxy_view.links(galaxy, release.manifest.survey)

st.header("Its answers along the tree")
whiskers = "; whiskers hold 90 % of the posterior" if release.has_uncertainty else ""
st.caption(
    f"Bars: expected fraction of votes{whiskers}. Dashed questions are asked with a "
    f"probability below {tree_cards.REACHED:g}."
)
tree_picture(
    tree_cards.of_galaxy(galaxy.questions, release, here.selection),
    key="galaxy_tree",
    label=f"Posterior of {galaxy.iauname} along the decision tree",
    hint="Explore galaxies with {} of 0.5 or more",
    on_choose=lambda label: going.to_answer(label, here.selection),
)
with st.expander("All numbers"):
    galaxy_view.numbers(galaxy)
