"""Error messages of a page, and what can be done about them there."""

import traceback
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import streamlit as st

from morph.atomic import not_written
from morph.catalogue import inventory, open_errors
from morph.errors import CatalogueHeld, DamagedCatalogue, MorphError
from morph.home import home
from pages.common import here, toasts, words
from pages.common.address import session_and_address
from pages.common.frame import error_log
from pages.common.server import database, who_may

RETRY_EVERY_S = 3.0

# Values of Streamlit's client.showErrorDetails, "none" in .streamlit/config.toml, with
# which developers see tracebacks in the page.
TOLD_IN_FULL = ("full", "stacktrace", "true", True)


def explain(error: Exception) -> bool:
    """Show an error in plain words; True, so that no traceback is shown."""
    problem = _for_users(error)
    if problem is None:
        _explain_defect(error)
    elif isinstance(problem, CatalogueHeld):
        st.info(
            f"{words.plain(str(problem))}. This page opens automatically once the "
            "catalogue is free.",
            title="The catalogue is in use",
            icon=":material/lock:",
        )
        _open_once_it_can()
    elif isinstance(problem, DamagedCatalogue):
        _offer_to_rebuild(str(problem))
        _wait_until_it_opens()
    else:
        problem = words.plain(words.sentence(str(problem)))
        st.error(problem, icon=":material/error:")
        _wait_until_it_opens()
    return True


def _wait_until_it_opens() -> None:
    if not _opens():
        st.caption("This page opens automatically once that is fixed.")
        _open_once_it_can()


def note_catalogue(root: Path) -> None:
    """What is wrong with the catalogue of a page that is shown nevertheless."""
    if database.is_deleted(root):
        _offer_to_rebuild(
            "the catalogue file was deleted. This page shows its previous contents. "
            "Subsets are in another file"
        )
    elif database.health.damaged:
        _offer_to_rebuild(database.health.problem)
    elif database.health.problem:
        problem = words.plain(database.health.problem)
        st.warning(problem, icon=":material/sync_problem:")
    loading = database.health.loading
    if loading is not None and loading[2] > 1:
        _loading_line()


def loading_text() -> tuple[float, str]:
    """Fraction of the releases that are loaded, and which one is being loaded."""
    if database.health.loading is None:
        return 0.0, "Loading releases"
    release_id, number, total = database.health.loading
    return (number - 1) / total, f"Loading {release_id}, release {number} of {total}"


@st.fragment(run_every=RETRY_EVERY_S)
def _loading_line() -> None:
    """Progress of loading several releases; disappears when it ends."""
    if database.health.loading is None:
        st.rerun()
    done, text = loading_text()
    st.progress(done, text=text)


def _offer_to_rebuild(why: str) -> None:
    st.error(words.plain(words.sentence(why)), icon=":material/database_off:")
    refused = who_may.explained()
    st.button(
        "Rebuild the catalogue from the releases",
        key="rebuild_catalogue",
        icon=":material/database_upload:",
        type="primary",
        disabled=bool(refused),
        help=refused or None,
        on_click=toasts.refusals()(who_may.change(database.rebuild)),
        args=(home(),),
    )


def _for_users(error: Exception) -> MorphError | None:
    """What a user can do about an error; None for an error of this code."""
    if isinstance(error, MorphError):
        return error
    if isinstance(error, duckdb.ConnectionException):  # closed for a rebuild
        return MorphError("the catalogue was reopened in the meantime; reload the page")
    if isinstance(error, OSError):
        return not_written(home(), error)
    return open_errors.in_words(home(), error)


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
