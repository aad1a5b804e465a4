"""Columns of one's own that go into a download."""

import streamlit as st

from morph.catalogue.own_columns import own_column
from pages.common.here import Here


def choose(here: Here) -> list[str]:
    """The refs of the chosen columns; at first those that the selection uses.

    Those that it limits, and all of a list whose galaxies it keeps.
    """
    columns = {one.ref: one for one in own_column.offered(here.con)}
    for limit in here.selection.own:  # of deleted lists too
        columns.setdefault(limit.ref, own_column.column(here.con, limit.ref))
    if not columns:
        return []
    limited = {limit.ref for limit in here.selection.own}
    kept = {one.subset_id for one in here.selection.subsets if one.included}
    default = [
        ref for ref, one in columns.items() if ref in limited or one.subset_id in kept
    ]
    return st.multiselect(
        "Your columns",
        list(columns),
        default=default,
        format_func=lambda ref: columns[ref].in_list,
        placeholder="none",
        key=f"own_columns_{'_'.join(default)}",
        help="Columns of lists uploaded on Subsets and similarities kept on Similar, "
        "joined by galaxy; empty where a galaxy has no value.",
    )
