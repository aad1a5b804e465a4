"""Columns of similarity to examples: what they are, and to rename or delete them."""

import streamlit as st

from morph.catalogue.own_columns.own_column import columns_of
from morph.subsets import saved
from morph.subsets.saved import Subset
from pages.common import words
from pages.common.here import Here
from pages.common.subsets import actions


def draw(here: Here) -> None:
    """Each computed column with its provenance; the deleted ones can be restored."""
    columns = saved.computed_columns(here.con)
    if not columns:
        st.markdown("##### No columns yet")
        st.markdown(
            "On Similar, *Keep as a column* keeps the similarity of every galaxy to "
            "your examples. The columns of an uploaded list are kept with it. Both "
            "filter, sort and colour galaxies, and go into downloads."
        )
    for column in columns:
        with st.container(border=True, key=f"column_{column.subset_id}"):
            _column(here, column)
    actions.deleted(saved.computed_columns(here.con, deleted=True))


def _column(here: Here, column: Subset) -> None:
    (own,) = columns_of(here.con, column.subset_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{words.plain(own.title)}**", width="stretch")
        actions.edit(column)
        actions.end(column)
    st.caption(
        f"{words.plain(words.sentence(own.origin))}. {words.galaxies(own.known)} have "
        f"a value, {own.low:.3f} to {own.high:.3f} · id `{column.subset_id}`"
    )
    if column.note:
        st.caption(words.plain(column.note))
    if own.outdated:
        st.caption(words.OUTDATED)
