"""Upload a list of galaxies: read, match, report, and save as a subset."""

from functools import partial
from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from morph.subsets import match_list, own_list, subset_rows
from morph.subsets.match_list import MatchedList
from morph.subsets.own_list import OwnCells
from morph.subsets.uploaded_list import Upload
from morph.wording import angle
from pages.common import words
from pages.common.here import Here
from pages.common.subsets import list_upload
from pages.common.subsets.actions import name_and_save
from pages.subsets import kept_columns

_WHY_WIDTH = 420  # pixels; reasons take two lines
_ROW_HEIGHT = 66  # pixels; Streamlit (1.67) wraps texts in rows higher than 64
_HEADINGS = {  # in the order of the table: why, before what else is known
    "row": "Row",
    "given_name": "Input name",
    "state": "State",
    "reason": st.column_config.TextColumn("Why", width=_WHY_WIDTH),
    "iauname": "Galaxy",
    "by": "Matched by",
    "separation_arcsec": st.column_config.TextColumn(
        "Separation", help="The match report has it in arcsec."
    ),
    "given_id": "Input identifier",
    "given_ra": "Input RA",
    "given_dec": "Input Dec",
}
_SHOWN = 200
_APART = "separation_arcsec"


def draw(here: Here) -> None:
    """Upload a file, match its rows to galaxies, and save those."""
    try:
        upload = list_upload.uploaded("list")
        if upload is None:
            return
        matched = _match(here, upload)
    except MorphError as error:
        list_upload.say_unusable("list", error)
        return
    _notes(upload, matched)
    _report(here, matched)
    own = kept_columns.choose(upload, list_upload.data_of("list"))
    _repeated(upload, matched, own)
    _save(here, upload, matched, own)


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


def _repeated(upload: Upload, matched: MatchedList, own: OwnCells | None) -> None:
    """Say which row gives the values of a galaxy that has several."""
    more = matched.count("matched") - len(matched.names)
    if own is not None and more:
        st.caption(
            f":material/info: {more:,} more {'row is' if more == 1 else 'rows are'} of "
            "a galaxy that another row has. Its values are those of the nearest row, "
            "or of the first; the matched file has all rows."
        )


def _save(
    here: Here, upload: Upload, matched: MatchedList, own: OwnCells | None
) -> None:
    number = len(matched.names)
    name_and_save(
        f"save_list_{upload.sha256[:12]}",  # a form for each file
        f"Save {words.galaxies(number)}",
        partial(
            own_list.save,
            release=here.release,
            upload=upload,
            matched=matched,
            own=own,
        ),
        suggested=Path(upload.name).stem[: subset_rows.MAX_NAME],
        disabled=not number,
    )


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
        shown = shown[[column for column in _HEADINGS if column in shown]]
        if _APART in shown:
            shown[_APART] = shown[_APART].map(angle, na_action="ignore").astype(object)
        st.dataframe(
            shown,
            hide_index=True,
            column_config=_HEADINGS,
            row_height=_ROW_HEIGHT,
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
