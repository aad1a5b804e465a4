"""Published catalogues and cutouts of galaxies: download, resume, load."""

from pathlib import Path

import streamlit as st

from morph.home import home
from morph.images.new_stores import store_states
from morph.published.catalogue_file import FOLDER, read_catalogues
from pages.common import words
from pages.common.address import controls
from pages.data import (
    catalogue_cards,
    citations,
    download_actions,
    new_cutouts,
    new_pictures,
    store_cards,
)

CATALOGUES, STORES = VIEWS = ("Published catalogues", "Cutout stores")


def show_catalogues(root: Path) -> None:
    """What can be downloaded from publishers."""
    known = read_catalogues(root)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        st.caption(
            "A download is a run: it continues in the background, and resumes where it "
            "was interrupted. Its galaxies appear only after you load them."
        )
    with right:
        download_actions.look_up_button(root, known.by_name)
    download_actions.say_unreachable()
    for problem in known.problems:
        st.warning(words.plain(words.sentence(problem)), icon=":material/description:")
    catalogue_cards.draw(root, known.by_name)
    citations.draw(root, catalogue_cards.loaded_manifests(root))
    st.caption(
        f"To add a catalogue, describe it in a TOML file in `{FOLDER}/` of MORPH_HOME; "
        "`.venv/bin/python -m data download NAME` does the same as this page."
    )


def show_stores(root: Path) -> None:
    """Images of galaxies, for galleries and for runs."""
    st.caption(
        "A cutout store contains images of galaxies as fluxes, for galleries, training "
        "and predictions. They are downloaded from the cutout service of a survey, as "
        "slowly as it asks for and each only once, or cut from coadds on disk."
    )
    stores = store_states.read_stores(root)
    store_cards.draw_unfinished(root, stores)
    new_cutouts.draw(root)
    new_pictures.draw(root)
    store_cards.draw_finished(root, stores)
    citations.draw_stores(root, stores)
    st.caption(
        "`.venv/bin/python -m data cutouts TABLE --survey NAME` and `.venv/bin/python "
        "-m data pictures FOLDER --store NAME --survey NAME` do the same as this page."
    )


root = home()
st.title("Data")
view = controls.one_of("Show", VIEWS, key="data_view", label_visibility="collapsed")
if view == STORES:
    show_stores(root)
else:
    show_catalogues(root)
