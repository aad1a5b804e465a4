"""Files of the selection: what they are called, hold and weigh."""

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlencode, urlsplit

import pandas as pd
import streamlit as st

from morph import wording
from morph.catalogue.columns import meaning
from morph.catalogue.release_table import LoadedRelease
from morph.export import export
from morph.images.rendering import MOST_IN_ZIP, zip_of_cutouts
from morph.selection import ordering
from morph.selection.conditions import describe
from morph.selection.selection import Selection
from morph.selection.url import to_query
from pages.common import words
from pages.common.here import Here
from pages.common.server import database, thumbnails

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


def file_of(
    here: Here,
    form: str,
    columns: str,
    *,
    subset_columns: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> Callable[[], bytes]:
    """Makes the file when asked, by a cursor of its own: in another thread."""
    root, release, selection = here.root, here.release, here.selection
    if only is not None:  # of all galaxies
        selection = Selection(tree=release.tree)
    address = link(release, selection)

    def make() -> bytes:
        with database.cursor(root) as con:
            return export.export(
                con,
                release,
                selection,
                format=form,
                columns=columns,
                subset_columns=subset_columns,
                only=only,
                link=address,
            ).data

    return make


def size(here: Here, form: str, columns: str) -> str:
    """About how large the file is going to be, in words."""
    return wording.size(
        _bytes(here.release.key, here.selection, form, columns, here.funnel.left, here)
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _bytes(
    key: str, selection: Selection, form: str, columns: str, rows: int, _here: Here
) -> int:
    return export.expected_bytes(
        _here.con, _here.release, selection, rows, format=form, columns=columns
    )


def pictures(here: Here) -> tuple[int, Callable[[], bytes]]:
    """How many of the selected have a picture, and what makes a zip of these.

    Only the first ones are looked at: a zip holds no more.
    """
    release, manifest = here.release, here.release.manifest
    rows = ordering.page(
        here.con,
        release,
        here.selection,
        order=ordering.Order("iauname"),
        limit=MOST_IN_ZIP,
    )
    pictured = thumbnails.with_picture(manifest, rows["iauname"])
    names = [name for name in rows["iauname"] if name in pictured]
    about = (
        f"Pictures of {len(names):,} galaxies of {release.release_id}\n"
        f"{manifest.title}. Provenance: {manifest.origin}.\n"
        f"Selection: {describe(here.selection, release)}\n{manifest.citation}\n"
    )
    stores = thumbnails.stores(manifest)
    make = partial(zip_of_cutouts, stores, names, about=about)
    return len(names), make


def pictures_button(here: Here) -> None:
    """A zip of the selected galaxies' pictures, or why there is none."""
    number, make = pictures(here)
    problem = no_pictures(here, number)
    st.download_button(
        "Download pictures" if problem else f"Download {words.pictures(number)}",
        data=make,
        file_name=f"{export.file_stem(here.release, here.selection, number)}.zip",
        mime="application/zip",
        icon=":material/photo_library:",
        on_click="ignore",
        disabled=bool(problem) or not number,
        help=f"JPEG, 256 pixels wide: {number:,} of the {here.funnel.left:,} selected "
        "have one.",
        key="download_pictures",
    )
    if problem:
        st.caption(problem, width="stretch")


def no_pictures(here: Here, number: int) -> str:
    """Why ``number`` pictures cannot be had, and what to do; empty if they can."""
    selected, manifest = here.funnel.left, here.release.manifest
    if not selected:
        return ""  # said of every file
    if not manifest.cutouts:
        return f"{here.release.release_id} comes without pictures."
    gone = thumbnails.missing_stores(manifest)
    if gone and not number:
        return f"The pictures are not here: put the folder {gone[0]} back."
    if selected > MOST_IN_ZIP:
        return (
            f"A zip holds pictures of at most {MOST_IN_ZIP} galaxies; select "
            "fewer with the filters on the left."
        )
    return "" if number else "None of the selected galaxies has a picture."


def link(release: LoadedRelease, selection: Selection) -> str:
    """The address of a selection in Explore."""
    query = {"release": release.release_id, **to_query(selection)}
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
