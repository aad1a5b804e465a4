"""Controls for an answer and a threshold on its vote fraction."""

import streamlit as st

from morph.analysis.fractions import HALF
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease


def answer(release: LoadedRelease) -> str:
    """Choose the answer that the page is about."""
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
    """Choose the vote fraction above which a galaxy has the answer: t in P(ρ > t)."""
    ends = (TAIL_THRESHOLDS[0], TAIL_THRESHOLDS[-1])
    low, high = ends if release.has_samples else (0.05, 0.95)
    return st.slider(
        "Vote-fraction threshold t",
        low,
        high,
        HALF,
        0.1 if release.has_samples else 0.05,
        key="threshold",
        bind="query-params",
        width=170,
        help="A galaxy has the answer if its vote fraction ρ is above this threshold.",
    )
