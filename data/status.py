"""Contents of MORPH_HOME, and which releases are in the catalogue.

Imports must be fast here, so that the command answers at once.
"""

from pathlib import Path
from typing import Any

from morph.catalogue.connection import look
from morph.catalogue.contents import manifest_sha256, read_contents, waiting
from morph.catalogue.release_table import releases
from morph.errors import CatalogueHeld, DamagedRelease, MorphError
from morph.home import catalogue_path
from morph.images.store_manifest import read_store_manifest
from morph.release.kinds import kind_of
from morph.release.manifest import MANIFEST, Manifest, read_manifest
from morph.runs.lifecycle import RunState, list_runs

Entry = dict[str, Any]


def read_status(root: Path) -> Entry:
    """Releases, images and runs, as printed by ``status --json``.

    Works while another process has the catalogue open ("held"); which releases are
    loaded is then known only from a dashboard's own record.
    """
    catalogue, states, loaded = _catalogue(root)
    folders = sorted(p.parent for p in (root / "releases").glob(f"[!.]*/{MANIFEST}"))
    entries = [_release(folder, states, catalogue["state"]) for folder in folders]
    here = {entry["release"] for entry in entries}
    entries += [
        described(manifest) | {"state": "loaded", "message": "its folder is gone"}
        for manifest in loaded
        if manifest.release_id not in here
    ]
    stores = [_store(folder) for folder in sorted((root / "cutouts").glob("[!.]*/"))]
    return {
        "home": str(root),
        "catalogue": catalogue,
        "releases": entries,
        "cutouts": stores,
        "images": sum(entry.get("images", 0) for entry in stores),
        "runs": [_run(run) for run in list_runs(root)],
    }


def _catalogue(root: Path) -> tuple[Entry, dict[str, tuple[str, str]], list[Manifest]]:
    """State of the catalogue, of releases not loaded, and the loaded manifests."""
    path = catalogue_path(root)
    entry = {"path": str(path), "state": "none", "message": "does not exist yet"}
    if not path.exists():
        return entry, {}, []
    try:
        con = look(path)
    except CatalogueHeld as held:
        return _held(root, held, entry)
    except MorphError as error:
        return entry | {"state": "unreadable", "message": str(error)}, {}, []
    with con:
        states = {
            release.folder.name: (release.reason, release.message)
            for release in waiting(con, root / "releases")
        }
        loaded = [release.manifest for release in releases(con)]
    message = f"{_loaded(len(loaded))}; no dashboard has it open"
    return entry | {"state": "free", "message": message}, states, loaded


def _held(
    root: Path, held: CatalogueHeld, entry: Entry
) -> tuple[Entry, dict[str, tuple[str, str]], list[Manifest]]:
    """State of the catalogue while another process has it open."""
    now = read_contents(root, held.pid)
    entry = entry | {"state": "held", "pid": held.pid}
    if now is None:
        return entry | {"message": f"open in {held.holder}"}, {}, []
    message = f"{_loaded(len(now.loaded))}, open in the dashboard ({held.holder})"
    states = {name: ("refused", why) for name, why in now.refused.items()}
    for folder in (root / "releases").glob(f"[!.]*/{MANIFEST}"):
        name = folder.parent.name
        if now.loaded.get(name) == manifest_sha256(folder.parent):
            states[name] = ("loaded", "")
        else:
            states.setdefault(name, ("new", "the dashboard will load it in seconds"))
    return entry | {"message": message}, states, []


def _loaded(number: int) -> str:
    return "1 release loaded" if number == 1 else f"{number} releases loaded"


def _release(folder: Path, states: dict[str, tuple[str, str]], catalogue: str) -> Entry:
    try:
        entry = described(read_manifest(folder))
    except DamagedRelease as error:
        return {"release": folder.name, "state": "damaged", "message": str(error)}
    unknown = {
        "free": ("loaded", ""),
        "held": ("published", "unknown whether that process has loaded it"),
    }
    otherwise = unknown.get(catalogue, ("new", "there is no catalogue yet"))
    reason, message = states.get(folder.name, otherwise)
    return entry | {
        "state": "waiting" if reason == "new" else reason,
        "message": message,
    }


def described(manifest: Manifest) -> Entry:
    """The metadata of a release, as commands print them."""
    return {
        "release": manifest.release_id,
        "title": manifest.title,
        "origin": kind_of(manifest).images,
        "survey": manifest.survey,
        "posterior": manifest.posterior,
        "galaxies": manifest.galaxies,
        "created": manifest.created,
        "note": manifest.note,
    }


def _store(folder: Path) -> Entry:
    try:
        manifest = read_store_manifest(folder)
    except (MorphError, ValueError, TypeError, KeyError) as error:
        return {"store": folder.name, "state": "unfinished", "message": str(error)}
    return {
        "store": folder.name,
        "title": manifest.title,
        "origin": manifest.origin,
        "survey": manifest.survey,
        "images": manifest.galaxies,
        "votes": (folder / "votes.parquet").is_file(),
        "state": "finished",
    }


def _run(run: RunState) -> Entry:
    return {
        "run": run.run_id,
        "state": run.state,
        "stage": run.stage,
        "progress": round(run.progress, 3),
        "message": run.message,
        "eta_s": run.eta_s,
        "error": run.error,
    }
