"""The dashboard's entry script: navigation, then the frame and the page in it."""

from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from pages.common import frame

ASSETS = Path(__file__).parent / "assets"
ABOUT = (
    "**morph**, a workbench for galaxy morphology: what volunteers would answer about "
    "a galaxy’s picture, and how sure a model is of it. With thanks to the volunteers "
    "of Galaxy Zoo and to the DESI Legacy Imaging Surveys; Methods says how to cite."
)

# Before the navigation, which else fetches the page's icon from a font server.
st.set_page_config(
    page_icon=str(ASSETS / "morph.svg"),
    layout="wide",
    initial_sidebar_state=340,
    menu_items={"About": ABOUT},
)
st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "morph.svg"), size="large")
st.html(Path(__file__).parent / "style.css")

SELECTING = [
    st.Page(
        "../catalogue/overview.py",
        title="Overview",
        icon=":material/travel_explore:",
        default=True,
    ),
    st.Page("../catalogue/explore.py", title="Explore", icon=":material/grid_view:"),
    st.Page("../catalogue/contrast.py", title="Contrast", icon=":material/contrast:"),
    st.Page(
        "../catalogue/galaxy.py", title="Galaxy", icon=":material/center_focus_strong:"
    ),
    st.Page("../work/download.py", title="Download", icon=":material/download:"),
]
OTHERS = [
    st.Page("../models/runs.py", title="Runs", icon=":material/model_training:"),
    st.Page("../about/methods.py", title="Methods", icon=":material/menu_book:"),
]
page = st.navigation([*SELECTING, *OTHERS], position="top")
st.set_page_config(page_title=f"{page.title} · morph")

try:
    frame.enter(selecting=page in SELECTING)
    page.run()
except MorphError as error:
    frame.explain(error)
