"""The columns that an uploaded list keeps: which ones, and what they hold."""

import streamlit as st

from morph.catalogue.own_columns.own_column import KINDS
from morph.errors import MorphError
from morph.subsets import own_list
from morph.subsets.own_list import OwnCells
from morph.subsets.uploaded_list import Upload
from pages.common import words

_ALL_AT_FIRST = 2_000_000  # cells; of a larger list its user chooses
_READ = "list_columns_read"


def choose(upload: Upload, data: bytes) -> OwnCells | None:
    """The columns to keep, read; None where none is kept."""
    few = len(upload.columns) * upload.number <= _ALL_AT_FIRST
    few &= len(upload.columns) <= own_list.MOST_COLUMNS
    kept = st.multiselect(
        "Columns to keep",
        upload.columns,
        default=upload.columns if few else (),
        placeholder="none",
        key=f"list_keep_{upload.sha256[:12]}",
        help="They filter, sort and colour galaxies, are an axis of Populations, and "
        "go into downloads. The release is not changed.",
    )
    if not kept:
        st.caption("Only the galaxies are saved, without columns of the list.")
        return None
    try:
        own = _read(data, upload, tuple(kept))
    except MorphError as error:
        st.warning(f"{words.plain(words.sentence(str(error)))}.")
        return None
    kinds = (f"{words.plain(one.name)} ({KINDS[one.kind]})" for one in own.columns)
    st.caption(f"Kept: {', '.join(kinds)}.")
    for note in own.notes:
        st.caption(f":material/info: {words.plain(words.sentence(note))}.")
    return own


def _read(data: bytes, upload: Upload, columns: tuple[str, ...]) -> OwnCells:
    """The columns, read once for each list and choice; that of one list is kept."""
    key = (upload.sha256, upload.chosen, columns)
    before, own = st.session_state.get(_READ, (None, None))
    if before != key:
        with st.spinner("Reading the columns"):
            own = own_list.read_own(data, upload, columns)
        st.session_state[_READ] = key, own
    return own
