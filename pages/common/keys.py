"""Keyboard shortcuts, and the sheet that lists them."""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Key:
    """A key as Streamlit or our components name it, and what it does."""

    press: str
    does: str
    where: str


EVERYWHERE = "On every page"
GALAXY = "On a galaxy’s page"
PICTURES = "In a gallery (Tab moves the focus to an image)"
SLIDER = "On a slider (Tab moves the focus to an end)"
LABELLING = "On Label"
PLANE = "On Map, Simplex or the plot “σ against ρ̂” (Tab moves the focus there)"

HELP = Key("H", "Show keyboard shortcuts", EVERYWHERE)
PREVIOUS = Key("Left", "Previous galaxy in the selection", GALAXY)
NEXT = Key("Right", "Next galaxy in the selection", GALAXY)
NEXT_PAGE = Key("n", "Next page of galaxies (Explore)", PICTURES)
PREVIOUS_PAGE = Key("p", "Previous page of galaxies (Explore)", PICTURES)
PIN_THIS = Key("s", "Pin or unpin", GALAXY)
BLINK = Key("b", "Blink between the images of the two surveys", GALAXY)
PIN = Key("s", "Pin or unpin", PICTURES)
LIKE = Key("+", "Find similar galaxies, or add as an example (Similar)", PICTURES)
UNLIKE = Key("-", "Add as a negative example (Similar)", PICTURES)
DROP = Key("x", "Remove an example (Similar)", PICTURES)
UNKNOWN = Key("0", "Don’t know", LABELLING)
UNKNOWN_RATING = Key("d", "Don’t know, where 0 is a rating", LABELLING)
SKIP = Key("s", "Skip the galaxy; it comes again at the end", LABELLING)
UNDO = Key("u", "Undo the last answer", LABELLING)

# Handled by the components' JavaScript and by the browser.
_FIXED = (
    Key("1–9, 0–5", "Give the answer, or the rating, with that number", LABELLING),
    Key("Enter", "Save, where several answers or tags are given", LABELLING),
    Key("←, →", "Former galaxy, next one without an answer", LABELLING),
    Key("← ↑ → ↓", "Move to the next image, card or cell", PICTURES),
    Key("Home, End", "First, last image", PICTURES),
    Key("Enter", "Open the galaxy", PICTURES),
    Key("← ↑ → ↓", "Pan", PLANE),
    Key("+, −, 0", "Zoom in, zoom out, reset", PLANE),
    Key("Enter", "Open the galaxy nearest to the centre (on the map: show it)", PLANE),
    Key("Esc", "Cancel drawing", PLANE),
    Key("← → ↓ ↑", "Move the end by one step; with Shift by ten", SLIDER),
    Key("Home, End", "Move the end to the first, last value", SLIDER),
    Key("Esc", "Put back what the mouse moves", SLIDER),
    Key("Tab, Shift Tab", "Next, previous control", EVERYWHERE),
    Key("Esc", "Close a dialog or menu", EVERYWHERE),
)
_SHEET = (HELP, PREVIOUS, NEXT, PIN_THIS, BLINK, NEXT_PAGE, PREVIOUS_PAGE, PIN)
_SHEET += (LIKE, UNLIKE, DROP, UNKNOWN, UNKNOWN_RATING, SKIP, UNDO, *_FIXED)
_SIGNS = {"Left": "←", "Right": "→", "-": "−"}


def help_button() -> None:
    """A button with a shortcut that opens the sheet as a dialog."""
    st.button(
        "Keyboard",
        icon=":material/keyboard:",
        type="tertiary",
        key="keyboard",
        shortcut=HELP.press,
        on_click=_open,
    )


def sheet() -> None:
    """The shortcuts as tables, one for each place where they work."""
    for where in (EVERYWHERE, GALAXY, LABELLING, PICTURES, PLANE):
        rows = "\n".join(
            f"| `{_SIGNS.get(key.press, key.press.title())}` | {key.does} |"
            for key in _SHEET
            if key.where == where
        )
        st.markdown(f"**{where}**\n\n| Key | Action |\n|---|---|\n{rows}")
    st.caption("Shortcuts are off while you type in a field.")


@st.dialog("Keyboard", icon=":material/keyboard:")
def _open() -> None:
    sheet()
