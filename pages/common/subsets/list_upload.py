"""A list of galaxies that a visitor uploads: the file, and its columns."""

import hashlib
from dataclasses import asdict, fields

import streamlit as st

from morph.errors import MorphError
from morph.subsets.uploaded_list import ListColumns, Upload, read_upload
from pages.common import words

_ROLES = {
    "iauname": "Name (J…, NGC …)",
    "source_id": "Identifier",
    "ra": "RA",
    "dec": "Dec",
}
_BOTH = "Choose the RA column here too if its cells contain both coordinates."
_MOST_BYTES = 50_000_000
_KEPT = 3  # lists read in a session
_KEPT_HERE = "The file is read only by morph and is not sent anywhere else."


def uploaded(key: str, *, kept: str = _KEPT_HERE) -> Upload | None:
    """The uploaded list with the columns that its user chose; None if there is none.

    ``key`` begins the keys of its controls, ``kept`` says where the list goes.
    MorphError if it cannot be read.
    """
    file = st.file_uploader(
        "A list of galaxies: plain text or any table (CSV, FITS, VOTable, Parquet, …), "
        "up to 50 MB",
        max_upload_size=_MOST_BYTES // 1_000_000,
        key=f"{key}_upload",
        help="Or a text file with one name or position per line.",
    )
    if file is None:
        st.caption(kept)
        return None
    data = file.getvalue()
    return _corrected(key, data, file.name, _read(data, file.name, None))


def data_of(key: str) -> bytes:
    """The content of the file that is uploaded."""
    return st.session_state[f"{key}_upload"].getvalue()


def say_unusable(key: str, error: MorphError) -> None:
    """Why the uploaded list cannot be used."""
    text, file = str(error), st.session_state.get(f"{key}_upload")
    if file is None or not text.startswith(file.name):  # which keeps its spelling
        text = words.sentence(text)
    st.error(f"{words.plain(text)}.", icon=":material/error:")


def _read(data: bytes, name: str, columns: ListColumns | None) -> Upload:
    """The list, read once per session for each file and choice of columns."""
    key = (hashlib.sha256(data).hexdigest(), name, columns)
    cache = st.session_state.setdefault("list_read", {})
    if key not in cache:
        while len(cache) > _KEPT:
            cache.pop(next(iter(cache)))
        with st.spinner("Reading the list"):
            cache[key] = read_upload(data, name, columns)
    return cache[key]


def _corrected(key: str, data: bytes, name: str, guessed: Upload) -> Upload:
    """The list with the columns that the user chose; at first those guessed."""
    st.caption(
        f"{guessed.number:,} rows of {guessed.format}. Check the columns that "
        "identify the galaxies."
    )
    chosen: dict[str, str | None] = {}
    digest = guessed.sha256[:12]
    for column, field in zip(st.columns(4), fields(ListColumns), strict=True):
        at = asdict(guessed.chosen)[field.name]
        chosen[field.name] = column.selectbox(
            _ROLES[field.name],
            guessed.columns,
            index=guessed.columns.index(at) if at else None,
            placeholder="none",
            help=_BOTH if field.name == "dec" else None,
            key=f"{key}_{field.name}_{digest}",
        )
    wanted = ListColumns(**chosen)
    return guessed if wanted == guessed.chosen else _read(data, name, wanted)
