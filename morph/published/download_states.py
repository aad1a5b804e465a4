"""Whether each published catalogue is here: from runs, releases and the catalogue."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from morph.errors import MorphError
from morph.published.catalogue_file import PublishedCatalogue
from morph.published.download_run import runs_of
from morph.release.manifest import MANIFEST, Manifest, read_manifest
from morph.runs.lifecycle import RunState, list_runs

State = Literal[
    "not here", "needs tree", "downloading", "stopped", "here", "loading", "loaded"
]


@dataclass(frozen=True)
class CatalogueState:
    """How far one catalogue is: its newest run, and its release if there is one."""

    catalogue: PublishedCatalogue
    state: State
    run: RunState | None = None
    release: Manifest | None = None


def read_states(
    root: Path, catalogues: Sequence[PublishedCatalogue], loaded: Sequence[Manifest]
) -> list[CatalogueState]:
    """The state of each catalogue; ``loaded`` are the releases in the catalogue."""
    runs, published = list_runs(root), _manifests(root / "releases")
    return [_state(one, runs, published, loaded) for one in catalogues]


def catalogue_of(manifest: Manifest) -> str:
    """The name of the published catalogue that a release is of, "" if of none."""
    return str(source_of(manifest).get("catalogue", ""))


def downloaded_bytes(release: Manifest | None) -> int:
    """The size of the files that a release was made from; 0 if it is not known."""
    source = {} if release is None else source_of(release)
    parts = [source, source.get("external")]
    sizes = [part.get("bytes") for part in parts if isinstance(part, dict)]
    return sum(one for one in sizes if isinstance(one, int))


def source_of(manifest: Manifest) -> Mapping[str, Any]:
    """The file that a release was downloaded as: record, DOI, checksum; or nothing."""
    source = (manifest.details.source or {}).get("published")
    return source if isinstance(source, dict) else {}


def _state(
    catalogue: PublishedCatalogue,
    runs: list[RunState],
    published: Sequence[Manifest],
    loaded: Sequence[Manifest],
) -> CatalogueState:
    run = next(iter(runs_of(runs, catalogue.name)), None)
    if release := _of(loaded, catalogue.name):
        return CatalogueState(catalogue, "loaded", run, release)
    if release := _of(published, catalogue.name):
        return CatalogueState(catalogue, "loading", run, release)
    if run is not None and run.active:
        return CatalogueState(catalogue, "downloading", run)
    if run is not None and run.state == "finished":
        with suppress(MorphError):
            release = read_manifest(run.folder / "release")
            return CatalogueState(catalogue, "here", run, release)
    if not catalogue.has_tree:
        return CatalogueState(catalogue, "needs tree", run)
    if run is not None and run.startable and run.state != "created":
        return CatalogueState(catalogue, "stopped", run)
    return CatalogueState(catalogue, "not here", None)


def _of(manifests: Sequence[Manifest], name: str) -> Manifest | None:
    return next((one for one in manifests if catalogue_of(one) == name), None)


def _manifests(releases: Path) -> list[Manifest]:
    found = []
    for path in sorted(releases.glob(f"[!.]*/{MANIFEST}")):
        with suppress(MorphError):  # it is reported where it is loaded
            found.append(read_manifest(path.parent))
    return found
