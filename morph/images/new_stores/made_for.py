"""Releases whose galaxies a store was made of, so that their galleries can show it.

The names of the galaxies are then the same in both. A release itself does not change;
the store notes it in ``releases.json``.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from morph.atomic import write_json
from morph.errors import MorphError
from morph.images.store_manifest import read_store_manifest
from morph.release.manifest import SIMULATED, Manifest

_NOTE = "releases.json"


def note_release(store: Path, release_id: str) -> None:
    """Note that the galaxies of a store are of this release too."""
    releases = [*noted_releases(store), release_id]
    write_json(store / _NOTE, {"releases": list(dict.fromkeys(releases))})


def refuse_simulated(release: Manifest) -> None:
    """MorphError if the galaxies of a release are simulated, so not on the sky."""
    if release.origin in SIMULATED:
        raise MorphError(
            f"the galaxies of {release.release_id} are simulated, so no survey has "
            "images of them; choose a release of real galaxies"
        )


def store_names(root: Path, manifest: Manifest) -> tuple[str, ...]:
    """The cutout stores of a release: its own, then those that were made for it.

    The latter are finished stores of the survey whose images were classified.
    """
    made = () if manifest.origin in SIMULATED else _made_for(root, manifest)
    return tuple(dict.fromkeys((*manifest.cutouts, *made)))


def _made_for(root: Path, manifest: Manifest) -> Iterator[str]:
    for path in sorted((root / "cutouts").glob(f"[!.]*/{_NOTE}")):
        store = path.parent
        if manifest.release_id not in noted_releases(store):
            continue
        with suppress(MorphError):  # it is not finished
            if read_store_manifest(store).survey == manifest.survey:
                yield store.name


def noted_releases(store: Path) -> tuple[str, ...]:
    """The releases whose galaxies a store was made for."""
    path = store / _NOTE
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=256)
def _read(path: Path, changed_ns: int) -> tuple[str, ...]:
    """The releases in a note; none if it cannot be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))["releases"]
        return tuple(one for one in value if isinstance(one, str))
    except (ValueError, KeyError, TypeError):
        return ()
