"""Runs that make a cutout store from a folder of images: configuration and begin."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.new_stores.cutouts_run import JOURNAL
from morph.release.manifest import MANIFEST, Origin
from morph.runs.data_runs.kinds import PICTURES as KIND
from morph.runs.data_runs.unfinished import new_run, runs_to, unfinished
from morph.runs.lifecycle import RunState, list_runs, read_run
from morph.tables.table_child import Wanted
from morph.tables.uploaded_table import MAX_BYTES, read_cells
from morph.trees.decision_tree import DEFAULT
from morph.typed_json import name_of, read_dataclass, within
from morph.wording import command

LABELS = "labels"  # folder in the run, with the uploaded table
SHARED = "images"  # in MORPH_HOME: the folders that a shared dashboard may read
SIZE, SIZES = 128, (16, 512)  # pixels per side


@dataclass(frozen=True)
class PicturesConfig:
    """Make a cutout store from the images of a folder."""

    store: str = name_of("cutout store")  # its name
    folder: str = ""  # folder of images; its subfolders are read too
    survey: str = ""  # survey of the images
    kind: Literal["pictures"] = KIND
    labels: str = ""  # name of the uploaded table in `labels`, with a row per image
    size: int = within(SIZE, *SIZES)  # pixels per side
    # arcsec per pixel of the files; null: as in FITS headers, else unknown
    pixscale_arcsec: float | None = within(None, 0.001, 60)
    tree: str = DEFAULT  # decision tree of the votes
    origin: Origin = "real"  # what was imaged
    title: str = ""  # its title; by default the name of the folder
    source: str = ""  # where the images are from, in words


def read_pictures(config: Mapping[str, Any]) -> PicturesConfig:
    """The configuration of a run; MorphError names what is wrong."""
    return read_dataclass(PicturesConfig, config)


def folders_offered(root: Path) -> list[str]:
    """The names of the folders in ``images`` of the home."""
    found = (path.name for path in (root / SHARED).glob("[!.]*/") if path.is_dir())
    return sorted(found)


def folder_called(root: Path, text: str, *, anywhere: bool) -> Path:
    """The folder that a person typed; MorphError as `_allowed`, or if it is none."""
    path = _allowed(root, text, anywhere=anywhere)
    if not path.is_dir():
        raise MorphError(f"{path} is not a folder on the computer of the dashboard")
    return path


def table_called(root: Path, text: str, *, anywhere: bool) -> Path:
    """The table that a person typed; MorphError as `_allowed`, or if it is no file."""
    path = _allowed(root, text, anywhere=anywhere)
    if not path.is_file():
        raise MorphError(f"{path} is not a file on the computer of the dashboard")
    if path.stat().st_size > MAX_BYTES:
        raise MorphError(
            f"{path.name} is larger than {MAX_BYTES // 10**6} MB; keep only columns of "
            f"names, positions and votes, or use `{command('pictures')}`"
        )
    return path


def _allowed(root: Path, text: str, *, anywhere: bool) -> Path:
    """The path that a person typed, without links.

    Unless it may be ``anywhere``, as for the person at the computer, it must be inside
    ``images`` of the home. MorphError if it is not.
    """
    allowed = (root / SHARED).resolve()
    try:
        path = (allowed / Path(text).expanduser()).resolve()
    except (RuntimeError, ValueError, OSError) as error:  # ~nobody, or no path at all
        raise MorphError(f"{text[:80]!r} is not a path ({error})") from error
    if not anywhere and not path.is_relative_to(allowed):
        raise MorphError(
            f"on a shared dashboard, images and tables are read inside {allowed} only; "
            "move or copy them there"
        )
    return path


def refuse_existing(store: Path) -> None:
    """MorphError if a folder is a store already, or one that is being downloaded.

    A download that was interrupted has no manifest; it would continue in the new store.
    """
    if (store / MANIFEST).exists() or (store / JOURNAL).exists():
        raise MorphError(
            f"there is already a cutout store {store.name}, maybe not finished; choose "
            f"another name, or delete {store}"
        )


def begin(root: Path, wanted: PicturesConfig, labels: bytes | None = None) -> Path:
    """The folder of the run that does it: an unfinished one of the same, or a new one.

    ``labels`` is an uploaded table. RunError if the store is being made; MorphError if
    there is one already, or the table cannot be read.
    """
    refuse_existing(cutouts_folder(root, wanted.store))
    begun = unfinished(
        runs_to(list_runs(root), wanted.store),
        lambda run: _is_same(run, wanted, labels),
        busy=f"the cutout store {wanted.store} is being made",
    )
    if begun is not None:
        return begun
    if labels is not None:  # in limits of memory and time, before the run reads it
        read_cells(labels, wanted.labels, Wanted(first=1))

    def fill(folder: Path) -> None:
        if labels is not None:
            (folder / LABELS).mkdir()
            labels_of(folder, wanted).write_bytes(labels)

    values = asdict(wanted)
    return new_run(root, wanted.store, lambda name: values, fill=fill)


def labels_of(folder: Path, config: PicturesConfig) -> Path:
    """The uploaded table in the folder of a run."""
    return folder / LABELS / Path(config.labels).name


def _is_same(run: RunState, wanted: PicturesConfig, labels: bytes | None) -> bool:
    try:
        if read_pictures(read_run(run.folder).config) != wanted:
            return False
    except MorphError:
        return False
    path = labels_of(run.folder, wanted)
    return labels is None or (path.is_file() and path.read_bytes() == labels)
