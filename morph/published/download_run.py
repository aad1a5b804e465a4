"""Runs that download a published catalogue: their configuration, and how one begins.

The configuration has a copy of the catalogue, so that a run is resumed as it was begun
whatever happens to the TOML.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from morph.errors import MorphError
from morph.published.catalogue_file import PublishedCatalogue, catalogue_called
from morph.release.manifest import MANIFEST
from morph.runs.data_runs.kinds import DOWNLOAD as KIND
from morph.runs.data_runs.unfinished import new_run, unfinished
from morph.runs.lifecycle import RunState, list_runs
from morph.trees.decision_tree import DEFAULT
from morph.typed_json import name_of, read_dataclass

FILES = "files"  # folder in the run, with what was downloaded
SOURCES = "sources.json"  # in the run: record, version, checksum and date of each file


@dataclass(frozen=True)
class DownloadRelease:
    """The release that is written."""

    release_id: str = name_of("release")  # its name


@dataclass(frozen=True)
class DownloadConfig:
    """Download a published catalogue, and write it as a release."""

    catalogue: PublishedCatalogue  # what is downloaded, as in its TOML
    release: DownloadRelease
    kind: Literal["download"] = KIND
    tree: str = DEFAULT  # decision tree of the release


def read_download(config: Mapping[str, Any]) -> DownloadConfig:
    """The configuration of a download; MorphError names what is wrong."""
    return read_dataclass(DownloadConfig, config)


def catalogue_in(root: Path, name: str, record: int) -> PublishedCatalogue:
    """The catalogue of that name, in another record of Zenodo unless it is 0."""
    catalogue = catalogue_called(root, name)
    return with_record(catalogue, record) if record else catalogue


def with_record(catalogue: PublishedCatalogue, record: int) -> PublishedCatalogue:
    """The catalogue in another record of Zenodo."""
    if not catalogue.record:
        raise MorphError(
            f"{catalogue.name} is not in a Zenodo record; leave out the record"
        )
    return replace(catalogue, record=record)


def runs_of(runs: list[RunState], name: str) -> list[RunState]:
    """The downloads of a catalogue, newest first."""
    return [run for run in runs if run.config.get("kind") == KIND and _of(run) == name]


def begin(root: Path, catalogue: PublishedCatalogue) -> Path:
    """The folder of the run that downloads a catalogue: an unfinished one, or a new.

    RunError if it is being downloaded; MorphError if it has an unknown tree.
    """
    refuse_unknown_tree(catalogue)
    begun = unfinished(
        _runs(root, catalogue.name),
        lambda run: _same_record(run, catalogue),
        busy=f"{catalogue.name} is being downloaded",
    )
    if begun is not None:
        return begun

    def config(name: str) -> dict[str, Any]:
        values = {key: _json(value) for key, value in asdict(catalogue).items()}
        release = {"release_id": name}
        tree = catalogue.tree
        return {"kind": KIND, "catalogue": values, "release": release, "tree": tree}

    return new_run(
        root,
        catalogue.name,
        config,
        taken=lambda name: (root / "releases" / name).exists(),
    )


def finished_run(root: Path, catalogue: PublishedCatalogue) -> Path | None:
    """The folder of the newest finished download of a catalogue, with its release."""
    for run in _runs(root, catalogue.name):
        if run.state == "finished" and _same_record(run, catalogue):
            return run.folder if (run.folder / "release" / MANIFEST).is_file() else None
    return None


def refuse_unknown_tree(catalogue: PublishedCatalogue) -> None:
    """Raise MorphError if this version of morph does not have its decision tree."""
    if not catalogue.has_tree:
        raise MorphError(
            f"{catalogue.name} needs the decision tree {catalogue.tree!r}, which this "
            "version of morph does not have; update morph"
        )


def _runs(root: Path, name: str) -> list[RunState]:
    return runs_of(list_runs(root), name)


def _same_record(run: RunState, catalogue: PublishedCatalogue) -> bool:
    return run.config.get("catalogue", {}).get("record") == catalogue.record


def _of(run: RunState) -> str:
    catalogue = run.config.get("catalogue")
    return str(catalogue.get("name", "")) if isinstance(catalogue, dict) else ""


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
