"""Every key that does something: what buttons and pictures listen to, and its sheet."""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Key:
    """A key, as Streamlit or a component of ours knows it, and what it does."""

    press: str
    does: str
    where: str


EVERYWHERE = "On every page"
GALAXY = "On the page of a galaxy"
PICTURES = "On a picture in a gallery (Tab goes there)"
PLANE = "On the map, a simplex or the strip (Tab goes there)"

HELP = Key("H", "Open this sheet", EVERYWHERE)
PREVIOUS = Key("Left", "Previous galaxy of the selection", GALAXY)
NEXT = Key("Right", "Next galaxy of the selection", GALAXY)
NEXT_PAGE = Key("n", "Next page of galaxies (Explore)", PICTURES)
PREVIOUS_PAGE = Key("p", "Previous page of galaxies (Explore)", PICTURES)
PIN_THIS = Key("s", "Pin the galaxy, or take the pin away", GALAXY)
BLINK = Key("b", "Show its picture in the other survey, and back", GALAXY)
PIN = Key("s", "Pin the galaxy, or take the pin away", PICTURES)
LIKE = Key("+", "Look for galaxies like this, or more like it (Similar)", PICTURES)
UNLIKE = Key("-", "Less like this (Similar)", PICTURES)
DROP = Key("x", "Let an example go (Similar)", PICTURES)

# Handled by the components' own scripts, and by the browser.
_FIXED = (
    Key("← ↑ → ↓", "Go to the next picture, card or cell", PICTURES),
    Key("Home, End", "First, last picture", PICTURES),
    Key("Enter", "Open it", PICTURES),
    Key("← ↑ → ↓", "Move the view", PLANE),
    Key("+, −, 0", "Closer, farther, all of it", PLANE),
    Key("Enter", "Open the galaxy nearest to the middle", PLANE),
    Key("Esc", "Give up the outline that is being drawn", PLANE),
    Key("Tab, Shift Tab", "Next, previous control", EVERYWHERE),
    Key("Esc", "Close what is open", EVERYWHERE),
)
_SHEET = (
    HELP,
    PREVIOUS,
    NEXT,
    PIN_THIS,
    BLINK,
    NEXT_PAGE,
    PREVIOUS_PAGE,
    PIN,
    LIKE,
    UNLIKE,
    DROP,
    *_FIXED,
)
_SIGNS = {"Left": "←", "Right": "→", "-": "−"}


def help_button() -> None:
    """The button, or its key, that opens the sheet over the page."""
    st.button(
        "Keyboard",
        icon=":material/keyboard:",
        type="tertiary",
        key="keyboard",
        shortcut=HELP.press,
        on_click=_open,
    )


def sheet() -> None:
    """The keys as tables, one for each place where they work."""
    for where in (EVERYWHERE, GALAXY, PICTURES, PLANE):
        rows = [key for key in _SHEET if key.where == where]
        st.markdown(
            f"**{where}**\n\n| key | what it does |\n|---|---|\n"
            + "\n".join(f"| {_shown(key.press)} | {key.does} |" for key in rows)
        )
    st.caption("While you type in a field, keys write there and do nothing else.")


@st.dialog("Keyboard", icon=":material/keyboard:")
def _open() -> None:
    sheet()


def _shown(press: str) -> str:
    sign = _SIGNS.get(press, press.upper() if len(press) == 1 else press)
    return f"`{sign}`"
