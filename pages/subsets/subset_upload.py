"""A list of somebody's own galaxies: read, matched, reported, and kept as a subset."""

import hashlib
from dataclasses import asdict, fields
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
    "iauname": "Name (J…)",
    "source_id": "Identifier",
    "ra": "RA",
    "dec": "Dec",
}
_HEADINGS = {
    "row": "Row",
    "given_name": "Name given",
    "given_id": "Identifier given",
    "given_ra": "RA given",
    "given_dec": "Dec given",
    "state": "State",
    "iauname": "Galaxy",
    "by": "Matched by",
    "separation_arcsec": "Separation (arcsec)",
    "reason": "Why",
}
_MOST_BYTES = 50_000_000
_SHOWN = 200


def draw(here: Here) -> None:
    """Take a file, say which galaxies its rows are, and keep them."""
    given = st.file_uploader(
        "A list of galaxies: CSV, FITS, VOTable, ECSV or Parquet, up to 50 MB",
        max_upload_size=_MOST_BYTES // 1_000_000,
        key="list_upload",
        help="Or a text of names or positions alone, one a line.",
    )
    if given is None:
        st.caption("It is read by morph itself and sent nowhere.")
        return
    data = given.getvalue()
    try:
        guessed = _read(data, given.name, None)
        upload = _corrected(data, given.name, guessed)
        matched = _matched(here, upload)
    except MorphError as error:
        told = str(error)  # a file's name at its beginning stays as it is spelt
        begins = told if told.startswith(given.name) else words.sentence(told)
        st.error(f"{begins}.", icon=":material/error:")
        return
    _report(here, matched)
    _keep(here, matched, upload.sha256, Path(given.name).stem)


def _keep(here: Here, matched: MatchedList, sha256: str, suggested: str) -> None:
    number = len(matched.names)
    name_and_save(
        f"save_list_{sha256[:12]}",  # a form for each file
        f"Save {words.galaxies(number)}",
        lambda con, name, note: saved.save_names(
            con,
            here.release,
            matched.names,
            kind="list",
            name=name,
            note=note,
            recipe=matched.recipe,
        ),
        suggested=suggested[: saved.MAX_NAME],
        disabled=not number,
    )


def _read(data: bytes, name: str, columns: ListColumns | None) -> Upload:
    """The list, read once for each file and choice of columns in this session."""
    key = (hashlib.sha256(data).hexdigest(), name, columns)
    kept = st.session_state.setdefault("list_read", {})
    if key not in kept:
        while len(kept) > 3:
            kept.pop(next(iter(kept)))
        with st.spinner("Reading the list"):
            kept[key] = read_upload(data, name, columns)
    return kept[key]


def _corrected(data: bytes, name: str, guessed: Upload) -> Upload:
    """The list read in the columns that the user chose, at first those guessed."""
    st.caption(
        f"{guessed.number:,} rows of {guessed.format}. Which columns say what galaxy "
        "a row is? Change them if the guess is wrong."
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
            key=f"list_{field.name}_{digest}",
        )
    wanted = ListColumns(**chosen)
    return guessed if wanted == guessed.chosen else _read(data, name, wanted)


def _matched(here: Here, upload: Upload) -> MatchedList:
    radius = st.number_input(
        "Radius of a match by position (arcsec)",
        min_value=0.1,
        max_value=match_list.MAX_RADIUS_ARCSEC,
        value=1.0,
        key="list_radius",
        width=260,
    )
    return match_list.match(here.con, here.release, upload, radius_arcsec=radius)


def _report(here: Here, matched: MatchedList) -> None:
    st.markdown(f"**{words.sentence(matched.sentence)}** in {here.release.release_id}.")
    rest = matched.report[matched.report["state"] != "matched"]
    if len(rest):
        st.caption(
            f"The first {_SHOWN} rows that matched nothing for sure:"
            if len(rest) > _SHOWN
            else "Rows that matched nothing for sure:"
        )
        shown = rest.loc[:, rest.notna().any() & rest.astype(bool).any()].head(_SHOWN)
        st.dataframe(
            shown,
            hide_index=True,
            column_config=_HEADINGS,
            placeholder="–",
            alt="Rows without a sure match, and why",
        )
    st.download_button(
        "Download the report of every row",
        data=lambda: match_list.report_csv(matched),
        file_name="matched.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="list_report",
    )
