"""What is shown where nothing is loaded any more: what is kept, and the way back."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from morph.release import removed
from morph.subsets import saved
from morph.subsets.saved import Subset
from morph.wording import minute
from pages.common import words
from pages.common.subsets.actions import KINDS

_REMOVED = "The last release was removed, so there are no galaxies to show. "
_WITHOUT = (
    "No release is loaded any more, so the galaxies of a subset cannot be shown or "
    "taken along now. "
)
_WAYS = (
    ("../../subsets/subsets.py", "See the subsets", ":material/bookmarks:"),
    ("../../runs/runs.py", "Load what a run found", ":material/model_training:"),
    ("../../methods/methods.py", "Methods and status", ":material/menu_book:"),
)
_MOST = 3  # of the latest, whose way back is written out


def draw(root: Path, con: DuckDBPyConnection, title: str) -> None:
    """Why the page called ``title`` is empty, what is kept and how to have it back."""
    kept = saved.subsets(con)
    on_subsets = title == "Subsets"
    st.title("Subsets" if on_subsets else "No release is loaded any more")
    st.markdown(f"{_WITHOUT if on_subsets else _REMOVED}{_kept(kept)}")
    if on_subsets:
        subsets_table(kept)
    _ways(on_subsets)
    _back(root)


def subsets_table(kept: Sequence[Subset]) -> None:
    """What every subset is, without its galaxies."""
    if not kept:
        return
    rows = {
        "Subset": [one.name for one in kept],
        "Galaxies": [one.galaxies for one in kept],
        "Of release": [one.release_id for one in kept],
        "Made": [KINDS[one.kind] for one in kept],
        "Made by": [words.sentence(one.recipe["words"]) for one in kept],
        "When": [minute(one.created) for one in kept],
        "Note": [one.note for one in kept],
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={"Galaxies": st.column_config.NumberColumn(format="localized")},
        alt=f"{len(kept)} subsets that are kept",
    )


def _kept(kept: Sequence[Subset]) -> str:
    """Nothing that people made is lost: said with numbers."""
    if not kept:
        return "Runs and their models are kept."
    number = "Your one subset is" if len(kept) == 1 else f"All {len(kept)} subsets are"
    return f"{number} kept, and so are runs and their models."


def _ways(on_subsets: bool) -> None:
    with st.container(horizontal=True, gap="medium"):
        for path, label, icon in _WAYS:
            if not (on_subsets and path.endswith("subsets.py")):
                st.page_link(path, label=label, icon=icon, width="content")


def _back(root: Path) -> None:
    """The commands that bring back what was removed."""
    gone = removed.withdrawn(root / "releases")
    if not gone:
        return
    st.header("Have it back")
    st.caption(
        "A removed release stays as it was in a folder of its own. It appears here by "
        "itself, seconds after one of these."
    )
    for one in gone[:_MOST]:
        about = one.manifest
        st.markdown(
            f"**{about.release_id}**, {words.galaxies(about.galaxies)}, "
            f"{about.origin}. {about.title}"
        )
        command = f".venv/bin/python -m data load {shlex.quote(str(one.folder))}"
        st.code(command, language=None, wrap_lines=True)
    if len(gone) > _MOST:
        folder = root / "releases" / removed.FOLDER
        st.caption(f"{len(gone) - _MOST} more are in {folder}.")
