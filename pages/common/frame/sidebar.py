"""Controls of the selection: questions, tree rule, uncertainty, measured columns."""

import streamlit as st

from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease
from morph.posterior.tree import DecisionTree
from morph.release.physical_columns import MEASURED
from morph.selection.parameters import ENDS, MISSING, RULES, SURENESS
from pages.common.address import selection_widgets
from pages.common.frame import question_blocks, slider_histograms

_RULE_WORDS = {
    "largest": "Every parent answer must be the most probable one.",
    "asked": "Keep galaxies that reach the question with at least this probability.",
    "off": ":orange[Bar and spiral fractions of edge-on and smooth galaxies are "
    "meaningless.]",
}
_HISTOGRAMS = (
    "Colour below a slider: galaxies that meet all other filters, pale outside the "
    "slider’s own limits. Grey: the whole release.\n\nHeights are square roots of "
    "counts, scaled to the highest bar. Grey ends: values outside the model range."
)
_SURE_WORDS = {
    "none": "All galaxies, whatever their uncertainty.",
    "tail": "Keep galaxies whose vote fraction exceeds a value with at least this "
    "probability.",
}


def draw(release: LoadedRelease) -> None:
    """Every control of the selection, for one release."""
    slider_histograms.begin()
    with st.sidebar:
        st.markdown("#### Select galaxies", help=_HISTOGRAMS)
        question_blocks.draw(release)
        _rule()
        _sureness(release)
        _measured(release)
        selection_widgets.draw_kept()


def _rule() -> None:
    st.markdown("##### Decision tree")
    rule = st.segmented_control(
        "Decision tree rule",
        list(RULES),
        format_func=RULES.get,
        default="largest",
        required=True,
        key="rule",
        bind="query-params",
        label_visibility="collapsed",
    )
    st.caption(_RULE_WORDS[rule])
    if rule == "asked":
        st.slider(
            "Reached with a probability of at least",
            0.0,
            1.0,
            0.5,
            0.01,
            key="asked",
            bind="query-params",
        )


def _sureness(release: LoadedRelease) -> None:
    st.markdown("##### Uncertainty")
    if not release.has_uncertainty:
        st.caption(
            "This release has vote fractions without a posterior, so it has no "
            "uncertainties."
        )
        return
    kind = st.selectbox(
        "Uncertainty measure",
        [*_SURE_WORDS, *release.measures],
        format_func=SURENESS.get,
        key="sure",
        bind="query-params",
        label_visibility="collapsed",
        on_change=_follow_the_limits,
        args=(release.tree,),
    )
    measure = release.measures.get(kind)
    st.caption(measure.note if measure else _SURE_WORDS[kind])
    if kind != "none":
        _sureness_of(kind, release)


def _follow_the_limits(tree: DecisionTree) -> None:
    """Start with an answer that is limited, if there is one."""
    limited = [label for label in tree.labels if selection_widgets.is_active(label)]
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
    if kind == "tail":
        _tail(release)
    else:
        _share()


def _share() -> None:
    """The most or the least certain galaxies, and how many of them."""
    st.segmented_control(
        "Most or least certain",
        list(ENDS),
        format_func=ENDS.get,
        default="surest",
        required=True,
        key="sure_end",
        bind="query-params",
        label_visibility="collapsed",
    )
    st.slider(
        "Keep this fraction of the remaining galaxies",
        0.5,
        100.0,
        15.0,
        0.5,
        format="%g%%",
        key="sure_share",
        bind="query-params",
    )


def _tail(release: LoadedRelease) -> None:
    """t and the lowest P(ρ > t)."""
    step = 0.1 if release.has_samples else 0.05
    ends = (TAIL_THRESHOLDS[0], TAIL_THRESHOLDS[-1])
    low, high = ends if release.has_samples else (0.05, 0.95)
    st.slider(
        "Vote fraction above", low, high, 0.5, step, key="sure_t", bind="query-params"
    )
    st.slider(
        "With a probability of at least",
        0.0,
        1.0,
        0.9,
        0.01,
        key="sure_c",
        bind="query-params",
    )


def _measured(release: LoadedRelease) -> None:
    columns = [
        c for c in MEASURED if selection_widgets.full_range(c, release) is not None
    ]
    if not columns:
        return
    st.markdown("##### Photometry and redshift")
    for column in columns:
        low, high = selection_widgets.full_range(column, release)
        moved = st.slider(
            MEASURED[column].title,
            low,
            high,
            (low, high),
            selection_widgets.step_of(column),
            key=column,
            bind="query-params",
        )
        slider_histograms.reserve(column)
        missing = release.ranges[column].missing
        if missing and moved != (low, high):
            st.segmented_control(
                f"{missing:,} without {MEASURED[column].words}",
                list(MISSING),
                format_func=MISSING.get,
                default="drop",
                required=True,
                key=f"{column}_missing",
                bind="query-params",
            )
