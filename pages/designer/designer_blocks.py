"""The blocks of Designer: the expected sample, its check by votes, the table."""

import pandas as pd
import streamlit as st

from morph.analysis import purity_of_release
from morph.analysis.purity_of_release import Design, Truth
from morph.catalogue.release_table import LoadedRelease
from morph.evaluation.coverage import LEAST_VOTES
from morph.posterior.intervals import FEW
from morph.release.kinds import kind_of
from morph.release.posterior_check import check_of
from morph.selection.conditions import steps
from morph.selection.selection import Selection
from morph.trees.decision_tree import Question
from morph.wording import percent
from pages.common import figures, toasts, words
from pages.common.address import selection_widgets
from pages.common.here import BY_RELEASE, HASHES, Here


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def designed(here: Here, label: str, threshold: float) -> Design:
    """The result of every cut, computed once for each selection."""
    return purity_of_release.design(
        here.con,
        here.release,
        here.selection,
        label,
        threshold,
        known=_truth(here, label, threshold),
    )


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_RELEASE)
def _truth(here: Here, label: str, threshold: float) -> Truth:
    """What does not depend on the selection, computed once for each answer."""
    return purity_of_release.truth(here.con, here.release, label, threshold)


def checked(release: LoadedRelease, design: Design, question: Question) -> str:
    """What the posteriors of a question were checked against; empty if nothing."""
    check = check_of(release.manifest, question.name)
    if check is not None:
        few = " Too few galaxies for a reliable check." if check.galaxies < FEW else ""
        return (
            f"The posteriors of {release.release_id} on {question.title} were compared "
            f"with {check.words}.{few}"
        )
    if prior := kind_of(release.manifest).prior:
        return (
            f"The concentrations are vote counts plus the prior ({prior}). Purity "
            "refers to the vote fractions of a very large number of volunteers."
        )
    if design.judged >= FEW:
        return (
            f"The posteriors of {release.release_id} were not checked when it was "
            "made; its votes allow a check for "
            f"{words.galaxies(design.judged)}."
        )
    return ""


def promise(row: pd.Series, answer: str, population: int, check: str) -> None:
    """The expected sample in one sentence and three numbers."""
    number = int(row["galaxies"])
    expected = f"{row['expected']:,.0f} ± {row['expected_sd']:,.0f}"
    if number < FEW:
        low, high = (round(row[f"purity_{end}"] * number) for end in ("low", "high"))
        expected = f"{low} to {high}"
    st.markdown(
        f"##### Expect {expected} of {words.galaxies(number)} to have the answer "
        f"“{answer}”"
    )
    purity = f"{percent(row['purity_low'], 1)} to {percent(row['purity_high'], 1)}"
    _numbers(row, population, "Purity", f"95% interval {purity}")
    st.caption(check)


def unchecked(row: pd.Series, answer: str, population: int, release_id: str) -> None:
    """The sample of posteriors that nobody checked: no promise of what is true."""
    number = int(row["galaxies"])
    st.markdown(f"##### {words.galaxies(number)} pass the cut on “{answer}”")
    st.warning(
        "The number of galaxies with the answer is unknown: the posteriors of "
        f"{release_id} on this question were never checked against votes. Purity and "
        "completeness below are correct only if the posteriors are calibrated.",
        icon=":material/rule:",
    )
    _numbers(row, population, "Purity, if the posteriors are calibrated", "not checked")


def _numbers(row: pd.Series, population: int, purity: str, note: str) -> None:
    numbers = (
        (
            "Galaxies in the sample",
            f"{int(row['galaxies']):,}",
            f"of {words.galaxies(population)}",
        ),
        (purity, percent(row["purity"], 1), note),
        (
            "Completeness",
            percent(row["completeness"], 1),
            "of all galaxies expected to have the answer",
        ),
    )
    for column, (title, value, note) in zip(st.columns(3), numbers, strict=True):
        with column.container(border=True):
            st.metric(title, value)
            st.caption(note)


def by_votes(row: pd.Series, judged: int) -> None:
    """Purity and completeness of the same cut, measured with votes."""
    if not row["galaxies"]:
        st.caption(
            f"**From votes:** none of the {words.galaxies(judged)} with enough votes "
            "is in this sample."
        )
        return
    few = " Too few galaxies for a reliable result." if row["galaxies"] < FEW else ""
    purity, completeness = (
        f"{percent(row[name], 1)} ({percent(row[f'{name}_low'], 1)} to "
        f"{percent(row[f'{name}_high'], 1)})"
        for name in ("purity", "completeness")
    )
    st.caption(
        f"**From votes:** {row['right']:,.0f} of "
        f"{words.galaxies(int(row['galaxies']))} in the sample with enough votes have "
        f"the answer: purity {purity}, completeness {completeness}. Measured on "
        f"{words.galaxies(judged)} with at least {LEAST_VOTES} votes on every question "
        f"leading to the answer.{few} These numbers are optimistic if the model was "
        "trained on these votes."
    )


def cuts_in_words(selection: Selection, release: LoadedRelease) -> None:
    """The cuts along the tree, as a numbered list."""
    lines = [f"1. {words.sentence(step.words)}" for step in steps(selection, release)]
    st.markdown("\n".join(lines))


def use_button(here: Here, selection: Selection, number: int) -> None:
    """A button that sets the sidebar's sliders to the cut."""
    st.button(
        f"Use this cut: {words.galaxies(number)}",
        icon=":material/tune:",
        type="primary",
        key="use_cut",
        disabled=selection == here.selection,
        on_click=_use,
        args=(selection, here.release),
        help="Sets the sliders in the sidebar; every page then shows this sample.",
    )


def _use(selection: Selection, release: LoadedRelease) -> None:
    selection_widgets.show(selection, release)
    toasts.note("Sliders set. Undo restores the previous values.", ":material/tune:")


def in_percent(design: Design) -> pd.DataFrame:
    """Every cut with its size, and purity and completeness in percent."""
    shown = design.expected.copy()
    if design.voted is not None:
        shown = shown.join(design.voted.drop(columns="cut").add_prefix("votes_"))
    fractions = shown.columns.str.contains("purity|completeness")
    shown.loc[:, fractions] *= 100
    return shown


def table(design: Design) -> None:
    """Every cut, with its size, purity and completeness."""
    figures.table(
        lambda: in_percent(design),
        _COLUMNS,
        key="cuts_table",
        alt=f"{len(design.expected)} cuts",
    )


_number = st.column_config.NumberColumn
_COLUMNS = {
    "cut": _number("P ≥", format="%.2f"),
    "galaxies": _number("Galaxies", format="localized"),
    "expected": _number("Expected with the answer", format="%.1f"),
    "expected_sd": _number("±", format="%.1f"),
    "purity": _number("Purity (%)", format="%.1f"),
    "purity_low": _number("95% from", format="%.1f"),
    "purity_high": _number("to", format="%.1f"),
    "completeness": _number("Completeness (%)", format="%.1f"),
    "votes_galaxies": _number("With votes", format="localized"),
    "votes_right": _number("Correct", format="localized"),
    "votes_purity": _number("Purity from votes (%)", format="%.1f"),
    "votes_purity_low": _number("95% from", format="%.1f"),
    "votes_purity_high": _number("to", format="%.1f"),
    "votes_completeness": _number("Completeness from votes (%)", format="%.1f"),
    "votes_completeness_low": _number("95% from", format="%.1f"),
    "votes_completeness_high": _number("to", format="%.1f"),
}
