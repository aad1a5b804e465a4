"""The block of Compare that holds expectations against volunteers' votes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from morph.analysis.agreement import reliability
from morph.catalogue.release_table import LoadedRelease
from morph.evaluation.coverage import LEAST_VOTES
from morph.figures.reliability_figures import reliability_curves
from morph.figures.style import ACCENT, PALE
from morph.posterior.intervals import FEW
from morph.posterior.tree import Question
from morph.selection.url import digest
from pages.common import words
from pages.common.here import Here


def against_votes(
    here: Here, releases: Sequence[LoadedRelease], question: Question
) -> None:
    """Reliability of each release whose galaxies have votes, its own or another's."""
    st.header("Against votes")
    judged = [(one, _judge(one, releases)) for one in releases]
    judged = [(one, judge) for one, judge in judged if judge is not None]
    if not judged:
        st.caption(
            "No release here has volunteers’ votes of these galaxies, so how reliable "
            "its fractions are cannot be said."
        )
        return
    colours = {one.key: PALE for one in releases} | {here.release.key: ACCENT}
    tables, notes = {}, []
    for one, judge in judged:
        selected = (here.release.key, digest(here.selection))
        table = _table(one.key, judge.key, selected, question.name, here)
        if len(table):
            tables[one.release_id] = table, colours[one.key]
        notes.append(_rests_on(one, judge, table, question))
    if tables:
        _draw(tables, question)
    for note in notes:
        st.caption(note)


def _draw(tables: dict[str, tuple[pd.DataFrame, str]], question: Question) -> None:
    answers = dict(zip(question.labels, question.words, strict=True))
    names = " and ".join(tables)
    st.plotly_chart(
        reliability_curves(tables, answers),
        key="reliability",
        config={"displayModeBar": False},
        alt=f"Votes against expected fractions of {question.title}: {names}",
    )
    st.caption(
        "On the dotted line the mean vote fraction is what was expected. Bars: 95% "
        f"intervals of the mean; hollow where fewer than {FEW} galaxies. Votes that a "
        "model was fitted to flatter it."
    )
    with st.expander("The same as a table"):
        whole = pd.concat(
            [table.assign(release=name) for name, (table, _) in tables.items()]
        )
        st.dataframe(
            whole.assign(label=whole["label"].map(answers))[list(_COLUMNS)],
            hide_index=True,
            column_config=_COLUMNS,
            placeholder="–",
            alt=f"Reliability in {len(whole)} bins",
        )


def _judge(
    release: LoadedRelease, releases: Sequence[LoadedRelease]
) -> LoadedRelease | None:
    """The release whose votes a release is held against; not votes against votes."""
    if not release.has_uncertainty:
        return None
    return next((r for r in (release, *releases) if r.has_votes), None)


def _rests_on(
    release: LoadedRelease,
    judge: LoadedRelease,
    table: pd.DataFrame,
    question: Question,
) -> str:
    number = int(table["galaxies"].sum()) // len(question.labels)
    if not number:
        return (
            f"**{release.release_id}**: none of the galaxies selected has "
            f"{LEAST_VOTES} votes or more on {question.title}."
        )
    few = " Few galaxies: hardly a result." if number < FEW else ""
    simulated = "" if judge.manifest.origin == "real" else "simulated "
    borrowed = ""
    if judge.manifest.survey != release.manifest.survey:
        borrowed = f", given to pictures of {judge.manifest.survey}"
    return (
        f"**{release.release_id}**: {words.galaxies(number)} selected have "
        f"{LEAST_VOTES} {simulated}votes or more on {question.title} in "
        f"{judge.release_id}{borrowed}.{few}"
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _table(
    key: str, judge: str, selected: tuple, name: str, _here: Here
) -> pd.DataFrame:
    by_key = {release.key: release for release in _here.releases}
    release = by_key[key]
    question = release.tree.question(name)
    return reliability(
        _here.con,
        release,
        by_key[judge],
        _here.selection,
        question,
        selected_in=_here.release,
    )


_number = st.column_config.NumberColumn
_COLUMNS = {
    "release": "Release",
    "label": "Answer",
    "low": _number("Expected from", format="%.1f"),
    "high": _number("to", format="%.1f"),
    "galaxies": _number("Galaxies", format="localized"),
    "expected": _number("Mean expected", format="%.3f"),
    "voted": _number("Mean of votes", format="%.3f"),
    "voted_low": _number("95% from", format="%.3f"),
    "voted_high": _number("to ", format="%.3f"),
}
