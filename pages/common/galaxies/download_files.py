"""Files of the selection: formats, contents and sizes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import pandas as pd
import streamlit as st

from morph import wording
from morph.catalogue.column_sql import meaning
from morph.catalogue.release_table import LoadedRelease
from morph.export import export
from morph.export.columns import (
    CHOSEN,
    Columns,
    names_in_file,
    plain_names,
    set_title,
    ucd,
)
from morph.export.file_formats import FILES, FORMATS
from morph.images.rendering import MOST_IN_ZIP, zip_of_cutouts
from morph.release.kinds import kind_of
from morph.selection.conditions import describe
from morph.selection.listing import ordering
from morph.selection.listing.order import Order
from morph.selection.selection import Selection
from morph.selection.url import to_query
from pages.common import words
from pages.common.address import order_control
from pages.common.here import HASHES, Here
from pages.common.server import database
from pages.common.server.download_queue import queued
from pages.common.server.routes import thumbnails

_COLUMN_SETS = {
    "basic": "Name, position, photometry and redshift, the most probable answer to "
    "each question, and the answers that you set limits on.",
    "posteriors": "Basic, plus the expected vote fraction and variance of every answer "
    "and the probability of reaching each question.",
    "fractions": "Basic, plus the vote fraction of every answer and the probability of "
    "reaching each question.",
    "everything": "All columns of the release: also concentrations or fractions, "
    "entropies, coordinates on its maps, HEALPix index and any votes.",
}
FORMAT_TITLES = {name: one.title for name, one in FORMATS.items()}


def columns_words(release: LoadedRelease, columns: Columns) -> str:
    """What a column set holds, in the release; empty of columns that were chosen."""
    return _COLUMN_SETS.get(set_title(release, columns.of), "")


def names(here: Here, columns: Columns) -> tuple[str, ...]:
    """The published names of a file's columns."""
    if columns.of == CHOSEN and not columns.chosen:
        return ()
    return names_in_file(here.release, here.selection, columns)


def problem(form: str, number: int, columns: int = 1) -> str:
    """Why a file of so many galaxies and columns cannot be made; empty if it can."""
    if number == 0:
        return "Nothing is selected. Relax a filter on the left or reset all."
    if columns == 0:
        return "No column is chosen. Choose at least one of them."
    if form == "votable" and number > export.VOTABLE_ROWS:
        return (
            f"A VOTable is limited to {export.VOTABLE_ROWS:,} galaxies, as it is slow "
            "to write and read. Choose FITS, Parquet or CSV."
        )
    return ""


def file_of(
    here: Here,
    form: str,
    columns: str | Columns,
    *,
    subset_columns: Sequence[str] = (),
    own_columns: Sequence[str] = (),
    only: Sequence[str] | None = None,
    order: Order | None = None,
) -> Callable[[], bytes]:
    """A function that makes the file, with its own cursor: another thread calls it."""
    root, release, selection = here.root, here.release, here.selection
    if only is not None:  # of all galaxies
        selection = Selection(tree=release.tree)
    address = link(release, selection, order)

    def make() -> bytes:
        with database.cursor(root) as con:
            return export.export(
                con,
                release,
                selection,
                format=form,
                columns=columns,
                subset_columns=subset_columns,
                own_columns=own_columns,
                only=only,
                order=order,
                link=address,
            ).data

    return partial(queued, make)


def metadata_button(here: Here, columns: Columns, **more: Any) -> None:
    """The metadata of a CSV file, which has no room for it."""
    number = here.funnel.left
    stem = export.file_stem(here.release, here.selection, number, columns)
    st.download_button(
        "Download its metadata (JSON)",
        data=file_of(here, "metadata", columns, **more),
        file_name=stem + FILES["metadata"].suffix,
        mime=FILES["metadata"].mime,
        icon=":material/data_object:",
        on_click="ignore",
        disabled=not number,
        help="The release, the selection, the citation, and what each column means.",
        key="download_metadata",
    )


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def size(here: Here, form: str, columns: str | Columns) -> str:
    """The approximate size of the file, in words."""
    number = export.expected_bytes(
        here.con,
        here.release,
        here.selection,
        here.funnel.left,
        format=form,
        columns=columns,
    )
    return wording.size(number)


