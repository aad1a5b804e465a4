"""The blocks of Compare about the change of one answer."""

import numpy as np
import pandas as pd
import streamlit as st

from morph.analysis import change
from morph.analysis.change import WIDTHS
from morph.catalogue.arrays import arrays
from morph.catalogue.release_table import LoadedRelease
from morph.figures import change_figures
from morph.posterior.intervals import FEW
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection import slider_axes
from morph.trees.decision_tree import Question
from pages.common import figures
from pages.common.address import controls
from pages.common.here import HASHES, Here
from pages.compare import compare_galaxies as comparing


def one_answer(here: Here, reference: LoadedRelease, question: Question) -> str:
    """How one answer changes: galaxy by galaxy, and along a measured quantity.

    Returns the label of the answer, which is chosen here.
    """
    answers = question.words_by_label
    if st.session_state.get("changed") not in answers:
        st.session_state.pop("changed", None)  # it was of another question
    st.header("Change of one answer")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = controls.one_of("Answer", answers, key="changed")
        column = _column(here.release)
    left, right = st.columns(2, gap="large")
    with left:
        _both_fractions(here, reference, question, label)
    with right:
        _along(here, reference, question, label, column)
    return label


def own_widths(
    here: Here, reference: LoadedRelease, question: Question, label: str
) -> None:
    """Changes of all answers, and of ``label``, in units of the posteriors' width."""
    st.header("Change in units of the posterior width")
    without = [o for o in (reference, here.release) if not o.has_uncertainty]
    if without:
        names = " and ".join(one.release_id for one in without)
        st.caption(f"Not available: no posteriors in {names}, only vote fractions.")
        return
    widths = _widths(here, reference, question)
    answer = here.release.tree.words(label)
    figures.chart(
        change_figures.own_widths(widths[:, question.labels.index(label)]),
        key="own_widths",
        alt=f"Changes of {answer} in units of √(σ₁² + σ₂²)",
    )
    st.caption(
        f"{answer}: the change of each galaxy, divided by √(σ₁² + σ₂²), the combined "
        "width of its two posteriors. Both posteriors include the disagreement between "
        "volunteers, which is the same for two models on one image, so most changes "
        "are well below 1. Many changes above 3 indicate that the posteriors are too "
        "narrow, or that the images differ."
    )

    def rows() -> pd.DataFrame:
        table = change.beyond_widths(widths, question.labels)
        shares = {f"above_{k}": 100 * table[f"above_{k}"] for k in WIDTHS}
        return table.assign(**shares, label=question.words)

    figures.table(
        rows,
        _WIDTH_COLUMNS,
        key="widths_table",
        alt=f"Changes in units of √(σ₁² + σ₂²), {question.title}",
    )


def _column(release: LoadedRelease) -> str | None:
    """Choose what the change is drawn along; None where nothing is measured."""
    titles = {
        name: MEASURED[name].title
        for name in ("mag_r", "radius_arcsec", "redshift", "mag_g", "mag_z")
        if name in release.physical and slider_axes.full_range(name, release)
    }
    if not titles:
        return None
    if st.session_state.get("along") not in titles:
        st.session_state.pop("along", None)
    return controls.from_list("Against", titles, key="along", width=230)


def _both_fractions(
    here: Here, reference: LoadedRelease, question: Question, label: str
) -> None:
    answer = here.release.tree.words(label)
    table = change.density(comparing.answered(here, reference, question), label)
    figures.chart(
        change_figures.density(
            table, before=reference.release_id, after=here.release.release_id
        ),
        key="density",
        alt=f"Galaxies by the fraction of {answer} in both releases",
    )
    st.caption(f"Fraction of {answer} in both releases. Dotted: no change.")
    figures.table(
        lambda: table,
        _DENSITY_COLUMNS,
        key="density_table",
        alt=f"Galaxies in {len(table)} cells",
    )


def _along(
    here: Here,
    reference: LoadedRelease,
    question: Question,
    label: str,
    column: str | None,
) -> None:
    if column is None:
        st.caption(f"{here.release.release_id} has no magnitudes, sizes or redshifts.")
        return
    table = _by_column(here, reference, question, label, column)
    title = MEASURED[column].title
    if table.empty:
        st.caption(f"Fewer than two different values of {title}.")
        return
    number = int(table["galaxies"].sum())
    figures.chart(
        change_figures.change_along(table, axis=title),
        key="change_along",
        alt=f"Mean change of {here.release.tree.words(label)} against {title}",
    )
    st.caption(
        f"Mean change in bins with about equal numbers of galaxies; {number:,} have a "
        f"value. Whiskers: 95% intervals of the mean; hollow: fewer than {FEW}."
    )
    limits = {
        "low": figures.number(f"{title} from", "%.4g"),
        "high": figures.number("to", "%.4g"),
    }
    figures.table(
        lambda: table,
        limits | _ALONG_COLUMNS,
        key="change_along_table",
        alt=f"Change in {len(table)} bins",
    )


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs=HASHES)
def _by_column(
    here: Here, reference: LoadedRelease, question: Question, label: str, column: str
) -> pd.DataFrame:
    answered = comparing.answered(here, reference, question)
    (values,) = arrays(here.con, here.release, [column])
    at = question.labels.index(label)
    return change.change_along(answered.change[:, at], values[answered.rows])


@st.cache_resource(max_entries=6, show_spinner=False, hash_funcs=HASHES)
def _widths(here: Here, reference: LoadedRelease, question: Question) -> np.ndarray:
    answered = comparing.answered(here, reference, question)
    return change.own_widths(here.con, reference, here.release, answered)


_number = st.column_config.NumberColumn
_DENSITY_COLUMNS = {
    "reference": _number("Before, from", format="%.2f"),
    "release": _number("After, from", format="%.2f"),
    "side": _number("Width of the cell", format="%.2f"),
    "galaxies": _number("Galaxies", format="localized"),
}
_ALONG_COLUMNS = {
    "at": _number("Median", format="%.4g"),
    "galaxies": _number("Galaxies", format="localized"),
    "mean": _number("Mean change", format="%+.4f"),
    "mean_low": _number("95% from", format="%+.4f"),
    "mean_high": _number("to ", format="%+.4f"),
}
_WIDTH_COLUMNS = {
    "label": "Answer",
    "galaxies": _number("Galaxies", format="localized"),
    "rms": _number("Root mean square (widths)", format="%.2f"),
    **{f"above_{k}": _number(f"Above {k} (%)", format="%.1f") for k in WIDTHS},
}
