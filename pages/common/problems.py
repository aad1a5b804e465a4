"""What went wrong, said calmly."""

import streamlit as st

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
        with st.expander("Details for a report"):
            st.code(f"{type(error).__name__}: {error}", language=None)
    return True


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
