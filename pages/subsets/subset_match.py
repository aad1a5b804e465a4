"""The file of an uploaded list with the columns of the release beside its own."""

from functools import partial

import streamlit as st

from morph.catalogue.own_columns import own_table
from morph.catalogue.own_columns.own_column import KINDS, OwnColumn, columns_of
from morph.export import matched_file
from morph.export.columns import COLUMN_SETS, set_title
from morph.export.file_formats import FORMATS
from morph.export.matched_file import JOINS, MATCHES, Match
from morph.subsets.saved import Subset
from pages.common import words
from pages.common.address.controls import one_of
from pages.common.here import Here
from pages.common.server import database
from pages.common.server.download_queue import queued

_MATCH_HELP = (
    "As saved: each row with the galaxy it was matched to. In the radius: matched "
    "again by position, to the nearest galaxy or to all of them."
)


def draw(here: Here, subset: Subset) -> None:
    """What the list holds, how to join it to the release shown, and the button."""
    columns = columns_of(here.con, subset.subset_id)
    st.caption(words.plain(_in_words(columns)))
    galaxies, rows = own_table.repeated(here.con, subset.subset_id)
    if galaxies:
        st.caption(
            f":material/info: {words.galaxies(galaxies)} have {rows:,} rows of the "
            "list. Filters, colours and downloads use the row nearest to the galaxy, "
            "or the first; this file has every row."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        join = one_of("Rows", JOINS, key="matched_join", bind=None)
        matches = one_of(
            "Matches", MATCHES, key="matched_matches", bind=None, help=_MATCH_HELP
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        radius = 1.0
        if matches != "saved":
            radius = st.number_input(
                "Radius (arcsec)",
                0.1,
                matched_file.MOST_RADIUS_ARCSEC,
                1.0,
                key="matched_radius",
                width=160,
            )
        sets = {
            name: set_title(here.release, name).capitalize() for name in COLUMN_SETS
        }
        of_release = one_of(
            f"Columns of {here.release.release_id}",
            sets,
            key="matched_columns",
            bind=None,
        )
        titles = {name: one.title for name, one in FORMATS.items()}
        form = one_of("Format", titles, key="matched_format", bind=None)
    match = Match(join, matches, radius, of_release)
    st.caption(f"{words.plain(words.sentence(match.words(subset, here.release)))}.")
    _button(here, subset, match, form)


def _button(here: Here, subset: Subset, match: Match, form: str) -> None:
    root, of, to = here.root, here.release, FORMATS[form]

    def make() -> bytes:
        with database.cursor(root) as con:
            return matched_file.matched_file(
                con, of, subset.subset_id, match, format=form
            ).data

    stem = f"{of.release_id}_{subset.subset_id}_{match.join}_{match.matches}"
    st.download_button(
        "Download the matched file",
        data=partial(queued, make),
        file_name=stem + to.suffix,
        mime=to.mime,
        icon=":material/download:",
        on_click="ignore",
        key="download_matched",
    )


def _in_words(columns: list[OwnColumn]) -> str:
    """The columns of the list with their kinds and what is known."""
    each = (
        f"{one.title}: {KINDS[one.kind]}, {words.galaxies(one.known)}"
        for one in columns
    )
    return f"Columns of the list. {'; '.join(each)}."
