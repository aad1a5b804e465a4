"""The dashboard's entry script: navigation, then the frame and the page in it."""

from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from pages.common import keys, toasts
from pages.common.address import selection_widgets, session_and_address
from pages.common.frame import frame, pin_tray, problems
from pages.common.frame.page_list import FIRST, PAGES, WITHOUT_SELECTION
from pages.common.here import current

ASSETS = Path(__file__).parent / "assets"
ABOUT = (
    "**morph**, a workbench for galaxy morphology: predicted Galaxy Zoo vote fractions "
    "and their uncertainties. With thanks to the volunteers of Galaxy Zoo and to the "
    "DESI Legacy Imaging Surveys; see Methods for how to cite."
)

selection_widgets.remember_link()
# Before the navigation, which else fetches the page's icon from a font server.
st.set_page_config(
    page_icon=str(ASSETS / "morph.svg"),
    layout="wide",
    initial_sidebar_state=340,
    menu_items={"About": ABOUT},
)
st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "morph.svg"), size="large")
st.html(Path(__file__).parent / "style.css")


def _footer() -> None:
    """Credits and keyboard shortcuts, below every page."""
    with st.container(
        key="footer", horizontal=True, vertical_alignment="center", gap="medium"
    ):
        st.page_link(
            "../../methods/methods.py",
            label="Credits, licences, how to cite",
            icon=":material/menu_book:",
            width="content",
        )
        st.space("stretch")
        keys.help_button()


def _page(name: str, icon: str) -> st.Page:
    path, icon = f"../../{name}/{name}.py", f":material/{icon}:"
    return st.Page(path, title=name.capitalize(), icon=icon, default=name == FIRST)


page = st.navigation(
    {group: [_page(*one) for one in pages.items()] for group, pages in PAGES.items()},
    position="top",
)
st.set_page_config(page_title=f"{page.title} · morph")

session_and_address.note_page(page.url_path)
body = st.container(key="body")
_footer()  # before the page, which may take its time
selecting = page.title not in WITHOUT_SELECTION
with body:
    try:
        toasts.say_again()
        frame.enter(page.title, selecting=selecting)
        if selecting:
            pin_tray.draw(current())
        toasts.say()
        frame.run(page)
        if selecting:
            frame.leave()
    except MorphError as error:
        problems.explain(error)
