"""Named subsets: galaxies put aside, to come back to, combine and take along."""

import streamlit as st

from morph.subsets import saved
from morph.subsets.saved import Subset
from pages.common.here import Here, current
from pages.common.subsets import actions
from pages.common.subsets.actions import CHOSEN
from pages.subsets import subset_combine, subset_details, subset_upload


def show(here: Here, found: dict[str, Subset]) -> None:
    """The list of subsets, and the chosen one beside it."""
    if not found:
        with st.container(border=True, key="no_subsets"):
            st.markdown("##### No subsets yet")
            st.markdown(
                "A subset is a set of galaxies with a name: it stays as it is, and can "
                "be selected again, combined with others and opened in TOPCAT. Save "
                "what is selected, pin galaxies with S and save those, or upload a "
                "list of your own."
            )
            actions.deleted(saved.subsets(here.con, deleted=True))
        return
    follow_address(found)
    left, right = st.columns([2, 5], gap="large")
    with left:
        st.radio(
            f"{len(found)} kept, the newest first",
            list(found),
            format_func=lambda one: found[one].name,
            captions=[
                subset_details.in_short(one, here.release) for one in found.values()
            ],
            key=CHOSEN,
        )
        actions.deleted(saved.subsets(here.con, deleted=True))
    chosen = st.session_state[CHOSEN]
    st.query_params[CHOSEN] = st.session_state["subset_written"] = chosen
    with right:
        subset_details.draw(here, found[chosen])


def follow_address(found: dict[str, Subset]) -> None:
    """Show the subset that the address names, also after going back in it."""
    asked = st.query_params.get(CHOSEN)
    if asked in found and asked != st.session_state.get("subset_written"):
        st.session_state[CHOSEN] = asked
    elif asked is not None and asked not in found:
        st.caption(f":orange[There is no subset {asked[:20]!r} in this list.]")
    if st.session_state.get(CHOSEN) not in found:
        st.session_state[CHOSEN] = next(iter(found))


here = current()
found = {one.subset_id: one for one in saved.subsets(here.con)}
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Subsets", width="content")
    st.space("stretch")
    actions.save_selection(here)
actions.say()
kept, combine, upload = st.tabs(["Kept", "Combine", "Upload a list"])
with kept:
    show(here, found)
with combine:
    subset_combine.draw(here, found)
with upload:
    subset_upload.draw(here)
