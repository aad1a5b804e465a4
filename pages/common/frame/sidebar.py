"""Controls of the selection: questions, tree rule, uncertainty, columns, sky."""

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED, PHYSICAL
from morph.selection import slider_axes
from morph.selection.in_memory import slider_codes
from morph.selection.parameters import MISSING, RULES
from morph.selection.ready_made import WELL_SAMPLED
from morph.selection.selection import MOST_VOTES
from pages.common.address import selection_widgets
from pages.common.address.controls import one_of, slider, whole_number
from pages.common.components.sliders import Group, Slider, sliders
from pages.common.frame import certainty_cards, question_blocks, slider_histograms
from pages.common.planes import sky_control
from pages.common.subsets import own_limits

_RULE_WORDS = {
    "largest": "Every parent answer must be the most probable answer to its question.",
    "asked": "Keep galaxies that reach the question with at least a given probability.",
    "off": ":orange[The answers of galaxies that do not reach a question are "
    "meaningless.]",
}
_HISTOGRAMS = (
    "Colour at a slider: galaxies that meet all other filters, pale outside the "
    "slider’s own limits. Grey: the whole release.\n\nHeights are square roots of "
    "counts, scaled to the highest bar. Grey areas at the ends: values that the "
    "model cannot predict."
)


def draw(release: LoadedRelease) -> None:
    """Every control of the selection, for one release."""
    slider_histograms.begin()
    with st.sidebar:
        st.markdown("#### Select galaxies", help=_HISTOGRAMS)
        question_blocks.draw(release)
        _rule()
        if release.counts_votes:
            _votes()
        certainty_cards.draw(release)
        _measured(release)
        sky_control.draw(release)
        own_limits.draw()
        selection_widgets.draw_kept()


def _rule() -> None:
    st.markdown("##### Decision tree")
    rule = one_of("Decision tree rule", RULES, key="rule", label_visibility="collapsed")
    st.caption(_RULE_WORDS[rule])
    if rule == "asked":
        slider(
            "Reached with a probability of at least", 0.0, 1.0, 0.5, 0.01, key="asked"
        )


def _votes() -> None:
    whole_number(
        "Minimum votes on each limited question",
        0,
        MOST_VOTES,
        0,
        key="least_votes",
        help="0: no limit. A question with few votes has a wide posterior. Galaxy "
        f"Zoo requires at least 10 votes for some cuts and {WELL_SAMPLED} for "
        "others (Willett et al. 2013); models are fitted to galaxies with 3 or more.",
    )


def _measured(release: LoadedRelease) -> None:
    """Sliders of measured columns, and what becomes of galaxies without a value."""
    others = [name for name in MEASURED if name not in PHYSICAL]
    with st.container(key="unseen_measured"):
        photometry, position = (
            [row for column in columns if (row := _row(column, release))]
            for columns in (PHYSICAL, others)
        )
    groups = [
        Group("photometry", "Photometry and redshift", photometry, question=False),
        Group("position", "Position", position, question=False),
    ]
    slider_histograms.reserve(*(one.parameter for g in groups for one in g.sliders))
    sliders(
        [group for group in groups if group.sliders],
        key="measured",
        label="Measured columns",
        on_limit=selection_widgets.limit,
        on_keep=selection_widgets.keep_missing,
    )


def _row(column: str, release: LoadedRelease) -> Slider | None:
    """A measured column's slider, its values from hidden widgets; None without any."""
    grid = slider_codes.of_measured(release, column)
    full = slider_axes.full_range(column, release)
    if grid is None or full is None:
        return None
    one, missing = MEASURED[column], release.ranges[column].missing
    step = slider_axes.step_of(column)
    low, high = slider(one.title, *full, full, step, key=column)
    without, keep = f"{missing:,} without {one.words}", "drop"
    if missing and (low, high) != full:
        keep = one_of(without, MISSING, key=f"{column}_missing")
    return Slider(
        column,
        one.title,
        low,
        high,
        grid.first,
        grid.number,
        grid.per_unit,
        missing=missing,
        missing_words=without,
        keep=keep == "keep",
        note=one.values,
    )
