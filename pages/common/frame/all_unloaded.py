"""What is shown when all releases are unloaded: what is saved, how to restore."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from morph.release.publish import REMOVED, withdrawn
from morph.subsets import saved
from morph.subsets.saved import Subset
from morph.wording import minute
from pages.common import words
from pages.common.subsets.actions import KINDS

_REMOVED = "The last release was removed, so there are no galaxies to show. "
_WITHOUT = (
    "No release is loaded, so the galaxies of a subset cannot be shown or exported. "
)
_WAYS = (
    ("../../subsets/subsets.py", "See the subsets", ":material/bookmarks:"),
    ("../../runs/runs.py", "Load the results of a run", ":material/model_training:"),
    ("../../methods/methods.py", "Methods and status", ":material/menu_book:"),
)
_MOST = 3  # of the latest, whose way back is written out


def draw(root: Path, con: DuckDBPyConnection, title: str) -> None:
    """Why the page ``title`` is empty, what is saved and how to restore a release."""
    kept = saved.subsets(con)
    on_subsets = title == "Subsets"
    st.title("Subsets" if on_subsets else "No release is loaded")
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
        alt=f"{len(kept)} saved subsets",
    )


def _kept(kept: Sequence[Subset]) -> str:
    """What is saved, in numbers."""
    if not kept:
        return "Runs and their models are saved."
    number = "Your one subset is" if len(kept) == 1 else f"All {len(kept)} subsets are"
    return f"{number} saved, and so are runs and their models."


def _ways(on_subsets: bool) -> None:
    with st.container(horizontal=True, gap="medium"):
        for path, label, icon in _WAYS:
            if not (on_subsets and path.endswith("subsets.py")):
                st.page_link(path, label=label, icon=icon, width="content")


def _back(root: Path) -> None:
    """The commands that bring back what was removed."""
    gone = withdrawn(root / "releases")
    if not gone:
        return
    st.header("Restore")
    st.caption(
        "A removed release is unchanged in its own folder. It appears here seconds "
        "after one of these commands."
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
        folder = root / "releases" / REMOVED
        st.caption(f"{len(gone) - _MOST} more are in {folder}.")
