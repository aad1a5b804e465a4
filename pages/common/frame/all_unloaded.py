"""What is shown when all releases are unloaded: what is saved, how to restore."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.release.kinds import kind_of
from morph.release.publish import REMOVED, withdrawn
from morph.subsets import saved
from morph.subsets.saved import Subset
from morph.wording import minute
from pages.common import words
from pages.common.subsets.actions import KINDS

_REMOVED = "The last release was removed, so there are no galaxies to show."
_WITHOUT = (
    "No release is loaded, so the galaxies of a subset cannot be shown or exported."
)
_SUBSETS = ("../../subsets/subsets.py", "Show the subsets", ":material/bookmarks:")
_WAYS = (
    ("../../runs/runs.py", "Load the results of a run", ":material/model_training:"),
    ("../../methods/methods.py", "Methods and status", ":material/menu_book:"),
)
_MOST = 3  # of the latest, for which the command is shown


def draw(root: Path, con: DuckDBPyConnection, title: str) -> None:
    """Why the page ``title`` is empty, what is saved and how to restore a release."""
    subsets = saved.subsets(con)
    on_subsets = title == "Subsets"
    st.title("Subsets" if on_subsets else "No release is loaded")
    text = "Runs and their models are kept."
    if subsets:
        one = len(subsets) == 1
        number = "Your subset is" if one else f"All {len(subsets)} subsets are"
        text = f"{number} kept, and so are runs and their models."
    st.markdown(f"{_WITHOUT if on_subsets else _REMOVED} {text}")
    if on_subsets and subsets:
        _table(subsets)
    with st.container(horizontal=True, gap="medium"):
        for path, label, icon in _WAYS if on_subsets else (_SUBSETS, *_WAYS):
            st.page_link(path, label=label, icon=icon, width="content")
    _restore(root)


def _table(subsets: Sequence[Subset]) -> None:
    """What every subset is, without its galaxies."""
    rows = {
        "Subset": [one.name for one in subsets],
        "Galaxies": [one.galaxies for one in subsets],
        "Release": [one.release_id for one in subsets],
        "Type": [KINDS[one.kind] for one in subsets],
        "Definition": [words.sentence(one.recipe["words"]) for one in subsets],
        "Created": [minute(one.created) for one in subsets],
        "Note": [one.note for one in subsets],
    }
    st.dataframe(
        rows,
        hide_index=True,
        column_config={"Galaxies": st.column_config.NumberColumn(format="localized")},
        alt=f"{len(subsets)} saved subsets",
    )


def _restore(root: Path) -> None:
    """The commands that load removed releases again."""
    removed = withdrawn(root / "releases")
    if not removed:
        return
    st.header("Restore")
    st.caption(
        "Removing a release leaves its files unchanged. To restore one, run its "
        "command; it appears here within seconds."
    )
    for one in removed[:_MOST]:
        about = one.manifest
        st.markdown(
            f"**{about.release_id}**, {words.galaxies(about.galaxies)}, "
            f"{kind_of(about).word}. {words.plain(about.title)}"
        )
        command = f".venv/bin/python -m data load {shlex.quote(str(one.folder))}"
        st.code(command, language=None, wrap_lines=True)
    if len(removed) > _MOST:
        folder = root / "releases" / REMOVED
        st.caption(f"{len(removed) - _MOST} more are in {folder}.")
