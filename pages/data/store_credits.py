"""A form to state whom to credit for the images of a cutout store."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from morph.home import cutouts_folder
from morph.images.new_stores.store_credit import MOST, read_credit, write_credit
from morph.images.new_stores.store_states import StoreState
from morph.images.surveys import survey_called
from morph.release.manifest import SIMULATED
from pages.common import toasts
from pages.common.server import who_may


def draw(root: Path, stores: Sequence[StoreState]) -> None:
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
            on_click=_save,
            args=(root, store, text),
        )


@toasts.refusals()
@who_may.change
def _save(root: Path, store: str, text: str) -> None:
    write_credit(cutouts_folder(root, store), text)
    toasts.note(f"The credit of {store} is saved", ":material/save:")
