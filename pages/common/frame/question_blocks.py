"""The questions of the tree as blocks of sliders, one slider per answer."""

from collections.abc import Mapping

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.release.calibration_range import reach
from morph.selection.in_memory import slider_codes
from morph.trees.answer_search import answers_like
from morph.trees.decision_tree import DecisionTree, Question, as_branches
from pages.common import words
from pages.common.address import selection_widgets
from pages.common.address.controls import slider
from pages.common.components.sliders import Group, Slider, sliders
from pages.common.frame import slider_histograms

_FULL = (0.0, 1.0)
_TYPED = "jump_typed"  # in the session: the last text that was not chosen but typed


def draw(release: LoadedRelease) -> None:
    """A menu of answers, and a block for every question."""
    st.selectbox(
        "Jump to an answer",
        release.tree.labels,
        index=None,
        format_func=release.tree.words_and_synonyms,
        key="jump",
        on_change=_jump,
        args=(release.tree,),
        placeholder="Jump to an answer, such as face-on",
        label_visibility="collapsed",
        filter_mode="contains",
        accept_new_options=True,
    )
    _say_where(release)
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


def _jump(tree: DecisionTree) -> None:
    """Unfold the questions of the answers that were chosen or typed."""
    text, st.session_state["jump"] = st.session_state["jump"], None
    st.session_state[_TYPED] = ""
    if not text:
        return
    found = (text,) if text in tree.labels else answers_like(tree, text)
    for label in found:
        _fold(tree.question_of(label).name, True)
    if text not in tree.labels:
        st.session_state[_TYPED] = text


def _say_where(release: LoadedRelease) -> None:
    """Which answers a typed text means, or what can be searched."""
    text, tree = st.session_state.get(_TYPED, ""), release.tree
    if not text:
        return
    if found := answers_like(tree, text):
        means = " or ".join(tree.words(label) for label in found)
        st.caption(f"“{words.plain(text[:80])}”: the sliders of {means}.")
    else:
        st.caption(
            f"“{words.plain(text[:80])}” is not an answer of this decision tree. "
            "Names, positions and identifiers are searched on Galaxy and Similar; "
            "free tags, such as #ring, are not part of a release."
        )


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
