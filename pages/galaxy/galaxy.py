"""One galaxy: search, image, posterior, similar galaxies and neighbours on the sky."""

import streamlit as st

from morph.release.kinds import kind_of
from morph.selection.listing import ordering
from pages.common import words
from pages.common.address import navigation, order_control
from pages.common.components.tree_picture import tree_picture
from pages.common.galaxies import empty_selection, find, tree_cards, tree_figure
from pages.common.here import current, end
from pages.galaxy import (
    galaxy_answers,
    galaxy_numbers,
    galaxy_picture,
    galaxy_view,
    nearby,
    posterior_block,
)

here = current()
release = here.release
order = order_control.from_address(release)

bar = st.container(horizontal=True, vertical_alignment="bottom")
text = bar.text_input(
    "Find a galaxy",
    key="find",
    placeholder="Name, RA Dec or link",
    icon=":material/search:",
    width=230,
)
iauname = st.query_params.get("id")
if text:
    iauname = find.resolve(here, text)
    if iauname is None:
        end()
    st.query_params["id"] = iauname
if iauname is None:
    first = ordering.page(here.con, release, here.selection, order=order, limit=1)
    if first.empty:
        empty_selection.draw(here)
        st.caption(
            "Or enter the name or position of any galaxy of the release in the field "
            "above."
        )
        end()
    iauname = first["iauname"].iloc[0]
galaxy = find.known(here, iauname)
if galaxy is None:
    end()

st.set_page_config(page_title=f"{galaxy.iauname} · morph")
with bar:
    galaxy_view.back(galaxy)
    galaxy_view.turn(here, galaxy, order)
left, right = st.columns([13, 9] if galaxy_picture.is_wide() else [9, 11], gap="medium")
with left:
    galaxy_picture.draw(here, galaxy)
with right:
    galaxy_view.name_and_sentence(here, galaxy)
    galaxy_numbers.warn_of_image(galaxy)
    galaxy_numbers.facts(galaxy)
    galaxy_numbers.coordinates(galaxy)
    galaxy_numbers.links(galaxy, release.manifest)
    nearby.alike(here, galaxy, order)
    nearby.on_sky(here, galaxy, order)

head = st.container(horizontal=True, vertical_alignment="bottom")
head.header(kind_of(release.manifest).fractions, width="stretch")
with head:
    other = galaxy_answers.compare_with(here, galaxy)
left, right = st.columns([11, 9], gap="medium")
with right:
    posterior_block.draw(here, galaxy.iauname, other)
with left:
    galaxy_answers.rows(here, galaxy, other)

st.header("Decision tree")
cards = tree_cards.of_galaxy(galaxy.questions, release, here.selection)
tree_picture(
    cards,
    key="galaxy_tree",
    label=f"Posterior of {galaxy.iauname} along the decision tree",
    hint="Explore galaxies with {} ≥ 0.5",
    on_choose=lambda label: navigation.to_answer(label, here.selection),
)
mixture = words.of_mixture(release.passes)
whiskers = f"Whiskers: 90% credible intervals{mixture}. " * release.has_uncertainty
tree_figure.offer(
    cards,
    lambda: galaxy_numbers.table(galaxy),
    key="galaxy_tree",
    caption=f"{kind_of(release.manifest).fractions} of {galaxy.iauname}. {whiskers}"
    f"Grey: questions reached with a probability below {tree_cards.REACHED:g}.",
)
st.caption(
    f"{whiskers}Dashed: questions reached with a probability below "
    f"{tree_cards.REACHED:g}. Click an answer to explore its galaxies."
)
with st.expander("All numbers"):
    galaxy_numbers.numbers(galaxy)
