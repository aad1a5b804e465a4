"""Error messages of a page."""

import traceback
from urllib.parse import urlencode

import streamlit as st

from morph.catalogue import inventory
from morph.errors import CatalogueHeld, MorphError
from morph.home import home
from pages.common import here, words
from pages.common.address import session_and_address
from pages.common.frame import error_log
from pages.common.server import database

RETRY_EVERY_S = 3.0

# Values of Streamlit's client.showErrorDetails, "none" in .streamlit/config.toml, with
# which developers see tracebacks in the page.
TOLD_IN_FULL = ("full", "stacktrace", "true", True)


def explain(error: Exception) -> bool:
    """Show an error in plain words; True, so that no traceback is shown."""
    if isinstance(error, CatalogueHeld):
        st.info(
            f"{words.plain(str(error))}. This page opens automatically once the "
            "catalogue is free.",
            title="The catalogue is in use",
            icon=":material/lock:",
        )
        _open_once_it_can()
    elif isinstance(error, MorphError):
        st.error(words.plain(words.sentence(str(error))), icon=":material/error:")
        if not _opens():
            st.caption("This page opens automatically once that is fixed.")
            _open_once_it_can()
    else:
        _explain_defect(error)
    return True


def _explain_defect(error: Exception) -> None:
    """What visitors can use: no traceback, which would reveal details of the server."""
    reference, about = error_log.new_reference(), _about()
    where = words.plain(str(error_log.keep(home(), reference, about, error)))
    st.error(
        f"Internal error in morph. Your selection is saved in the address: reload "
        f"the page to try again. The traceback is in {where} under the reference "
        f"**{reference}**.",
        icon=":material/bug_report:",
    )
    with st.expander("Report", icon=":material/assignment:"):
        st.caption("Include this text when you report the error.")
        report = f"reference: {reference}\n{about}"
        if st.get_option("client.showErrorDetails") in TOLD_IN_FULL:
            report += f"\n\n{''.join(traceback.format_exception(error))}"
        st.code(report, language=None, wrap_lines=True)


def _about() -> str:
    """Page, address, release and versions."""
    release = here.release()
    shown = {
        "page": session_and_address.page() or "overview",
        "address": urlencode(session_and_address.address(), doseq=True),
        "release": release.key if release else "none",
        **inventory.versions(),
    }
    return "\n".join(f"{name}: {text}" for name, text in shown.items())


@st.fragment(run_every=RETRY_EVERY_S)
def _open_once_it_can() -> None:
    """Draw the page again once the catalogue opens."""
    if _opens():
        st.rerun()


def _opens() -> bool:
    """Whether the catalogue and the workspace can be opened."""
    try:
        database.cursor(home()).close()
    except MorphError:
        return False
    return True
