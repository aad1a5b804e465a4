"""The block of Compare that checks expected fractions against volunteers' votes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from morph.analysis.agreement import reliability
from morph.catalogue.release_table import LoadedRelease
from morph.evaluation.coverage import LEAST_VOTES
from morph.figures.reliability_figures import reliability_curves
from morph.figures.style import ACCENT, PALE
from morph.posterior.intervals import FEW
from morph.release.kinds import kind_of
from morph.release.manifest import SIMULATED
from morph.trees.decision_tree import Question
from pages.common import figures
from pages.common.here import HASHES, Here
from pages.compare import compare_words


def against_votes(
    here: Here, releases: Sequence[LoadedRelease], question: Question
) -> None:
    """Reliability of each release, with its own votes or those of another release."""
    st.header("Against votes")
    judged = [(one, judge) for one in releases if (judge := _judge(one, releases))]
    if not judged:
        st.caption(compare_words.without_reliability(releases))
        return
    tables, notes = {}, []
    for one, judge in judged:
        table = _table(here, one, judge, question)
        if len(table):
            colour = ACCENT if one.key == here.release.key else PALE
            tables[one.release_id] = table, colour
        notes.append(_votes_of(one, judge, table, question))
    if tables:
        _draw(tables, question)
    for note in notes:
        st.caption(note)


def _draw(tables: dict[str, tuple[pd.DataFrame, str]], question: Question) -> None:
    answers = question.words_by_label
    names = " and ".join(tables)
    figures.chart(
        reliability_curves(tables, answers),
        key="reliability",
        alt=f"Votes against expected fractions of {question.title}: {names}",
    )
    st.caption(
        "Dotted line: mean vote fraction equal to the expected fraction. Whiskers: 95% "
        f"intervals of the mean; hollow: fewer than {FEW} galaxies. These "
        "numbers are optimistic if the model was trained on these votes."
    )
    whole = pd.concat(
        [table.assign(release=name) for name, (table, _) in tables.items()]
    )
    figures.table(
        lambda: whole.assign(label=whole["label"].map(answers))[list(_COLUMNS)],
        _COLUMNS,
        key="reliability_table",
        alt=f"Reliability in {len(whole)} bins",
    )


def _judge(
    release: LoadedRelease, releases: Sequence[LoadedRelease]
) -> LoadedRelease | None:
    """The release whose votes to compare with; none for a release made from votes."""
    if kind_of(release.manifest).is_votes:
        return None
    return next((r for r in (release, *releases) if r.has_votes), None)


def _votes_of(
    release: LoadedRelease,
    judge: LoadedRelease,
    table: pd.DataFrame,
    question: Question,
) -> str:
    number = int(table["galaxies"].sum()) // len(question.labels)
    if not number:
        return (
            f"**{release.release_id}**: none of the selected galaxies has at least "
            f"{LEAST_VOTES} votes on {question.title}."
        )
    few = " Too few galaxies for a reliable result." if number < FEW else ""
    simulated = "simulated " if judge.manifest.origin in SIMULATED else ""
    borrowed = ""
    if judge.manifest.survey != release.manifest.survey:
        borrowed = f", for images of {judge.manifest.survey}"
    return (
        f"**{release.release_id}**: selected galaxies with at least {LEAST_VOTES} "
        f"{simulated}votes on {question.title} in {judge.release_id}{borrowed}: "
        f"{number:,}.{few}"
    )


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def _table(
    here: Here, release: LoadedRelease, judge: LoadedRelease, question: Question
) -> pd.DataFrame:
    asked = (here.con, release, judge, here.selection, question)
    return reliability(*asked, selected_in=here.release)


_number = st.column_config.NumberColumn
_COLUMNS = {
    "release": "Release",
    "label": "Answer",
    "low": _number("Expected from", format="%.1f"),
    "high": _number("to", format="%.1f"),
    "galaxies": _number("Galaxies", format="localized"),
    "expected": _number("Mean expected", format="%.3f"),
    "voted": _number("Mean vote fraction", format="%.3f"),
    "voted_low": _number("95% from", format="%.3f"),
    "voted_high": _number("to ", format="%.3f"),
}
