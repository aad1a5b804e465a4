"""The block of Compare about more than two releases: a trend."""

import re
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from morph.analysis import change
from morph.catalogue.release_table import LoadedRelease
from morph.figures import change_figures
from morph.posterior.intervals import FEW
from morph.trees.decision_tree import Question
from pages.common import figures, words
from pages.common.here import HASHES, Here
from pages.compare import compare_galaxies as comparing

_MOST = 6  # releases of a trend, at first


def draw(here: Here, others: Sequence[LoadedRelease], question: Question) -> None:
    """Mean fractions in three or more releases that share galaxies."""
    by_id = {one.release_id: one for one in others if comparing.in_common(here, one)}
    if len(by_id) < 2:
        return
    st.header("Trend over several releases")
    chosen = _releases_of_trend(here, [*by_id])
    if not chosen:
        st.caption("Choose at least one other release.")
        return
    table = _trend(here, [by_id[name] for name in chosen], question)
    if not table["galaxies"].iloc[0]:
        st.caption(
            f"No selected galaxy is in all of these releases and reaches "
            f"{question.title} in each. Choose fewer releases or widen the selection."
        )
        return
    ordered = sorted([here.release.release_id, *chosen], key=_naturally)
    _draw_trend(here, table, ordered, question)


def _releases_of_trend(here: Here, names: list[str]) -> list[str]:
    """Choose releases beside the one shown; at first those that share most."""
    if "trend" in st.session_state:  # without releases that are not offered here
        kept = [name for name in st.session_state["trend"] if name in names]
        st.session_state["trend"] = kept
    return st.multiselect(
        f"{here.release.release_id} with",
        sorted(names, key=_naturally),
        default=sorted(names[: _MOST - 1], key=_naturally),
        key="trend",
        bind="query-params",
    )


def _draw_trend(
    here: Here, table: pd.DataFrame, ordered: list[str], question: Question
) -> None:
    number = int(table["galaxies"].iloc[0])
    answers = question.words_by_label
    figures.chart(
        change_figures.trend(table, ordered, answers),
        key="trend_figure",
        alt=f"Mean fractions of {question.title} in {len(ordered)} releases",
    )
    few = f" Hollow: fewer than {FEW} galaxies." if number < FEW else ""
    st.caption(
        f"Mean vote fractions of the {words.galaxies(number)} selected in "
        f"{here.release.release_id} that are in all {len(ordered)} releases and reach "
        "the question in each. Releases are in alphabetical order; whiskers: 95% "
        f"intervals of the mean.{few}"
    )
    shown = table.set_index("release").loc[ordered].reset_index()
    figures.table(
        lambda: shown.assign(label=shown["label"].map(answers)),
        _TREND_COLUMNS,
        key="trend_table",
        alt=f"Mean fractions in {len(ordered)} releases",
    )


@st.cache_data(max_entries=50, show_spinner=False, hash_funcs=HASHES)
def _trend(here: Here, others: list[LoadedRelease], question: Question) -> pd.DataFrame:
    return change.trend(here.con, here.release, others, here.selection, question)


def _naturally(name: str) -> list[tuple[int, str]]:
    """A key that sorts step-10 after step-9."""
    parts = re.split(r"(\d+)", name)
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]


_number = st.column_config.NumberColumn
_TREND_COLUMNS = {
    "release": "Release",
    "label": "Answer",
    "galaxies": _number("Galaxies", format="localized"),
    "mean": _number("Mean fraction", format="%.4f"),
    "error": _number("Standard error", format="%.4f"),
}
