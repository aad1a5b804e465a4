"""Combine two to five subsets with and, or, not; and show their overlaps."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from morph.figures import overlap_figures
from morph.subsets import combine
from morph.subsets.saved import Subset
from pages.common import figures, words
from pages.common.address.controls import one_of
from pages.common.here import Here
from pages.common.subsets.actions import name_and_save

_WORDS = {
    "and": "in all of the subsets",
    "or": "in any of the subsets",
    "not": "only in the first",
}


def draw(here: Here, subsets: dict[str, Subset]) -> None:
    """Choose subsets and how to combine them, and save the result."""
    if len(subsets) < 2:
        st.caption("Combining needs two subsets; save another first.")
        return
    ids = st.multiselect(
        f"Combine two to {combine.MOST} subsets",
        list(subsets),
        format_func=lambda one: f"{subsets[one].name} ({subsets[one].galaxies:,})",
        max_selections=combine.MOST,
        key="combine",
    )
    operation = one_of("Keep galaxies that are", _WORDS, key="operation", bind=None)
    if len(ids) < 2:
        st.caption("Choose at least two. Galaxies are matched by name.")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        number = _overlaps(here, {one: subsets[one] for one in ids}, operation)
    with right:
        name_and_save(
            "save_combined",
            f"Save {words.galaxies(number)}",
            partial(combine.save, operation=operation, subset_ids=ids),
            disabled=not number,
        )


def _overlaps(
    here: Here, parts: dict[str, Subset], operation: combine.Operation
) -> int:
    """Plot the galaxies of every combination; return how many are kept."""
    shared = combine.overlaps(here.con, list(parts))
    kept = [one for one in shared["subsets"] if combine.keeps(operation, one, [*parts])]
    number = int(shared.loc[shared["subsets"].isin(kept), "galaxies"].sum())
    total = int(shared["galaxies"].sum())
    st.markdown(
        f"**{number:,}** of {words.galaxies(total)} in these subsets (coloured bars)."
    )
    names = {one: subset.name for one, subset in parts.items()}
    figures.chart(
        overlap_figures.overlaps(shared, names, kept),
        key="overlaps",
        alt=f"{_in_words(shared, names, 3)}; {number:,} of {total:,} are kept",
    )
    _table(shared, names, kept)
    return number


def _in_words(shared: pd.DataFrame, names: dict[str, str], most: int) -> str:
    numbers = [
        f"{row.galaxies:,} only in {' and '.join(names[i] for i in row.subsets)}"
        for row in shared.head(most).itertuples()
    ]
    return f"Galaxies in each combination of {len(names)} subsets: {', '.join(numbers)}"


def _table(
    shared: pd.DataFrame, names: dict[str, str], kept: Sequence[tuple[str, ...]]
) -> None:
    sets = shared["subsets"]

    def rows() -> pd.DataFrame:
        exactly = [" + ".join(names[i] for i in one) for one in sets]
        kept_ones = [one in kept for one in sets]
        columns = {"Galaxies": shared["galaxies"], "Kept": kept_ones}
        return pd.DataFrame({"In exactly": exactly} | columns)

    figures.table(
        rows,
        {"Galaxies": figures.number()},
        key="overlaps_table",
        alt=f"Galaxies in each of {len(shared)} combinations of the subsets",
    )
