"""The blocks of Populations: its controls, what was computed, and its table."""

from dataclasses import dataclass

import streamlit as st

from morph.analysis.fractions import HALF, Along, Fraction, fraction_along
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.intervals import FEW
from morph.release.manifest import MEASURED
from morph.selection.url import digest, to_query_string
from pages.common import words
from pages.common.address import selection_widgets
from pages.common.answer_controls import answer, threshold
from pages.common.here import Here


@dataclass(frozen=True)
class Asked:
    """Which fraction, against what, in which bins."""

    fraction: Fraction
    column: str
    bins: int
    equal_counts: bool


def choose(release: LoadedRelease, columns: list[str]) -> Asked:
    """Draw the controls and read them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = answer(release)
        column = st.selectbox(
            "Against",
            columns,
            format_func=words.measured,
            key="against",
            bind="query-params",
            width=230,
        )
        of = st.segmented_control(
            "Fraction of",
            ("Galaxies", "Votes"),
            default="Galaxies",
            required=True,
            key="fraction",
            bind="query-params",
            help="Galaxies that have the answer, or the mean fraction of their votes",
        )
        limit = threshold(release) if of == "Galaxies" else None
        with st.popover("Bins", icon=":material/bar_chart:"):
            bins = st.slider("Bins", 4, 30, 10, key="bins", bind="query-params")
            equal = st.toggle("Equal numbers", key="equal", bind="query-params")
            st.caption("Bins of equal numbers of galaxies, or of equal width.")
    return Asked(Fraction(label, limit), column, bins, equal)


def measured(release: LoadedRelease) -> list[str]:
    """Columns that a fraction can be drawn against, the likeliest first."""
    first = ("mag_r", "redshift", "radius_arcsec")
    known = [
        c for c in MEASURED if selection_widgets.full_range(c, release) is not None
    ]
    physical = [c for c in known if c in release.physical]
    return sorted(physical, key=lambda c: first.index(c) if c in first else len(first))


def along(here: Here, asked: Asked) -> Along | None:
    """The fractions, computed once for each selection."""
    key = (here.release.key, digest(here.selection))
    return _along(key, asked, here)


@st.cache_data(max_entries=200, show_spinner=False)
def _along(key: tuple, asked: Asked, _here: Here) -> Along | None:
    return fraction_along(
        _here.con,
        _here.release,
        _here.selection,
        asked.fraction,
        asked.column,
        bins=asked.bins,
        equal_counts=asked.equal_counts,
    )


def explain(release: LoadedRelease, asked: Asked, found: Along) -> None:
    """What the two fractions are, in words."""
    label, limit = asked.fraction.label, asked.fraction.threshold
    question = release.tree.question_of(label).title
    of = "mean fraction of the votes"
    if limit is not None:
        of = f"share of galaxies with more than {limit:g} of the votes"
    counted = HALF if limit is None else limit
    summed = (
        f"**Summed posteriors**: the expected {of}, each galaxy weighted by its "
        f"probability to be asked about {question}; the band holds 95% of the "
        "posterior for these galaxies. "
    )
    st.caption(
        (summed if release.has_uncertainty else "")
        + f"**Counted galaxies**: of those led to {question} by the largest answers, "
        f"the share with an expected fraction above {counted:g}; it ignores how sure "
        f"each is. {found.known:,} of {words.galaxies(found.selected)} selected have "
        f"the column. Hollow: fewer than {FEW} galaxies."
    )


def table(asked: Asked, found: Along) -> None:
    """The numbers of the figure."""
    shown = found.table()
    for name in _PERCENT:
        if name in shown:
            shown[name] = 100 * shown[name]
    number = st.column_config.NumberColumn
    unit = words.measured(asked.column)
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "low": number(f"{unit} from", format="%.4g"),
            "high": number("to", format="%.4g"),
            **_COLUMNS,
        },
        placeholder="–",
        alt=f"The fraction in {len(shown)} bins",
    )


def download(here: Here, asked: Asked, found: Along) -> None:
    """The numbers as CSV, with what they are in every row."""
    said = {
        "release": here.release.release_id,
        "selection": to_query_string(here.selection) or "all galaxies",
        "answer": asked.fraction.label,
        "threshold": asked.fraction.threshold,
        "column": asked.column,
    }
    numbers = found.table()
    st.download_button(
        f"Download {len(numbers)} bins as CSV",
        lambda: numbers.assign(**said).to_csv(index=False),
        file_name=f"{here.release.release_id}_{asked.fraction.label}_{asked.column}.csv",
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
    "asked": _number("Expected to be asked", format="%.1f"),
    "fraction": _number("Summed (%)", format="%.2f"),
    "fraction_low": _number("95% from", format="%.2f"),
    "fraction_high": _number("to", format="%.2f"),
    "sampling": _number("Sampling error (%)", format="%.2f"),
    "reached": _number("Reach the question", format="localized"),
    "counted": _number("Counted", format="localized"),
    "share": _number("Counted (%)", format="%.2f"),
    "share_low": _number("95% from", format="%.2f"),
    "share_high": _number("to", format="%.2f"),
    "few": st.column_config.CheckboxColumn(f"Fewer than {FEW}"),
}
