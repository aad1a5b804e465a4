"""Named subsets: galaxies put aside, to come back to, combine and take along."""

import streamlit as st

from morph import subsets
from pages.common import frame, subset_actions, subset_details, words
from pages.common.subset_actions import CHOSEN

here = frame.here()
found = {one.subset_id: one for one in subsets.subsets(here.con)}

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Subsets", width="content")
    st.space("stretch")
    subset_actions.save_selection(here)
subset_actions.say()

if not found:
    with st.container(border=True, key="no_subsets"):
        st.markdown("##### No subsets yet")
        st.markdown(
            "A subset is a set of galaxies with a name: it stays as it is, and can be "
            "selected again, combined with others and opened in TOPCAT. Save what is "
            "selected, or upload a list of your own."
        )
    st.stop()

# The address says which one is shown; going back in it shows the one before.
asked = st.query_params.get(CHOSEN)
if asked in found and asked != st.session_state.get("subset_written"):
    st.session_state[CHOSEN] = asked
elif asked is not None and asked not in found:
    st.caption(f":orange[There is no subset {asked[:20]} in this list.]")
if st.session_state.get(CHOSEN) not in found:
    st.session_state[CHOSEN] = next(iter(found))

left, right = st.columns([2, 5], gap="large")
with left, st.container(height=620, border=False, key="subset_list"):
    st.radio(
        f"{len(found)} kept, the newest first",
        list(found),
        format_func=lambda one: found[one].name,
        captions=[
            f"{words.galaxies(one.galaxies)} of {one.release_id}, "
            f"{subset_details.KINDS[one.kind]}"
            for one in found.values()
        ],
        key=CHOSEN,
    )
chosen = st.session_state[CHOSEN]
st.query_params[CHOSEN] = st.session_state["subset_written"] = chosen
with right:
    subset_details.draw(here, found[chosen])
