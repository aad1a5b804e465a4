"""What an adaptation was judged to be without votes, on its run's card."""

from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from morph.runs.run_files import read_choice
from pages.common import words


def draw(folder: Path) -> None:
    """A sentence, where the run has judged itself, and what looks like a collapse."""
    try:
        chosen = read_choice(folder)
    except MorphError as error:
        st.error(words.sentence(str(error)), icon=":material/error:")
        return
    if chosen is None:
        return
    said = words.plain(words.sentence(str(chosen.get("sentence", ""))))
    if chosen.get("outcome") in ("adapted", "not judged"):
        st.caption(f":material/rule: {said}.")
    else:
        st.warning(f"{said}.", icon=":material/rule:")
    alarms = chosen.get("adapted", {}).get("alarms", [])
    if alarms:
        with st.popover(
            f"Signs of a collapse: {len(alarms)}", icon=":material/warning:"
        ):
            st.markdown("\n".join(f"- {words.plain(str(one))}" for one in alarms))
