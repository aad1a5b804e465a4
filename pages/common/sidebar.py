"""The selection's controls in the sidebar: tree, rule, sureness, measured columns."""

from html import escape

import streamlit as st

from morph.catalogue import TAIL_THRESHOLDS, LoadedRelease
from morph.dirichlet import reachable_probability
from morph.selection import MEASURED
from morph.tree import DecisionTree, Question
from pages.common import urls, words

_RULE_WORDS = {
    "largest": "Every answer on the way to a limited question is the largest of its "
    "own question.",
    "asked": "A limited question would be asked of volunteers with at least this "
    "probability.",
    "off": ":orange[Without the tree, edge-on and smooth galaxies keep bar and spiral "
    "values that mean nothing.]",
}
_SURE_WORDS = {
    "none": "All galaxies, however sure the model is.",
    "tail": "The exact probability that the vote fraction lies above a value.",
    "variance": "σ² of the answer: low is sure. Largest near 0.5, so it mostly shows "
    "ambiguous galaxies.",
    "concentration": "Votes' worth of evidence in the answer's question: much is sure. "
    "How well known, not how one-sided.",
    "information": "How far the model's passes disagree on the answer's question: "
    "little is sure.",
}


def draw(release: LoadedRelease) -> None:
    """Every control of the selection, for one release."""
    with st.sidebar:
        st.markdown("#### Select galaxies")
        _jump(release.tree)
        with st.container(key="tree"):
            for question in as_branches(release.tree):
                _block(question, release)
        _rule()
        _sureness(release)
        _measured(release)
        urls.draw_kept()


def as_branches(tree: DecisionTree) -> list[Question]:
    """Questions with each one's own below it, as an indented list of a tree stands."""
    found: list[Question] = []

    def walk(above: Question | None) -> None:
        for question in tree.questions:
            parents = tree.parents(question)
            leader = parents[0][0] if parents else None
            if leader == above and question not in found:
                found.append(question)
                walk(question)

    walk(None)
    return found


def depth(question: Question, tree: DecisionTree) -> int:
    """How many questions lie above, by the longest way."""
    above = [depth(parent, tree) for parent, _ in tree.parents(question)]
    return 1 + max(above) if above else 0


def open_block(question: str) -> None:
    """Unfold a question's block; only from a callback, before it is drawn."""
    st.session_state[f"open_{question}"] = True


def _jump(tree: DecisionTree) -> None:
    def unfold() -> None:
        label = st.session_state["jump"]
        if label:
            open_block(tree.question_of(label).name)
        st.session_state["jump"] = None

    st.selectbox(
        "Jump to an answer",
        tree.labels,
        index=None,
        format_func=tree.words,
        key="jump",
        on_change=unfold,
        placeholder="Jump to an answer",
        label_visibility="collapsed",
    )


def _block(question: Question, release: LoadedRelease) -> None:
    """One question's answers, folded unless one of them is limited.

    Folded sliders are drawn all the same: Streamlit brings the address into line only
    with widgets that it knows.
    """
    moved = [label for label in question.labels if urls.is_active(label)]
    learnt = question.name not in release.manifest.not_learnt
    key = f"open_{question.name}"
    if moved:
        st.session_state.setdefault(key, True)
    with st.container(key=f"depth{depth(question, release.tree)}_{question.name}"):
        # The label must stay as it is: another one makes another widget, and a slider
        # in it would lose the focus while it is being moved.
        block = st.expander(
            question.title if learnt else f"{question.title} · :orange[not learnt]",
            key=key,
            expanded=not question.asked_after,
            on_change="rerun",
            type="compact",
        )
        with block:
            _answers(question, release, learnt=learnt)
        if moved and not block.open:
            st.caption(f":primary[●] {len(moved)} limited")


def _answers(question: Question, release: LoadedRelease, *, learnt: bool) -> None:
    st.caption(_condition(question, release))
    if not learnt:
        st.caption(":orange[Not learnt by this model: no better than the mean.]")
    left, right = st.columns([5, 7], gap="small")
    left.html(_names(question, release.tree))
    with right.container(gap=None):
        for label in question.labels:
            st.slider(
                release.tree.words(label),
                0.0,
                1.0,
                (0.0, 1.0),
                0.01,
                key=label,
                bind="query-params",
                label_visibility="collapsed",
            )


