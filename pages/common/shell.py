"""The dashboard's entry script: navigation, then the frame and the page in it."""

from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from pages.common import (
    footer,
    frame,
    passing,
    problems,
    shared_state,
    tray,
    urls,
)
from pages.common.here import current

ASSETS = Path(__file__).parent / "assets"
ABOUT = (
    "**morph**, a workbench for galaxy morphology: what volunteers would answer about "
    "a galaxy’s picture, and how sure a model is of it. With thanks to the volunteers "
    "of Galaxy Zoo and to the DESI Legacy Imaging Surveys; Methods says how to cite."
)

urls.remember_link()
# Before the navigation, which else fetches the page's icon from a font server.
st.set_page_config(
    page_icon=str(ASSETS / "morph.svg"),
    layout="wide",
    initial_sidebar_state=340,
    menu_items={"About": ABOUT},
)
st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "morph.svg"), size="large")
st.html(Path(__file__).parent / "style.css")


def _page(path: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    return st.Page(
        f"../{path}.py", title=title, icon=f":material/{icon}:", default=default
    )


# Pages about the selected galaxies; those of the first group stand side by side.
SELECTING = {
    "": [
        _page("catalogue/overview", "Overview", "travel_explore", default=True),
        _page("catalogue/explore", "Explore", "grid_view"),
        _page("catalogue/contrast", "Contrast", "contrast"),
        _page("catalogue/simplex", "Simplex", "change_history"),
        _page("catalogue/map", "Map", "map"),
        _page("catalogue/similar", "Similar", "join"),
        _page("catalogue/galaxy", "Galaxy", "center_focus_strong"),
    ],
    "Samples": [
        _page("catalogue/designer", "Designer", "tune"),
        _page("catalogue/populations", "Populations", "stacked_line_chart"),
        _page("work/subsets", "Subsets", "bookmarks"),
        _page("work/download", "Download", "download"),
    ],
    "Models": [_page("models/compare", "Compare", "compare")],
}
OTHERS = {
    "Models": [_page("models/runs", "Runs", "model_training")],
    "About": [_page("about/methods", "Methods", "menu_book")],
}
GROUPS = {
    title: [*SELECTING.get(title, []), *OTHERS.get(title, [])]
    for title in ("", "Samples", "Models", "About")
}
page = st.navigation(GROUPS, position="top")
st.set_page_config(page_title=f"{page.title} · morph")

shared_state.note_page(page.url_path)
body = st.container(key="body")
footer.draw()  # before the page, which may take its time
selecting = any(page in pages for pages in SELECTING.values())
with body:
    try:
        passing.say_again()
        frame.enter(page.title, selecting=selecting)
        if selecting:
            tray.draw(current())
        passing.say()
        frame.run(page)
        if selecting:
            frame.leave()
    except MorphError as error:
        problems.explain(error)
