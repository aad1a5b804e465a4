"""The views of Runs, and which run is open, in the session and the address."""

from collections.abc import Sequence

import streamlit as st

from pages.common.address import session_and_address

ALL, NEW, COMPARE, LINEAGE = VIEWS = ("All runs", "New run", "Compare", "Lineage")
VIEW = "runs_view"  # the control, and the parameters of the address
OPEN = "run"
START = "new"
COMPARED = "runs_compared"
MOST_COMPARED = 8  # runs at once
COPY_OF = "Copy of "

_OPENED = "run_opened"
_COPIED = "run_copied"


def left() -> bool:
    """Whether a callback chose another view than that of all runs."""
    return st.session_state.get(VIEW, ALL) != ALL


def opened() -> str | None:
    """The run whose card is open."""
    linked = session_and_address.from_address(OPEN)
    if linked is not None:
        st.session_state[_OPENED] = linked[0] if linked else None
    name = st.session_state.get(_OPENED)
    session_and_address.to_address(OPEN, [name] if name else [])
    return name


def open_run(run_id: str) -> None:
    """Show the card of a run; from a callback, or before a rerun."""
    st.session_state[_OPENED] = run_id


def show_all(run_id: str) -> None:
    """Show all runs, and the card of one; only from a callback."""
    open_run(run_id)
    st.session_state[VIEW] = ALL


def copy(run_id: str) -> None:
    """Begin a new run as a copy of another; only from a callback."""
    st.session_state[START] = f"{COPY_OF}{run_id}"
    st.session_state[VIEW] = NEW
    st.session_state[_COPIED] = True


def write_start() -> None:
    """Write what a copy begins as into the address; before the control is drawn."""
    # Streamlit (1.67) does not write the value that a widget begins with. Remove when
    # it does (tests/browser/test_runs).
    if st.session_state.pop(_COPIED, False):
        st.query_params[START] = st.session_state[START]


def compare(run_ids: Sequence[str]) -> None:
    """Compare these runs; only from a callback."""
    st.session_state[COMPARED] = list(run_ids)
    st.session_state[VIEW] = COMPARE
