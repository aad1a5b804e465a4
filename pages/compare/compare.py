"""Compare two releases of the same galaxies: agreement, changes, votes and labels."""

import streamlit as st

from morph.analysis import agreement
from pages.common import answer_controls, words
from pages.common.address import controls
from pages.common.galaxies import empty_selection
from pages.common.here import current, end
from pages.compare import (
    compare_by_position,
    compare_confusion,
    compare_evaluations,
    compare_galaxies,
    compare_reliability,
    compare_trend,
    compare_views,
    compare_words,
)

here = current()
if empty_selection.draw(here):
    end()
release = here.release
others = compare_galaxies.by_shared(here)
choices = [one.release_id for one in others]
asked = st.query_params.get("with")
if choices and st.session_state.get("with") not in choices:
    st.session_state.pop("with", None)
    if asked is not None and asked not in choices:
        st.caption(
            f":orange[Cannot compare with {words.plain(asked)}; showing {choices[0]}.]"
        )
if of_other_trees := compare_words.of_other_trees(here.of_other_trees, release):
    st.caption(of_other_trees)
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = None
    if choices:
        chosen = controls.from_list(
            f"Compare {release.release_id} with", choices, key="with", width=300
        )
        compare_views.swap_button(chosen, release.release_id)
    compared = [one for one in others if one.release_id == chosen]
    question = answer_controls.question(
        release,
        key="question",
        among=agreement.in_both(compared[0], release) if compared else None,
        on_change=compare_confusion.close_cell,
        width=220,
    )
if compared:
    compare_views.both(here, compared[0], question)
    compare_by_position.draw(here, compared[0])
    compare_trend.draw(
        here, [one for one in others if question in one.tree.questions], question
    )
else:
    compare_views.alone()
compare_reliability.against_votes(here, [*compared, release], question)
compare_evaluations.against_labels([*compared, release])
