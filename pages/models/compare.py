"""Two releases of the same galaxies: where they agree, what changed, who moved."""

import streamlit as st

from morph.catalogue import LoadedRelease
from pages.common import (
    compare_views,
    comparing,
    evaluations,
    frame,
    nothing,
    words,
)


def likeliest_first(others: list[LoadedRelease], release: LoadedRelease) -> list[str]:
    """Releases to compare with, those of the same survey first."""
    ordered = sorted(
        others, key=lambda one: one.manifest.survey != release.manifest.survey
    )
    return [one.release_id for one in ordered]


here = frame.here()
if here.funnel.left == 0:
    nothing.draw(here)
    st.stop()
release, tree = here.release, here.release.tree
others = [one for one in here.releases if one.key != release.key and one.tree == tree]
if not others:
    with st.container(border=True, key="alone"):
        st.markdown("##### One release is loaded, and it takes two to compare")
        st.markdown(
            "Adapt or fit another model and load its release, or load a published "
            "table: `python -m data load FOLDER`. It appears here by itself."
        )
        st.page_link(
            "../models/runs.py", label="Start a run", icon=":material/model_training:"
        )
    st.stop()

choices = likeliest_first(others, release)
asked = st.query_params.get("with")
if st.session_state.get("with") not in choices:
    st.session_state.pop("with", None)
    if asked is not None and asked not in choices:
        st.caption(f":orange[{asked} cannot be compared; {choices[0]} is shown.]")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = st.selectbox(
        f"Compare {release.release_id} with",
        choices,
        key="with",
        bind="query-params",
        width=300,
    )
    names = [question.name for question in tree.questions]
    name = st.selectbox(
        "Question",
        names,
        format_func=lambda name: tree.question(name).title,
        key="question",
        bind="query-params",
        on_change=compare_views.close_cell,
        width=220,
    )
question = tree.question(name)
reference = next(one for one in others if one.release_id == chosen)
two = comparing.pair(here, reference)

shared = comparing.whole(two).shared
if not shared:
    st.info(
        f"None of the {words.galaxies(here.funnel.left)} selected is in {chosen}. "
        "Choose another release, or widen the selection.",
        title="No galaxies in common",
        icon=":material/join_inner:",
    )
    st.stop()
st.caption(
    f"{shared:,} of {words.galaxies(here.funnel.left)} selected in "
    f"{release.release_id} are in {chosen} too."
)
left, right = st.columns([11, 9], gap="large")
with left:
    compare_views.agreement(two, question)
with right:
    compare_views.confusion(two, question)
    compare_views.cell_gallery(two, question)
compare_views.change(two, question)
evaluations.against_labels([reference, release])