def pictures(here: Here) -> tuple[int, Callable[[], bytes]]:
    """The number of selected galaxies with an image, and a function that zips these.

    Only considers the first galaxies, as many as a zip archive holds.
    """
    release, manifest = here.release, here.release.manifest
    by_name = Order("iauname")
    rows = ordering.page(
        here.con, release, here.selection, order=by_name, limit=MOST_IN_ZIP
    )
    pictured = thumbnails.with_picture(manifest, rows["iauname"])
    names = [name for name in rows["iauname"] if name in pictured]
    kind = kind_of(manifest)
    about = (
        f"Images of {len(names):,} galaxies of {release.release_id}\n"
        f"{manifest.title}. {kind.word}: {kind.meaning}\n"
        f"Selection: {describe(here.selection, release)}\n{manifest.citation}\n"
    )
    stores = thumbnails.stores(manifest)
    return len(names), partial(zip_of_cutouts, stores, names, about=about)


def pictures_button(here: Here) -> None:
    """A zip archive of the selected galaxies' images, or why there is none."""
    number, make = pictures(here)
    problem = _no_pictures(here, number)
    st.download_button(
        "Download images" if problem else f"Download {words.pictures(number)}",
        data=partial(queued, make),
        file_name=f"{export.file_stem(here.release, here.selection, number)}.zip",
        mime="application/zip",
        icon=":material/photo_library:",
        on_click="ignore",
        disabled=bool(problem) or not number,
        help="JPEG images, 256 pixels wide, of the selected galaxies that have one: "
        f"{number:,} of {here.funnel.left:,}.",
        key="download_pictures",
    )
    if problem:
        st.caption(problem, width="stretch")


def _no_pictures(here: Here, number: int) -> str:
    """Why ``number`` images cannot be downloaded, and what to do; empty if they can."""
    selected, manifest = here.funnel.left, here.release.manifest
    if not selected:
        return ""  # said of every file
    if not thumbnails.stores(manifest):
        return f"{here.release.release_id} has no images."
    gone = thumbnails.missing_stores(manifest)
    if gone and not number:
        return f"The images are missing: restore the folder {gone[0]}."
    if selected > MOST_IN_ZIP:
        return (
            f"A zip archive holds images of at most {MOST_IN_ZIP} galaxies; select "
            "fewer with the filters on the left."
        )
    return "" if number else "None of the selected galaxies has an image."


def link(
    release: LoadedRelease, selection: Selection, order: Order | None = None
) -> str:
    """The URL of a selection in Explore, in an order where there is one."""
    query = {"release": release.release_id, **to_query(selection)}
    query |= order_control.to_query(order) if order else {}
    parts = urlsplit(st.context.url or "")
    base = parts.path.rpartition("/")[0] if parts.path.count("/") else ""
    return (
        f"{parts.scheme}://{parts.netloc}{base}/explore?{urlencode(query, doseq=True)}"
    )


def columns_table(
    release: LoadedRelease, names: Sequence[str], columns: Columns
) -> None:
    """What each column of the file means, with its names, unit and UCD."""
    shown = {"Column": names, "Meaning": [], "Unit": [], "UCD": []}
    for name in names:
        unit, words = meaning(release, name)
        shown["Meaning"].append(words)
        shown["Unit"].append(unit)
        shown["UCD"].append(ucd(release, name))
    if columns.underscores:
        shown = {"Name in the file": plain_names(names).values(), **shown}
    st.dataframe(
        pd.DataFrame(shown),
        hide_index=True,
        alt=f"{len(names)} columns and what they mean",
    )
