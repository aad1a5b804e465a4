"""Named subsets: show, combine, export and upload them."""

import streamlit as st

from morph.subsets import saved
from morph.subsets.saved import Subset
from pages.common import words
from pages.common.here import Here, current
from pages.common.subsets import actions
from pages.common.subsets.actions import CHOSEN
from pages.subsets import (
    similarity_columns,
    subset_combine,
    subset_details,
    subset_upload,
)


def show(here: Here, subsets: dict[str, Subset]) -> None:
    """The list of subsets, with the chosen one next to it."""
    if not subsets:
        with st.container(border=True, key="no_subsets"):
            st.markdown("##### No subsets yet")
            st.markdown(
                "A subset is a named, fixed list of galaxies. It can be selected "
                "again, combined with others and opened in TOPCAT. Save the selection, "
                "pin galaxies with S and save those, or upload a list."
            )
            actions.deleted(saved.subsets(here.con, deleted=True))
        return
    follow_address(subsets)
    left, right = st.columns([2, 5], gap="large")
    with left:
        st.radio(
            f"{len(subsets)} saved, newest first",
            list(subsets),
            format_func=lambda one: words.plain(subsets[one].name),
            captions=[
                subset_details.in_short(one, here.release) for one in subsets.values()
            ],
            key=CHOSEN,
        )
        actions.deleted(saved.subsets(here.con, deleted=True))
    chosen = st.session_state[CHOSEN]
    st.query_params[CHOSEN] = st.session_state["subset_written"] = chosen
    with right:
        subset_details.draw(here, subsets[chosen])


def follow_address(subsets: dict[str, Subset]) -> None:
    """Show the subset that the URL names, also after going back."""
    asked = st.query_params.get(CHOSEN)
    if asked in subsets and asked != st.session_state.get("subset_written"):
        st.session_state[CHOSEN] = asked
    elif asked is not None and asked not in subsets:
        st.caption(f":orange[There is no subset “{words.plain(asked[:20])}”.]")
    if st.session_state.get(CHOSEN) not in subsets:
        st.session_state[CHOSEN] = next(iter(subsets))


here = current()
subsets = {one.subset_id: one for one in saved.subsets(here.con)}
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Subsets", width="content")
    st.space("stretch")
    actions.save_selection(here)
actions.say()
listed, combine, upload, columns = st.tabs(
    [actions.SAVED, "Combine", "Upload a list", "Columns"],
    key=actions.TAB,
    on_change="rerun",
)
with listed:
    show(here, subsets)
with combine:
    subset_combine.draw(here, subsets)
with upload:
    subset_upload.draw(here)
with columns:
    similarity_columns.draw(here)