def _names(question: Question, tree: DecisionTree) -> str:
    """The answers beside their sliders, limited ones marked."""
    rows = [
        f'<div class="{"moved" if urls.is_active(label) else ""}">'
        f"{escape(tree.words(label))}</div>"
        for label in question.labels
    ]
    return f'<div class="answers" aria-hidden="true">{"".join(rows)}</div>'


def _condition(question: Question, release: LoadedRelease) -> str:
    asked = f"Asked if {release.tree.asked_if(question)}."
    if not question.asked_after:
        asked = "Always asked."
    if not release.has_uncertainty:
        return asked
    low, high = reachable_probability(len(question.answers))
    return f"{asked} Values reach {low:.3f} to {high:.3f}."


def _rule() -> None:
    st.markdown("##### Follow the tree")
    rule = st.segmented_control(
        "Follow the tree by",
        list(urls.RULES),
        format_func=urls.RULES.get,
        default="largest",
        required=True,
        key="rule",
        bind="query-params",
        label_visibility="collapsed",
    )
    st.caption(_RULE_WORDS[rule])
    if rule == "asked":
        st.slider(
            "Asked with probability of at least",
            0.0,
            1.0,
            0.5,
            0.01,
            key="asked",
            bind="query-params",
        )


def _sureness(release: LoadedRelease) -> None:
    st.markdown("##### Sureness")
    if not release.has_uncertainty:
        st.caption(
            "This release has vote fractions without a posterior, so how sure it is "
            "cannot be said."
        )
        return
    kinds = [k for k in urls.SURENESS if k != "information" or release.has_samples]
    kind = st.selectbox(
        "Sure by",
        kinds,
        format_func=urls.SURENESS.get,
        key="sure",
        bind="query-params",
        label_visibility="collapsed",
        on_change=_follow_the_limits,
        args=(release.tree,),
    )
    st.caption(_SURE_WORDS[kind])
    if kind != "none":
        _sureness_of(kind, release)


def _follow_the_limits(tree: DecisionTree) -> None:
    """Begin with an answer that is already limited, where there is one."""
    limited = [label for label in tree.labels if urls.is_active(label)]
    if limited and st.session_state.get("sure_answer", tree.labels[0]) not in limited:
        st.session_state["sure_answer"] = limited[-1]


def _sureness_of(kind: str, release: LoadedRelease) -> None:
    st.selectbox(
        "of the answer",
        release.tree.labels,
        format_func=release.tree.words,
        key="sure_answer",
        bind="query-params",
    )
    if kind != "tail":
        st.segmented_control(
            "Which end",
            list(urls.ENDS),
            format_func=urls.ENDS.get,
            default="surest",
            required=True,
            key="sure_end",
            bind="query-params",
            label_visibility="collapsed",
        )
        st.slider(
            "Share of what is left",
            0.5,
            100.0,
            15.0,
            0.5,
            format="%g %%",
            key="sure_share",
            bind="query-params",
        )
        return
    step = 0.1 if release.has_samples else 0.05
    ends = (TAIL_THRESHOLDS[0], TAIL_THRESHOLDS[-1])
    low, high = ends if release.has_samples else (0.05, 0.95)
    st.slider("Value", low, high, 0.5, step, key="sure_t", bind="query-params")
    st.slider(
        "With probability of at least",
        0.0,
        1.0,
        0.9,
        0.01,
        key="sure_c",
        bind="query-params",
    )


def _measured(release: LoadedRelease) -> None:
    columns = [c for c in MEASURED if urls.full_range(c, release) is not None]
    if not columns:
        return
    st.markdown("##### Measured")
    for column in columns:
        low, high = urls.full_range(column, release)
        moved = st.slider(
            words.measured(column),
            low,
            high,
            (low, high),
            urls.step_of(column),
            key=column,
            bind="query-params",
        )
        missing = release.ranges[column].missing
        if missing and moved != (low, high):
            st.segmented_control(
                f"{missing:,} without {MEASURED[column][1]}",
                list(urls.MISSING),
                format_func=urls.MISSING.get,
                default="drop",
                required=True,
                key=f"{column}_missing",
                bind="query-params",
            )
