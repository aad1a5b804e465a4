"""What went wrong, said calmly."""

import traceback
from urllib.parse import urlencode

import streamlit as st

from morph import inventory
from morph.errors import CatalogueHeld, MorphError
from morph.home import home
from pages.common import database, words

RETRY_EVERY_S = 3.0


def explain(error: Exception) -> bool:
    """Say what went wrong in plain words; True, so that no trace is shown."""
    if isinstance(error, CatalogueHeld):
        _explain_held(str(error))
    elif isinstance(error, MorphError):
        st.error(words.sentence(str(error)), icon=":material/error:")
    else:
        st.error(
            "Something in morph itself went wrong. Your selection is kept in the "
            "address; the log of the dashboard has the details.",
            icon=":material/bug_report:",
        )
        with st.expander("Report", icon=":material/assignment:"):
            st.caption(
                "Copy this when you report it: the address, the versions, the error."
            )
            st.code(_report(error), language=None, wrap_lines=True)
    return True


def _report(error: Exception) -> str:
    """What is needed to look into an error: where, with what, and its trace."""
    release = st.session_state.get("release_here")
    given = {name: st.query_params.get_all(name) for name in st.query_params}
    shown = {
        "page": st.session_state.get("page_now") or "overview",
        "address": urlencode(given, doseq=True),
        "release": release.key if release else "none",
        **inventory.versions(),
    }
    trace = "".join(traceback.format_exception(error))
    return "\n".join([*(f"{name}: {text}" for name, text in shown.items()), "", trace])


def _explain_held(message: str) -> None:
    st.info(
        f"{message} This page opens by itself as soon as it can.",
        title="The catalogue is in use",
        icon=":material/lock:",
    )

    @st.fragment(run_every=RETRY_EVERY_S)
    def retry() -> None:
        try:
            database.cursor(home()).close()
        except CatalogueHeld:
            return
        st.rerun()

    retry()
