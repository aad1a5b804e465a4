"""Small homes to damage, and what is loaded and saved in them."""

import shutil
from pathlib import Path

from duckdb import DuckDBPyConnection

from data.synthetic.release import synthetic_release
from morph.catalogue import release_table, sync
from morph.catalogue.connection import connect
from morph.catalogue.contents import read_contents
from morph.home import catalogue_path, release_folder, workspace_path
from morph.selection.selection import Selection
from morph.subsets import saved

FIRST, SECOND = "first", "second"  # releases

Contents = dict[str, tuple[int, int]]  # release or subset -> galaxies, hash of all


def small_home(root: Path, *, galaxies: int = 400) -> Path:
    """A home with one loaded release and a subset of its galaxies."""
    add_release(root, FIRST, galaxies=galaxies)
    with connect(catalogue_path(root), workspace=workspace_path(root)) as con:
        sync.sync(con, root / "releases")
        release = release_table.release(con, FIRST)
        saved.save_selection(con, release, Selection(), name="everybody")
    return root


def add_release(root: Path, name: str, *, galaxies: int = 400, seed: int = 0) -> Path:
    """Put a release into the folder of releases, not into the catalogue."""
    folder = release_folder(root, name)
    synthetic_release(folder, galaxies=galaxies, seed=seed, release_id=name)
    return folder


def copied(home: Path, root: Path) -> Path:
    """A copy of a home that was made before."""
    return shutil.copytree(home, root, dirs_exist_ok=True)


def loaded(root: Path) -> Contents:
    """The releases in the catalogue; each table is read whole."""
    with connect(catalogue_path(root)) as con:
        return tables(con)


def loaded_by(root: Path, pid: int) -> set[str]:
    """The releases that the dashboard of this process has loaded."""
    contents = read_contents(root, pid)
    return set(contents.loaded) if contents else set()


def tables(con: DuckDBPyConnection) -> Contents:
    """The same, of a catalogue that is open."""
    return {
        one.release_id: con.execute(
            f"SELECT count(*), bit_xor(hash(galaxy)) FROM {one.table} AS galaxy"
        ).fetchall()[0]
        for one in release_table.releases(con)
    }


def subsets(root: Path) -> dict[str, tuple[str, int]]:
    """Digest and number of galaxies of each saved subset, checked galaxy by galaxy."""
    with connect(catalogue_path(root), workspace=workspace_path(root)) as con:
        found = {}
        for one in saved.subsets(con) + saved.subsets(con, deleted=True):
            names = list(saved.members(con, one.subset_id))
            assert (saved.digest_of(names), len(names)) == (one.digest, one.galaxies)
            found[one.subset_id] = (one.digest, one.galaxies)
        return found


def everything(root: Path) -> tuple[Contents, dict[str, tuple[str, int]]]:
    """What is loaded and what is saved; two homes with equal values have the same."""
    return loaded(root), subsets(root)


def rebuilt(root: Path, before: tuple[Contents, object]) -> None:
    """Make the catalogue anew from the releases; all must be as ``before``."""
    sync.rebuild(catalogue_path(root), root / "releases")
    assert everything(root) == before
