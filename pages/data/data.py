"""Published catalogues: what there is, how to download and load each."""

import streamlit as st

from morph.home import home
from morph.published.catalogue_file import FOLDER, read_catalogues
from pages.common import words
from pages.data import catalogue_cards, download_actions

root = home()
known = read_catalogues(root)
left, right = st.columns([4, 1], vertical_alignment="bottom")
with left:
    st.title("Data")
    st.caption(
        "Published catalogues. A download is a run: it continues in the "
        "background, and resumes where it was interrupted. Its galaxies appear only "
        "after you load them."
    )
with right:
    download_actions.look_up_button(root, known.by_name)
download_actions.say_unreachable()
for problem in known.problems:
    st.warning(words.plain(words.sentence(problem)), icon=":material/description:")
catalogue_cards.draw(root, known.by_name)
st.caption(
    f"To add a catalogue, describe it in a TOML file in `{FOLDER}/` of MORPH_HOME; "
    "`python -m data download NAME` does the same as this page."
)
