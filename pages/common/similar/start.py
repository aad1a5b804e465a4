"""The search before it has results: instructions, or progress of the index."""

import streamlit as st

from morph.catalogue.arrays import questions_without_fractions
from morph.similar.index import VectorIndex
from pages.common import keys, words
from pages.common.components.gallery import Action, gallery
from pages.common.galaxies import tiles
from pages.common.galaxies.vectors import Search, Space
from pages.common.here import Here
from pages.common.similar import example_upload, similar_query

_EVERY_S = 0.7


def invite(here: Here, space: Space) -> None:
    """What to do first, with galaxies to choose from."""
    ways = ["press **+** on one of these"] if here.funnel.left else []
    ways.append("enter a name on the left")
    if not example_upload.why_not(here, space):
        ways.append("upload an image")
    st.markdown("##### Choose a galaxy to start from")
    instructions = " or ".join(filter(None, (", ".join(ways[:-1]), ways[-1])))
    st.markdown(
        f"{words.sentence(instructions)}. It is then compared with the other "
        "galaxies of the release."
    )
    if not here.funnel.left:
        return
    shown = tiles.at_random(here, here.selection, 24)
    gallery(
        shown,
        key="begin_gallery",
        label=f"{len(shown)} galaxies to start from",
        on_open=lambda name: similar_query.change("only", name),
        actions=(
            Action("like", "+", "Find galaxies similar to this", keys.LIKE.press),
        ),
        on_act=similar_query.change,
    )


def wait(search: Search) -> None:
    """Progress of the search index; the page continues when it is ready."""
    if search.problem:
        st.error(search.problem, icon=":material/error:")
        return

    @st.fragment(run_every=_EVERY_S)
    def progress() -> None:
        if search.index is not None or search.problem:
            st.rerun()
        st.progress(
            min(search.done / max(search.total, 1), 1.0),
            f"{search.doing}: {search.done:,} of {search.total:,} galaxies",
        )
        st.caption(
            "The search index is built once per release after morph starts; later "
            "searches are fast."
        )

    progress()


def left_out_words(here: Here, space: Space) -> str:
    """The questions that a search by vote fractions leaves out; "" if none."""
    if space != "answers":
        return ""
    names = questions_without_fractions(here.con, here.release)
    if not names:
        return ""
    titles = ", ".join(here.release.tree.question(name).title for name in names)
    return f"Not compared, as no galaxy has vote fractions of it: {titles}."


def sample_words(index: VectorIndex) -> str:
    """What a search misses if only a sample of the release is compared; else ""."""
    if not index.is_sample:
        return ""
    one_in = index.drawn_from / len(index.rows)
    return (
        f"Compared: a random sample (seed 0) of {len(index.rows):,} of the "
        f"{words.galaxies(index.drawn_from)} with known vote fractions, so about "
        f"1 in {one_in:.1f} of the nearest galaxies is found."
    )


def history() -> None:
    """A button that restores the previous examples."""
    if st.session_state.get("similar_before"):
        st.button(
            "Undo",
            icon=":material/undo:",
            type="tertiary",
            key="undo_example",
            on_click=similar_query.undo,
        )
