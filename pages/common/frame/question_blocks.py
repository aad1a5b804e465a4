"""The questions of the tree as blocks of sliders, one slider per answer."""

from collections.abc import Mapping

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.release.calibration_range import reach
from morph.selection.in_memory import slider_codes
from morph.trees.decision_tree import DecisionTree, Question, as_branches
from pages.common.address import selection_widgets
from pages.common.address.controls import slider
from pages.common.components.sliders import Group, Slider, sliders
from pages.common.frame import slider_histograms

_FULL = (0.0, 1.0)


def draw(release: LoadedRelease) -> None:
    """A menu of answers, and a block for every question."""
    st.selectbox(
        "Jump to an answer",
        release.tree.labels,
        index=None,
        format_func=release.tree.words_and_synonyms,
        key="jump",
        on_change=_unfold,
        args=(release.tree,),
        placeholder="Jump to an answer, such as face-on",
        label_visibility="collapsed",
    )
    # Streamlit (1.67) binds only widgets to the address and its history. Remove when
    # components can have `bind="query-params"`.
    with st.container(key="unseen_answers"):
        limits = {label: _kept(label, release.tree) for label in release.tree.labels}
    blocks = [_block(one, release, limits) for one in as_branches(release.tree)]
    for block in blocks:
        if block.open:
            slider_histograms.reserve(*(one.parameter for one in block.sliders))
    sliders(
        blocks,
        key="answers",
        label="Questions and answers",
        on_limit=selection_widgets.limit,
        on_fold=_fold,
    )


def _kept(label: str, tree: DecisionTree) -> tuple[float, float]:
    """An answer's limits, from its hidden widget."""
    return slider(tree.words(label), 0.0, 1.0, _FULL, 0.01, key=label)


def _unfold(tree: DecisionTree) -> None:
    label, st.session_state["jump"] = st.session_state["jump"], None
    if label:
        _fold(tree.question_of(label).name, True)


def _fold(question: str, is_open: bool) -> None:
    st.session_state[f"open_{question}"] = is_open


def _block(
    question: Question,
    release: LoadedRelease,
    limits: Mapping[str, tuple[float, float]],
) -> Group:
    """One question's answers, folded at first unless one of them is limited."""
    limited = any(limits[label] != _FULL for label in question.labels)
    key = f"open_{question.name}"
    if limited or not question.asked_after:
        st.session_state.setdefault(key, True)
    learnt = question.name not in release.manifest.not_learnt
    rows = []
    for label in question.labels:
        grid, (low, high) = slider_codes.of_answer(label), limits[label]
        rows.append(
            Slider(
                label,
                release.tree.words(label),
                low,
                high,
                grid.first,
                grid.number,
                grid.per_unit,
                reach(release.manifest, question),
            )
        )
    return Group(
        question.name,
        question.title,
        rows,
        open=st.session_state.get(key, False),
        depth=release.tree.indent(question),
        note=_condition(question, release),
        warning="" if learnt else "not learnt",
    )


def _condition(question: Question, release: LoadedRelease) -> str:
    reached = "Reached by every galaxy."
    if question.asked_after:
        reached = f"Reached through {release.tree.asked_if(question)}."
    limits = reach(release.manifest, question)
    if limits is None:
        return reached
    low, high = limits
    return f"{reached} Predictions can range from {low:.3f} to {high:.3f}."
