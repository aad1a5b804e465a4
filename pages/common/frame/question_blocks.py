"""The questions of the tree as blocks of sliders, one slider per answer."""

from html import escape
from itertools import groupby

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.release.calibration_range import reach
from morph.trees.decision_tree import DecisionTree, Question, as_branches
from pages.common.address import selection_widgets
from pages.common.address.controls import slider
from pages.common.frame import slider_histograms


def draw(release: LoadedRelease) -> None:
    """A menu of answers, and a block for every question."""
    st.selectbox(
        "Jump to an answer",
        release.tree.labels,
        index=None,
        format_func=release.tree.words,
        key="jump",
        on_change=_unfold,
        args=(release.tree,),
        placeholder="Jump to an answer",
        label_visibility="collapsed",
    )
    with st.container(key="tree"):
        for question in as_branches(release.tree):
            _block(question, release)


def _unfold(tree: DecisionTree) -> None:
    label, st.session_state["jump"] = st.session_state["jump"], None
    if label:
        st.session_state[f"open_{tree.question_of(label).name}"] = True


def _block(question: Question, release: LoadedRelease) -> None:
    """One question's answers, folded unless one of them is limited.

    Folded sliders are drawn all the same: Streamlit brings the address into line only
    with widgets that it knows.
    """
    limited = [label for label in question.labels if selection_widgets.is_active(label)]
    learnt = question.name not in release.manifest.not_learnt
    key = f"open_{question.name}"
    if limited:
        st.session_state.setdefault(key, True)
    with st.container(key=f"depth{release.tree.indent(question)}_{question.name}"):
        # The label must not change: another one makes another widget, and a slider in
        # it would lose the focus while it is moved.
        block = st.expander(
            question.title if learnt else f"{question.title} · :orange[not learnt]",
            key=key,
            expanded=not question.asked_after,
            on_change="rerun",
            type="compact",
        )
        with block:
            _answers(question, release, learnt=learnt, shown=block.open)
        if limited and not block.open:
            answers = "1 answer" if len(limited) == 1 else f"{len(limited)} answers"
            st.caption(f":primary[●] {answers} limited")


def _answers(
    question: Question, release: LoadedRelease, *, learnt: bool, shown: bool
) -> None:
    st.caption(_condition(question, release))
    if not learnt:
        st.caption(":orange[Not learnt: this model predicts no better than the mean.]")
    left, right = st.columns([5, 7], gap="small")
    with right.container(key=f"sliders_{question.name}", gap=None):
        if shown:
            slider_histograms.reserve(*question.labels)
        moved = [label for label in question.labels if _slider(label, release.tree)]
    with left.container(gap=None):
        _names(question, release.tree, moved)


def _slider(label: str, tree: DecisionTree) -> bool:
    """Draw an answer's slider; returns whether it limits anything."""
    numbers, hidden = (0.0, 1.0, (0.0, 1.0), 0.01), {"label_visibility": "collapsed"}
    return slider(tree.words(label), *numbers, key=label, **hidden) != (0.0, 1.0)


def _names(question: Question, tree: DecisionTree, moved: list[str]) -> None:
    """The answers beside their sliders; a click on a limited one removes its limit."""
    for is_moved, labels in groupby(question.labels, moved.__contains__):
        if not is_moved:
            rows = (f"<div>{escape(tree.words(label))}</div>" for label in labels)
            st.html(f'<div class="answers" aria-hidden="true">{"".join(rows)}</div>')
            continue
        for label in labels:
            st.button(
                f":primary[•] {tree.words(label)}",
                icon=":material/close:",
                icon_position="right",
                type="tertiary",
                key=f"free_{label}",
                on_click=selection_widgets.free,
                args=(label,),
                help="Remove this limit",
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
