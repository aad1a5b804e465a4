"""The blocks of the sample designer: what a cut promises, and its table."""

import pandas as pd
import streamlit as st

from morph.analysis.purity_of_release import Design, Truth, design, truth
from morph.catalogue.release_table import LoadedRelease
from morph.evaluation.coverage import LEAST_VOTES
from morph.posterior.intervals import FEW
from morph.selection.conditions import steps
from morph.selection.selection import Selection
from morph.selection.url import digest
from morph.wording import percent
from pages.common import toasts, words
from pages.common.address import selection_widgets
from pages.common.here import Here


def designed(here: Here, label: str, threshold: float) -> Design:
    """What every cut would give, computed once for each selection."""
    return _designed((here.release.key, digest(here.selection)), label, threshold, here)


@st.cache_data(max_entries=200, show_spinner=False)
def _designed(key: tuple, label: str, threshold: float, _here: Here) -> Design:
    return design(
        _here.con,
        _here.release,
        _here.selection,
        label,
        threshold,
        known=_truth(_here.release.key, label, threshold, _here),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _truth(key: str, label: str, threshold: float, _here: Here) -> Truth:
    """What holds whatever is selected, computed once for each answer."""
    return truth(_here.con, _here.release, label, threshold)


def promise(row: pd.Series, answer: str, population: int) -> None:
    """What the sample is expected to be, in one sentence and three numbers."""
    number = int(row["galaxies"])
    st.markdown(
        f"##### Expect {row['expected']:,.0f} ± {row['expected_sd']:,.0f} true "
        f"“{answer}” among {words.galaxies(number)}"
    )
    purity = f"{percent(row['purity_low'], 1)} to {percent(row['purity_high'], 1)}"
    numbers = (
        ("Galaxies in the sample", f"{number:,}", f"of {words.galaxies(population)}"),
        ("Purity", percent(row["purity"], 1), f"95% interval {purity}"),
        (
            "Completeness",
            percent(row["completeness"], 1),
            "of all expected to have it truly",
        ),
    )
    for column, (title, value, note) in zip(st.columns(3), numbers, strict=True):
        with column.container(border=True):
            st.metric(title, value)
            st.caption(note)


def by_votes(row: pd.Series, judged: int) -> None:
    """What the votes say of the same cut."""
    if not row["galaxies"]:
        st.caption(
            f"**By the votes:** none of the {words.galaxies(judged)} with votes enough "
            "is in this sample."
        )
        return
    few = " Few galaxies: hardly a result." if row["galaxies"] < FEW else ""
    purity, completeness = (
        f"{percent(row[name], 1)} ({percent(row[f'{name}_low'], 1)} to "
        f"{percent(row[f'{name}_high'], 1)})"
        for name in ("purity", "completeness")
    )
    st.caption(
        f"**By the votes:** {row['right']:,.0f} of "
        f"{words.galaxies(int(row['galaxies']))} of the sample with votes enough have "
        f"the answer: purity {purity}, completeness {completeness}. Judged on "
        f"{words.galaxies(judged)} with {LEAST_VOTES} votes or more at every question "
        f"on the way.{few} Votes that the model was fitted to flatter it."
    )


def cuts_in_words(selection: Selection, release: LoadedRelease) -> None:
    """The cuts along the tree, one after another."""
    lines = [f"1. {words.sentence(step.words)}" for step in steps(selection, release)]
    st.markdown("\n".join(lines))


def use_button(here: Here, selection: Selection, number: int) -> None:
    """Set the sidebar's sliders to the cut."""
    st.button(
        f"Use this cut: {words.galaxies(number)}",
        icon=":material/tune:",
        type="primary",
        key="use_cut",
        disabled=selection == here.selection,
        on_click=_use,
        args=(selection, here.release),
        help="Sets the sliders of the sidebar; every page then shows this sample.",
    )


def _use(selection: Selection, release: LoadedRelease) -> None:
    selection_widgets.show(selection, release)
    toasts.note("The sliders are set. Undo takes them back.", ":material/tune:")


def table(found: Design) -> None:
    """Every cut with its numbers."""
    shown = found.expected.copy()
    if found.voted is not None:
        shown = shown.join(found.voted.drop(columns="cut").add_prefix("votes_"))
    for name in shown:
        if name.rpartition("_")[0].endswith(("purity", "completeness")) or name in (
            "purity",
            "completeness",
        ):
            shown[name] = 100 * shown[name]
    st.dataframe(
        shown,
        hide_index=True,
        column_config=_COLUMNS,
        placeholder="–",
        alt=f"{len(shown)} cuts",
    )


_number = st.column_config.NumberColumn
_COLUMNS = {
    "cut": _number("P ≥", format="%.2f"),
    "galaxies": _number("Galaxies", format="localized"),
    "expected": _number("Expected true", format="%.1f"),
    "expected_sd": _number("±", format="%.1f"),
    "purity": _number("Purity (%)", format="%.1f"),
    "purity_low": _number("95% from", format="%.1f"),
    "purity_high": _number("to", format="%.1f"),
    "completeness": _number("Completeness (%)", format="%.1f"),
    "votes_galaxies": _number("With votes", format="localized"),
    "votes_right": _number("Right", format="localized"),
    "votes_purity": _number("Purity by votes (%)", format="%.1f"),
    "votes_purity_low": _number("95% from", format="%.1f"),
    "votes_purity_high": _number("to", format="%.1f"),
    "votes_completeness": _number("Completeness by votes (%)", format="%.1f"),
    "votes_completeness_low": _number("95% from", format="%.1f"),
    "votes_completeness_high": _number("to", format="%.1f"),
}
