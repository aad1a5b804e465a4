"""Files of the selection: what they are called, hold and weigh."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode, urlsplit

import pandas as pd
import streamlit as st

from morph import export
from morph.catalogue import LoadedRelease
from morph.columns import meaning
from morph.recipe import to_query
from pages.common import database
from pages.common.frame import Here

FORMATS = {"fits": "FITS", "parquet": "Parquet", "csv": "CSV", "votable": "VOTable"}
COLUMN_SETS = {
    "basic": "Name, place, measures, the largest answer of each question, and the "
    "answers you limited.",
    "posteriors": "Basic, and the probability and variance of every answer, and how "
    "probably each question is asked.",
    "everything": "Posteriors, and concentrations, entropies and votes where there are "
    "any.",
}
NOTES = {
    "fits": "FITS opens in TOPCAT and astropy.",
    "parquet": "Parquet opens in pandas, DuckDB and LSDB.",
    "csv": "CSV comes as a zip of the plain table and a JSON that describes it.",
    "votable": "VOTable opens in TOPCAT and Aladin.",
}


def problem(form: str, number: int) -> str:
    """Why a file cannot be made; empty if it can."""
    if number == 0:
        return "Nothing is selected. Relax a filter on the left, or reset all."
    if form == "votable" and number > export.VOTABLE_ROWS:
        return (
            f"A VOTable may have {export.VOTABLE_ROWS:,} galaxies, as it is slow to "
            "write and read. FITS, Parquet and CSV take them all."
        )
    return ""


def file_of(here: Here, form: str, columns: str) -> Callable[[], bytes]:
    """Makes the file when asked, by a cursor of its own: in another thread."""
    root, release, selection, address = (
        here.root,
        here.release,
        here.selection,
        link(here),
    )

    def make() -> bytes:
        with database.cursor(root) as con:
            return export.export(
                con, release, selection, format=form, columns=columns, link=address
            ).data

    return make


def link(here: Here) -> str:
    """The address of the selection in Explore."""
    query = {"release": here.release.release_id, **to_query(here.selection)}
    parts = urlsplit(st.context.url or "")
    base = parts.path.rpartition("/")[0] if parts.path.count("/") else ""
    return (
        f"{parts.scheme}://{parts.netloc}{base}/explore?{urlencode(query, doseq=True)}"
    )


def columns_table(release: LoadedRelease, names: Sequence[str]) -> None:
    """What each column of the file means, with its unit."""
    rows = [(name, *meaning(release, name)[::-1]) for name in names]
    st.dataframe(
        pd.DataFrame(rows, columns=["Column", "Meaning", "Unit"]),
        hide_index=True,
        alt=f"{len(names)} columns and what they mean",
    )
