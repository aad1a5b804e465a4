"""Pinned galaxies side by side: images, and vote fractions of one question."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from morph.analysis.one_galaxy import AnswerPosterior, Galaxy, QuestionPosterior, galaxy
from morph.home import release_folder
from morph.release.kinds import kind_of
from pages.common import words
from pages.common.here import Here, current
from pages.common.server.routes import thumbnails

_MOST = 12
_PIXELS = 400  # of a picture; it is shown at half of that


@st.dialog("Side by side", width="large", icon=":material/view_column:")
def open_over_page(names: Sequence[str]) -> None:
    """A dialog of the named galaxies, and the question to compare them by."""
    here = current()
    question = st.selectbox(
        "Question",
        here.release.tree.questions,
        format_func=lambda one: one.title,
        key="compare_pins_by",
        width=320,
    )
    position = here.release.tree.questions.index(question)
    shown = names[:_MOST]
    folder = release_folder(here.root, here.release.release_id)
    galaxies = [galaxy(here.con, here.release, name, folder=folder) for name in shown]
    cards = "".join(_card(here, one, one.questions[position]) for one in galaxies)
    st.html(f'<div class="compared">{cards}</div>')
    whiskers = ""
    if here.release.has_uncertainty:
        mixture = words.of_mixture(here.release.passes)
        whiskers = f"; lines: 90% credible intervals{mixture}"
    st.caption(
        f"{len(shown)} of {len(names):,} pinned galaxies, in "
        f"{here.release.release_id} ({kind_of(here.release.manifest).word}). "
        f"Bars: expected vote fractions{whiskers}."
    )


def _card(here: Here, one: Galaxy, question: QuestionPosterior) -> str:
    name, picture = escape(one.iauname), '<div class="without">No image</div>'
    if thumbnails.shown(here.release.manifest, [one.iauname]):
        address = thumbnails.url(here.release, one.iauname, width=_PIXELS)
        picture = f'<img src="{escape(address)}" alt="{name} in g, r and z">'
    asked = "&nbsp;"
    if question.asked is not None:
        asked = f"reached with probability {question.asked:.2f}"
    answers = "".join(_answer(answer) for answer in question.answers)
    return (
        f"<figure>{picture}<figcaption>{name}<small>{asked}</small></figcaption>"
        f"{answers}</figure>"
    )


def _answer(answer: AnswerPosterior) -> str:
    number, bar = "–", ""
    if answer.probability is not None:
        number = f"{answer.probability:.2f}"
        bar = f'<i style="width:{answer.probability:.1%}"></i>'
    if answer.lower is not None and answer.upper is not None:
        width = answer.upper - answer.lower
        bar += f'<u style="left:{answer.lower:.1%};width:{width:.1%}"></u>'
    bar = f'<div class="pair">{bar}</div>' if bar else ""
    return (
        f'<div class="answer"><span>{escape(answer.words)}</span><b>{number}</b>{bar}'
        "</div>"
    )
