"""And, or, not: a new subset out of two to five, with what they have in common."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from morph import algebra
from morph.subsets import Subset
from pages.common import subset_actions, words
from pages.common.frame import Here

_WORDS = {
    "and": "In all of them",
    "or": "In any of them",
    "not": "In the first, in no other",
}


def draw(here: Here, found: dict[str, Subset]) -> None:
    """Choose subsets and how they combine, and keep what that leaves."""
    ids = st.multiselect(
        f"Combine two to {algebra.MOST} subsets",
        list(found),
        format_func=lambda one: found[one].name,
        max_selections=algebra.MOST,
        key="combine",
    )
    operation = st.segmented_control(
        "Keep galaxies",
        algebra.OPERATIONS,
        format_func=_WORDS.get,
        default="and",
        required=True,
        key="operation",
    )
    if len(ids) < 2:
        st.caption("Choose at least two; galaxies are the same where names are.")
        return
    number = algebra.count(here.con, operation, ids)
    st.markdown(f"**{number:,}** {words.galaxies(number).partition(' ')[2]}")
    _overlaps(here, found, ids)
    subset_actions.name_and_save(
        "save_combined",
        f"Save {words.galaxies(number)}",
        lambda con, name, note: algebra.save(con, operation, ids, name=name, note=note),
        disabled=not number,
    )


def _overlaps(here: Here, found: dict[str, Subset], ids: Sequence[str]) -> None:
    """Galaxies of every combination; a table reads better than bars of two to five."""
    shared = algebra.overlaps(here.con, ids)
    names = [" + ".join(found[one].name for one in row) for row in shared["subsets"]]
    table = pd.DataFrame({"In exactly": names, "Galaxies": shared["galaxies"]})
    most = int(table["Galaxies"].max())
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Galaxies": st.column_config.ProgressColumn(
                format="localized", min_value=0, max_value=most
            )
        },
        alt=f"Galaxies in each of {len(table)} combinations of the subsets",
    )
