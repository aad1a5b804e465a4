"""Loaded releases that are no published catalogues: their citations and licences."""

from collections.abc import Sequence

import streamlit as st

from morph.published.download_states import catalogue_of
from morph.release.manifest import Manifest

_HEADINGS = ("Release", "Title", "Galaxies", "Citation", "Licence")


def draw(loaded: Sequence[Manifest]) -> None:
    """A table of them, and how to state a citation."""
    others = [one for one in loaded if not catalogue_of(one)]
    if not others:
        return
    st.markdown("**Other releases**")
    rows = [
        (one.release_id, one.title, one.galaxies, one.citation, one.licence or None)
        for one in others
    ]
    columns = zip(_HEADINGS, zip(*rows, strict=True), strict=True)
    st.dataframe(
        {title: list(cells) for title, cells in columns},
        hide_index=True,
        placeholder="not stated",
        alt="Releases that are no published catalogues, with citation and licence",
    )
    st.caption(
        "State the citation of a table when you load it: `.venv/bin/python -m data "
        "load TABLE --release NAME --survey NAME --citation TEXT --licence TEXT`."
    )
