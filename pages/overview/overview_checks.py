"""The checks of the shown release on Overview: what may have been read wrongly."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from morph.analysis.import_checks import (
    FEWER_VOTES_THAN,
    Finding,
    checked,
    import_checks,
)
from pages.common import figures
from pages.common.here import BY_RELEASE, Here


def draw(here: Here) -> None:
    """A table of findings, each with a link to its galaxies or to one of them."""
    st.header("Checks of this release")
    found, report = _findings(here), here.release.manifest.details.report or {}
    if not found and not report:
        done = "; ".join(checked(here.release))
        st.caption(f"No problems found. Checked: {done}.")
        return
    st.caption(
        "These are not necessarily errors, but inspect them before you use the "
        "release: they may show that a column was misread."
    )
    if found:
        rows = [_row(here, one) for one in found]
        st.dataframe(
            pd.DataFrame(rows).dropna(axis=1, how="all"),
            hide_index=True,
            column_config=_COLUMNS,
            placeholder="–",
            alt=f"{len(rows)} findings",
        )
    if report:
        _report(report)


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs=BY_RELEASE)
def _findings(here: Here) -> list[Finding]:
    return import_checks(here.con, here.release)


def _row(here: Here, one: Finding) -> dict[str, Any]:
    shown = {"release": here.release.release_id}
    every = None
    if one.dec is not None:
        every = f"explore?{urlencode({**shown, 'dec': one.dec}, doseq=True)}"
    return {
        "Check": one.words,
        "Question": one.question.title if one.question else None,
        "Galaxies": one.galaxies,
        "Of": one.of,
        "All": every,
        "Example": f"galaxy?{urlencode({**shown, 'id': one.example})}",
    }


def _report(report: Mapping[str, Any]) -> None:
    """What was found, and left out or changed, when the table was read."""
    lines = [f"- {what}: {_in_words(number)}" for what, number in report.items()]
    with st.expander("Found when the table was read"):
        st.text("\n".join(lines))


def _in_words(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


_COLUMNS = {
    "Check": st.column_config.TextColumn(
        help="Votes are those on the question in the next column. If all of them are "
        "for one answer for most galaxies, a column may be missing or misread. With "
        f"fewer than {FEWER_VOTES_THAN} votes, a vote fraction says little."
    ),
    "Galaxies": figures.number(help="How many galaxies the check found"),
    "Of": figures.number(
        help="How many galaxies it looked at. Votes all for one answer: those with "
        f"{FEWER_VOTES_THAN} or more votes on the question. Fewer than "
        f"{FEWER_VOTES_THAN} votes: those with any."
    ),
    "All": st.column_config.LinkColumn(display_text="Explore"),
    "Example": st.column_config.LinkColumn(display_text="Open"),
}
