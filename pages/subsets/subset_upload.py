"""Upload a list of galaxies: read, match, report, and save as a subset."""

import hashlib
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from morph.subsets import match_list, saved
from morph.subsets.match_list import MatchedList
from morph.subsets.uploaded_list import ListColumns, Upload, read_upload
from pages.common import words
from pages.common.here import Here
from pages.common.subsets.actions import name_and_save

_ROLES = {
    "iauname": "Name (J…, NGC …)",
    "source_id": "Identifier",
    "ra": "RA",
    "dec": "Dec",
}
_BOTH = "Choose the RA column here too if its cells contain both coordinates."
_HEADINGS = {
    "row": "Row",
    "given_name": "Input name",
    "given_id": "Input identifier",
    "given_ra": "Input RA",
    "given_dec": "Input Dec",
    "state": "State",
    "iauname": "Galaxy",
    "by": "Matched by",
    "separation_arcsec": "Separation (arcsec)",
    "reason": "Why",
}
_MOST_BYTES = 50_000_000
_SHOWN = 200


def draw(here: Here) -> None:
    """Upload a file, match its rows to galaxies, and save those."""
    file = st.file_uploader(
        "A list of galaxies: plain text or any table (CSV, FITS, VOTable, Parquet, …), "
        "up to 50 MB",
        max_upload_size=_MOST_BYTES // 1_000_000,
        key="list_upload",
        help="Or a text file with one name or position per line.",
    )
    if file is None:
        st.caption("The file is read only by morph and is not sent anywhere else.")
        return
    data = file.getvalue()
    try:
        guessed = _read(data, file.name, None)
        upload = _corrected(data, file.name, guessed)
        matched = _match(here, upload)
    except MorphError as error:
        text = str(error)
        if not text.startswith(file.name):  # a file's name keeps its spelling
            text = words.sentence(text)
        st.error(f"{words.plain(text)}.", icon=":material/error:")
        return
    _notes(upload, matched)
    _report(here, matched)
    _save(here, matched, upload.sha256, Path(file.name).stem)


def _match(here: Here, upload: Upload) -> MatchedList:
    radius = st.number_input(
        "Match radius (arcsec)",
        min_value=0.1,
        max_value=match_list.MAX_RADIUS_ARCSEC,
        value=1.0,
        key="list_radius",
        width=260,
    )
    return match_list.match(
        here.con,
        here.release,
        upload,
        radius_arcsec=radius,
        prefer_position=_prefers_position(upload),
    )


def _notes(upload: Upload, matched: MatchedList) -> None:
    """Say what was converted or left out, and what may be wrong."""
    hint = upload.places.hint if not len(matched.names) else ""
    for note in (*upload.places.notes, *upload.left_out, hint):
        if note:
            st.caption(f":material/info: {words.sentence(words.plain(note))}.")
    if conflicts := matched.count("conflict"):
        st.warning(
            f"{conflicts:,} {'row is' if conflicts == 1 else 'rows are'} in conflict: "
            "the name or identifier and the position belong to different galaxies. "
            "Check that the columns belong together.",
            icon=":material/warning:",
        )


def _prefers_position(upload: Upload) -> bool:
    """Whether the user lets the position decide where it contradicts the name."""
    chosen = upload.chosen
    if not (chosen.ra and (chosen.iauname or chosen.source_id)):
        return False
    return st.toggle(
        "Match rows in conflict by position",
        key=f"list_prefer_position_{upload.sha256[:12]}",
        help="A row is in conflict if its name or identifier is that of one galaxy and "
        "its position that of another. If this is off, the row matches neither.",
    )


def _save(here: Here, matched: MatchedList, sha256: str, suggested: str) -> None:
    number = len(matched.names)
    name_and_save(
        f"save_list_{sha256[:12]}",  # a form for each file
        f"Save {words.galaxies(number)}",
        partial(
            saved.save_names,
            release=here.release,
            names=matched.names,
            kind="list",
            recipe=matched.recipe,
        ),
        suggested=suggested[: saved.MAX_NAME],
        disabled=not number,
    )


def _read(data: bytes, name: str, columns: ListColumns | None) -> Upload:
    """The list, read once per session for each file and choice of columns."""
    key = (hashlib.sha256(data).hexdigest(), name, columns)
    cache = st.session_state.setdefault("list_read", {})
    if key not in cache:
        while len(cache) > 3:
            cache.pop(next(iter(cache)))
        with st.spinner("Reading the list"):
            cache[key] = read_upload(data, name, columns)
    return cache[key]


def _corrected(data: bytes, name: str, guessed: Upload) -> Upload:
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
            key=f"list_{field.name}_{digest}",
        )
    wanted = ListColumns(**chosen)
    return guessed if wanted == guessed.chosen else _read(data, name, wanted)


def _report(here: Here, matched: MatchedList) -> None:
    st.markdown(f"**{words.sentence(matched.sentence)}** in {here.release.release_id}.")
    rest = matched.report[matched.report["state"] != "matched"]
    rest = rest.sort_values("state", key=lambda s: s != "conflict", kind="stable")
    if len(rest):
        st.caption(
            "Unmatched or ambiguous rows, or rows in conflict"
            + (f" (first {_SHOWN})" if len(rest) > _SHOWN else "")
        )
        shown = rest.loc[:, rest.notna().any() & rest.astype(bool).any()].head(_SHOWN)
        st.dataframe(
            shown,
            hide_index=True,
            column_config=_HEADINGS,
            placeholder="–",
            alt="Rows that are unmatched, ambiguous or in conflict, and why",
        )
    st.download_button(
        "Download match report",
        data=lambda: match_list.report_csv(matched),
        file_name="matched.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="list_report",
    )
