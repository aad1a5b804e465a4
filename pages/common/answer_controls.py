"""Controls that choose an answer and a threshold of its vote fraction."""

import streamlit as st

from morph.analysis.fractions import HALF
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease


def answer(release: LoadedRelease) -> str:
    """The answer that a page is about."""
    tree = release.tree
    return st.selectbox(
        "Answer",
        tree.labels,
        index=tree.labels.index(tree.first_answer),
        format_func=tree.words,
        key="answer",
        bind="query-params",
        width=200,
    )


def threshold(release: LoadedRelease) -> float:
    """How many of the votes make a galaxy have the answer: t of P(ρ > t)."""
    ends = (TAIL_THRESHOLDS[0], TAIL_THRESHOLDS[-1])
    low, high = ends if release.has_samples else (0.05, 0.95)
    return st.slider(
        "More than t of the votes",
        low,
        high,
        HALF,
        0.1 if release.has_samples else 0.05,
        key="threshold",
        bind="query-params",
        width=170,
        help="A galaxy has the answer if more than this share of all volunteers would "
        "give it.",
    )
