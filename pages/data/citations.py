"""Citations of loaded releases and credits of cutout stores, as owners state them."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from morph.catalogue import release_table
from morph.home import cutouts_folder, release_folder
from morph.images.new_stores.store_credit import MOST, read_credit, write_credit
from morph.images.new_stores.store_states import StoreState
from morph.images.surveys import survey_called
from morph.published.download_states import catalogue_of
from morph.release.citation import Cited, cited, may_restate, restate
from morph.release.manifest import SIMULATED, Manifest
from pages.common import figures, toasts
from pages.common.server import database, who_may

_HEADINGS = ("Release", "Title", "Galaxies", "Citation", "Licence")
_MOST = 2000  # characters


def draw(root: Path, loaded: Sequence[Manifest]) -> None:
    """The releases that are no published catalogues, and a form for the user's own."""
    others = [one for one in loaded if not catalogue_of(one)]
    if not others:
        return
    st.markdown("**Other releases**")
    rows = [
        (one.release_id, one.title, one.galaxies, one.citation, one.licence or None)
        for one in others
    ]
    columns = zip(_HEADINGS, zip(*rows, strict=True), strict=True)
    st.dataframe(
        {title: list(cells) for title, cells in columns},
        hide_index=True,
        column_config={"Galaxies": figures.number()},
        placeholder="not stated",
        alt="Releases that are no published catalogues, with citation and licence",
    )
    if own := {one.release_id: one for one in others if may_restate(one)}:
        _form(root, own)


def _form(root: Path, own: dict[str, Manifest]) -> None:
    """Other words for the citation, licence and credit of a table."""
    with st.expander("Change a citation", icon=":material/format_quote:"):
        st.caption(
            "Of a table that you loaded, as `.venv/bin/python -m data load TABLE "
            "--citation TEXT --licence TEXT --credit TEXT` states it. Downloads and "
            "the text for a paper contain it."
        )
        chosen = st.selectbox("Table", list(own), key="cite_release")
        now = cited(own[chosen])
        left, middle, right = st.columns([2, 1, 1])
        values = {
            "citation": left.text_input(
                "Citation", now.citation, max_chars=_MOST, key=f"cite_{chosen}"
            ),
            "licence": middle.text_input(
                "Licence", now.licence, max_chars=_MOST, key=f"licence_{chosen}"
            ),
            "credit": right.text_input(
                "Credit", now.credit, max_chars=_MOST, key=f"credit_{chosen}"
            ),
        }
        wanted = Cited(**{name: text.strip() for name, text in values.items()})
        refused = who_may.explained()
        st.button(
            "Save the citation",
            key="save_citation",
            icon=":material/save:",
            disabled=bool(refused) or wanted == now,
            help=refused or None,
            on_click=_save,
            args=(root, chosen, wanted),
        )


@toasts.refusals()
@who_may.change
def _save(root: Path, release_id: str, wanted: Cited) -> None:
    folder = release_folder(root, release_id)
    restate(folder, wanted)
    with database.cursor(root) as con:
        release_table.restated(con, release_id, folder)
    toasts.note(f"The citation of {release_id} is saved", ":material/save:")


def draw_stores(root: Path, stores: Sequence[StoreState]) -> None:
    """The form, closed at first; for finished stores of real images."""
    surveys = {
        one.name: one.manifest.survey
        for one in stores
        if one.manifest is not None and one.manifest.origin not in SIMULATED
    }
    if not surveys:
        return
    with st.expander("Credit of the images", icon=":material/format_quote:"):
        st.caption("Shown with the images, in place of the credit of their survey.")
        store = st.selectbox("Store", list(surveys), key="credit_store")
        now = read_credit(cutouts_folder(root, store))
        text = st.text_input(
            "Credit and licence",
            now,
            max_chars=MOST,
            placeholder=survey_called(surveys[store], root).credit or "none",
            key=f"credit_of_{store}",
        ).strip()
        refused = who_may.explained()
        st.button(
            "Save the credit",
            key="save_credit",
            icon=":material/save:",
            disabled=bool(refused) or text == now,
            help=refused or None,
            on_click=_save_credit,
            args=(root, store, text),
        )


@toasts.refusals()
@who_may.change
def _save_credit(root: Path, store: str, text: str) -> None:
    write_credit(cutouts_folder(root, store), text)
    toasts.note(f"The credit of {store} is saved", ":material/save:")
