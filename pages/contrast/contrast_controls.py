"""Controls of Contrast: question, minimum fraction, uncertainty, sample of images."""

from dataclasses import dataclass

import streamlit as st

from morph.analysis.extremes import Tails
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.tree import Question
from morph.selection.parameters import SURENESS


@dataclass(frozen=True)
class Chosen:
    """Values of the controls; ``tails`` is None for a release without uncertainties."""

    question: Question
    at_least: float
    tails: Tails | None
    images: int
    seed: int
    blind: bool


def choose(
    release: LoadedRelease, views: list[str], *, without_pictures: str
) -> tuple[str, Chosen]:
    """Draw the controls; return the view and the other values.

    The view ``without_pictures`` needs no sample of images.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "View",
            views,
            default=views[0],
            required=True,
            wrap=True,
            key="contrast",
            bind="query-params",
        )
        pictured = view != without_pictures
        question = _question(release)
        blind = pictured and _blind()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at_least = st.slider(
            "Minimum ρ̂",
            0.0,
            1.0,
            0.5,
            0.01,
            key="above",
            bind="query-params",
            width=160,
        )
        tails = _tails(release, at_least) if release.has_uncertainty else None
        images, seed = _sample() if pictured else (0, 0)
    return view, Chosen(question, at_least, tails, images, seed, blind)


def answer(release: LoadedRelease, question: Question) -> str:
    """Choose one answer of the question."""
    return st.segmented_control(
        "Answer",
        question.labels,
        default=question.labels[0],
        required=True,
        wrap=True,
        format_func=release.tree.words,
        key="answer",
        bind="query-params",
    )


def _question(release: LoadedRelease) -> Question:
    tree = release.tree
    names = [question.name for question in tree.questions]
    name = st.selectbox(
        "Question",
        names,
        index=names.index(tree.question_of(tree.first_answer).name),
        format_func=lambda name: tree.question(name).title,
        key="question",
        bind="query-params",
        width=200,
    )
    return tree.question(name)


def _blind() -> bool:
    st.space("stretch")
    return st.toggle(
        "Hide labels",
        key="blind",
        bind="query-params",
        help="Inspect the images before you see which row is which",
    )


def _tails(release: LoadedRelease, at_least: float) -> Tails:
    by = st.selectbox(
        "Uncertainty measure",
        list(release.measures),
        format_func=SURENESS.get,
        key="uncertainty",
        bind="query-params",
        width=190,
    )
    percent = st.slider(
        "Tail fraction",
        5,
        50,
        15,
        format="%d%%",
        key="tails",
        bind="query-params",
        width=140,
    )
    return Tails(by, at_least, percent)


def _sample() -> tuple[int, int]:
    """The number of images, and the seed of the random sample."""

    def resample() -> None:
        st.session_state["seed"] = st.session_state.get("seed", 0) + 1

    images = st.segmented_control(
        "Images",
        (3, 6, 12),
        default=6,
        required=True,
        key="images",
        bind="query-params",
    )
    st.number_input("Seed", 0, 999_999, 0, key="seed", bind="query-params", width=110)
    st.button("Resample", icon=":material/shuffle:", on_click=resample, key="resample")
    return images, st.session_state["seed"]
