"""Controls for a question, an answer, a threshold, or another release."""

from collections.abc import Collection, Iterable
from typing import Any

import streamlit as st

from morph.analysis.fractions import HALF
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease
from morph.trees.decision_tree import Question
from pages.common.address import controls
from pages.common.address.choices import choices


def question(
    release: LoadedRelease,
    label: str = "Question",
    *,
    key: str,
    among: Collection[Question] | None = None,
    **more: Any,
) -> Question:
    """Choose a question, of all or ``among`` some; ``more`` as of `from_list`."""
    titles = choices("question", release.tree)
    if among is not None:
        kept = {one.name for one in among}
        titles = {name: title for name, title in titles.items() if name in kept}
        if st.session_state.get(key) not in kept:
            st.session_state.pop(key, None)
    return release.tree.question(controls.from_list(label, titles, key=key, **more))


def answer(
    release: LoadedRelease, *, key: str = "answer", index: int | None = None
) -> str:
    """Choose an answer; at first the tree's first answer, or that at ``index``."""
    words = choices("answer", release.tree)
    if index is None:
        index = release.tree.labels.index(release.tree.first_answer)
    return controls.from_list("Answer", words, key=key, index=index, width=200)


def threshold(release: LoadedRelease) -> float:
    """Choose the vote fraction above which a galaxy has the answer: t in P(ρ > t)."""
    return controls.slider(
        "Vote-fraction threshold t",
        *thresholds(release),
        key="threshold",
        width=170,
        help="A galaxy has the answer if its vote fraction ρ is above this threshold.",
    )


def thresholds(release: LoadedRelease) -> tuple[float, float, float, float]:
    """Of t in P(ρ > t): lowest, highest and usual value, and the step."""
    if release.has_samples:
        return TAIL_THRESHOLDS[0], TAIL_THRESHOLDS[-1], HALF, 0.1
    return 0.05, 0.95, HALF, 0.05


def release_beside(
    others: Iterable[LoadedRelease], **more: Any
) -> LoadedRelease | None:
    """Choose one of ``others`` to compare with; None where there are none."""
    by_id = {release.release_id: release for release in others}
    if not by_id:
        return None
    chosen = controls.from_list(
        "Compare with",
        [*by_id],
        key="beside",
        index=None,
        placeholder="Another release",
        **more,
    )
    return by_id.get(chosen)
