"""The blocks of Populations: controls, fractions, caption, table and download."""

from dataclasses import dataclass

import streamlit as st

from morph.analysis.fractions import HALF, Along, Fraction, fraction_along
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.intervals import FEW
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection import slider_axes
from morph.selection.url import to_query_string
from pages.common import figures, words
from pages.common.address import controls, own_column_control
from pages.common.address.choices import OWN
from pages.common.answer_controls import answer, threshold
from pages.common.here import HASHES, Here

_OWN = "against_own"  # the list's column on the x axis


@dataclass(frozen=True)
class FractionChoice:
    """Which fraction, against which column, in which bins."""

    fraction: Fraction
    column: str  # of the release, or the ref of a list's column
    axis: str  # the column in words
    bins: int
    equal_counts: bool


def choose(release: LoadedRelease, columns: list[str]) -> FractionChoice | None:
    """The controls; None where a link names a list's column that is unknown."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = answer(release)
        titles = {one: MEASURED[one].title for one in columns}
        if own_column_control.is_offered(_OWN, numbers=True):
            titles |= OWN
        column = controls.from_list("Against", titles, key="against", width=230)
        axis = titles[column]
        if column in OWN:
            own = own_column_control.choose(_OWN, numbers=True)
            if own is None:
                return None
            # Plotly would read a tag in the name.
            column, axis = own.ref, own.title.replace("<", "‹")
        of = controls.one_of(
            "Fraction of",
            ("Galaxies", "Votes"),
            key="fraction",
            help="Fraction of galaxies that have the answer, or mean vote fraction",
        )
        limit = threshold(release) if of == "Galaxies" else None
        with st.popover("Bins", icon=":material/bar_chart:"):
            bins = st.slider("Bins", 4, 30, 10, key="bins", bind="query-params")
            equal = st.toggle("Equal numbers", key="equal", bind="query-params")
            st.caption("Bins with equal numbers of galaxies instead of equal widths.")
    return FractionChoice(Fraction(label, limit), column, axis, bins, equal)


def has_axis(columns: list[str]) -> bool:
    """Whether there is anything to plot a fraction against."""
    return bool(columns) or own_column_control.is_offered(_OWN, numbers=True)


def measured(release: LoadedRelease) -> list[str]:
    """Columns to plot a fraction against, the most useful first."""
    first = ("mag_r", "redshift", "radius_arcsec")
    usable = [
        c
        for c in MEASURED
        if c in release.physical and slider_axes.full_range(c, release)
    ]
    return sorted(usable, key=lambda c: first.index(c) if c in first else len(first))


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def along(here: Here, choice: FractionChoice) -> Along | None:
    """The fractions, computed once for each selection."""
    return fraction_along(
        here.con,
        here.release,
        here.selection,
        choice.fraction,
        choice.column,
        bins=choice.bins,
        equal_counts=choice.equal_counts,
    )


def explained(release: LoadedRelease, choice: FractionChoice, along: Along) -> str:
    """What the curves of the figure are."""
    label, limit = choice.fraction.label, choice.fraction.threshold
    question = release.tree.question_of(label).title
    of = "mean vote fraction"
    if limit is not None:
        of = f"fraction of galaxies with ρ > {limit:g}"
    counted = HALF if limit is None else limit
    summed = (
        f"**Summed posteriors**: the expected {of}, weighted by each galaxy’s "
        f"probability of reaching {question}; the band is the 95% credible interval "
        "for these galaxies, given the uncertainties of both. "
    )
    return (
        (summed if release.has_uncertainty else "")
        + f"**Threshold counts**: of the galaxies whose most probable answers lead to "
        f"{question}, the fraction with an expected vote fraction above {counted:g}; "
        f"ignores uncertainties. {along.known:,} of {words.galaxies(along.selected)} "
        f"selected have a value. Hollow: fewer than {FEW} galaxies."
    )


def table(choice: FractionChoice, along: Along) -> None:
    """The numbers in the figure."""
    numbers, unit = along.table(), choice.axis
    percent = {name: 100 * numbers[name] for name in _PERCENT if name in numbers}
    limits = {
        "low": figures.number(f"{unit} from", "%.4g"),
        "high": figures.number("to", "%.4g"),
    }
    figures.table(
        lambda: numbers.assign(**percent),
        limits | _COLUMNS,
        key="populations_table",
        alt=f"The fraction in {len(numbers)} bins",
    )


def download(here: Here, choice: FractionChoice, along: Along) -> None:
    """The numbers as CSV; every row names release, selection, answer and column."""
    about = {
        "release": here.release.release_id,
        "selection": to_query_string(here.selection) or "all galaxies",
        "answer": choice.fraction.label,
        "threshold": choice.fraction.threshold,
        "column": choice.column,
        "column_title": choice.axis,
    }
    numbers = along.table()
    st.download_button(
        f"Download {len(numbers)} bins as CSV",
        lambda: numbers.assign(**about).to_csv(index=False),
        file_name=f"{here.release.release_id}_{choice.fraction.label}_{choice.column}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="download_fractions",
        on_click="ignore",
    )


_PERCENT = ("fraction", "fraction_low", "fraction_high", "sampling")
_PERCENT += ("share", "share_low", "share_high")
_number = st.column_config.NumberColumn
_COLUMNS = {
    "galaxies": _number("Galaxies", format="localized"),
    "asked": _number("Expected to reach it", format="%.1f"),
    "fraction": _number("Summed (%)", format="%.2f"),
    "fraction_low": _number("95% from", format="%.2f"),
    "fraction_high": _number("to", format="%.2f"),
    "sampling": _number("Sampling error (%)", format="%.2f"),
    "reached": _number("Reach the question", format="localized"),
    "counted": _number("Above threshold", format="localized"),
    "share": _number("Above threshold (%)", format="%.2f"),
    "share_low": _number("95% from", format="%.2f"),
    "share_high": _number("to", format="%.2f"),
    "few": st.column_config.CheckboxColumn(f"Fewer than {FEW} galaxies"),
}
