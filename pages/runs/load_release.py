"""Load the release of a run: what would change, the load itself, and its undo."""

from pathlib import Path

import streamlit as st

from morph.atomic import sha256_of
from morph.catalogue import loading, release_table
from morph.catalogue.contents import made_is_loaded
from morph.catalogue.loading import Preview
from morph.errors import MorphError
from morph.figures import change_figures
from morph.home import release_folder
from morph.images.new_stores import store_states
from morph.release.changes import BINS, Changes, changes
from morph.release.folder import verify_release
from morph.release.manifest import MANIFEST, Manifest, read_manifest
from morph.runs.lifecycle import RunState
from morph.trees.decision_tree import tree_called
from pages.common import figures, toasts, words
from pages.common.server import database, loads, loads_shown, who_may


def offer(run: RunState, root: Path) -> None:
    """Offer to load the release of a finished run; it is never loaded by itself."""
    folder = run.folder / "release"
    if not (folder / MANIFEST).is_file():
        st.caption(words.plain(_without_release(run)))
        return
    key = loads_shown.key_of(run)
    if loads.going_on(key) is not None:
        loads_shown.progress(key)
        return
    manifest = read_manifest(folder)
    if made_is_loaded(run, loaded_releases(root)):
        _loaded(root, manifest.release_id)
        return
    box = st.popover(
        "Load into the catalogue",
        icon=":material/download_done:",
        key=f"offer_{run.run_id}",
        on_change="rerun",
    )
    if box.open:
        with box:
            _preview(run, folder, root)


def _without_release(run: RunState) -> str:
    """What a run made that is no release."""
    return store_states.made_by(run) or "This run made no release."


def loaded_releases(root: Path) -> set[str]:
    """SHA-256 of the manifest of each release in the catalogue."""
    with database.cursor(root) as con:
        return {release.manifest_sha256 for release in release_table.releases(con)}


def _loaded(root: Path, release_id: str) -> None:
    if st.button(
        f"Explore {words.plain(release_id)}",
        key=f"explore_{release_id}",
        icon=":material/check:",
        type="primary",
        on_click=_show,
        args=(release_id,),
    ):
        st.switch_page("../../explore/explore.py")
    refused = who_may.explained()
    st.button(
        "Undo loading",
        key=f"unload_{release_id}",
        icon=":material/undo:",
        on_click=loads_shown.unload,
        args=(root, release_id),
        disabled=bool(refused),
        help=refused or "Removes the release from the catalogue; the run keeps it",
    )


def _show(release_id: str) -> None:
    st.session_state["release"] = release_id


def _preview(run: RunState, folder: Path, root: Path) -> None:
    """Show what loading adds to the catalogue, and the button that loads."""
    with database.cursor(root) as con:
        preview = loading.preview(con, folder)
    st.markdown(f"**{words.plain(preview.manifest.title)}**")
    for note in preview.notes:
        st.markdown(f"- {words.plain(words.sentence(note))}")
    st.markdown(f"- {_checked(folder, sha256_of(folder / MANIFEST))}")
    _changes(run, folder, root, preview)
    st.caption("Releases loaded earlier stay available.")
    refused = who_may.explained()
    st.button(
        f"Load {words.galaxies(preview.galaxies)}",
        key=f"load_{run.run_id}",
        type="primary",
        disabled=preview.state == "conflict" or bool(refused),
        help=refused or None,
        on_click=_load,
        args=(run, root),
    )
    if preview.state == "conflict":
        st.caption(
            "The catalogue already has a different release named "
            f"{preview.manifest.release_id}."
        )


@st.cache_data(max_entries=20, show_spinner="Comparing checksums")
def _checked(folder: Path, sha256: str) -> str:
    """That all files are as the manifest says; raises MorphError if not."""
    number = len(verify_release(folder).files)
    return f"The checksums of {number} files match the manifest"


def _changes(run: RunState, folder: Path, root: Path, preview: Preview) -> None:
    """What changes against a published release of the same tree."""
    others = _comparable(root, preview.manifest)
    if not others:
        return
    against = st.selectbox(
        "Compare with", others, key=f"against_{run.run_id}", help="Published releases"
    )
    tree = tree_called(preview.manifest.tree)
    path = release_folder(root, against)
    marks = (sha256_of(path / MANIFEST), sha256_of(folder / MANIFEST))
    found = _between(path, folder, preview.manifest.tree, marks)
    st.markdown(
        f"{words.galaxies(found.shared)} in both, {found.new:,} new, "
        f"{found.missing:,} missing"
    )
    if not found.shared:
        return
    titles = {question.name: question.title for question in tree.questions}
    question = st.selectbox(
        "Question", list(titles), format_func=titles.get, key=f"change_{run.run_id}"
    )
    number = list(titles).index(question)
    row = found.questions.iloc[number]
    figure = change_figures.largest(found.histograms[number], BINS)
    alt = f"Changes of {titles[question]} against {against}"
    figures.chart(figure, key=f"changes_{run.run_id}", alt=alt)
    names = {"x": "Largest change", "y": "Galaxies"}
    figures.table_of(figure, names, key=f"changes_table_{run.run_id}", alt=alt)
    if row["galaxies"]:
        st.caption(
            f"Largest change of the vote fractions of {titles[question]}, for "
            f"{words.galaxies(int(row['galaxies']))} that reach it in both. Same most "
            f"probable answer: {row['same']:.1%}."
        )


def _comparable(root: Path, manifest: Manifest) -> list[str]:
    """Published releases of the same tree, those of the same survey first."""
    found = []
    for path in sorted((root / "releases").glob(f"[!.]*/{MANIFEST}")):
        try:
            other = read_manifest(path.parent)
        except MorphError:
            continue  # it is reported where it is loaded
        if other.tree == manifest.tree and path.parent.name == other.release_id:
            found.append(other)
    found.sort(key=lambda other: other.survey != manifest.survey)
    return [other.release_id for other in found]


@st.cache_data(max_entries=20, show_spinner="Comparing the releases")
def _between(before: Path, after: Path, tree: str, marks: tuple[str, str]) -> Changes:
    return changes(before, after, tree_called(tree))


@toasts.refusals()
@who_may.change
def _load(run: RunState, root: Path) -> None:
    loads_shown.begin_run(run, root)
