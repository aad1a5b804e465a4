"""What lies under MORPH_HOME and what of it is in the catalogue."""

from collections import Counter
from pathlib import Path
from typing import Any

from morph.catalogue import connect, releases
from morph.cutouts import read_store_manifest
from morph.errors import CatalogueHeld, DamagedRelease, MorphError
from morph.home import catalogue_path
from morph.release import MANIFEST, Manifest, read_manifest
from morph.runs import list_runs
from morph.syncing import waiting

Entry = dict[str, Any]


def read_status(root: Path) -> Entry:
    """Everything there, as it is printed by ``status --json``.

    Works while another process holds the catalogue ("held"): then the releases are told
    from their folders, all of which the dashboard loads by itself.
    """
    catalogue, states, loaded = _catalogue(root)
    folders = sorted(p.parent for p in (root / "releases").glob(f"[!.]*/{MANIFEST}"))
    found = [_release(folder, states, catalogue["state"]) for folder in folders]
    here = {entry["release"] for entry in found}
    found += [
        _described(manifest) | {"state": "loaded", "message": "its folder is gone"}
        for manifest in loaded
        if manifest.release_id not in here
    ]
    stores = [_store(folder) for folder in sorted((root / "cutouts").glob("[!.]*/"))]
    return {
        "home": str(root),
        "catalogue": catalogue,
        "releases": found,
        "cutouts": stores,
        "images": sum(entry.get("images", 0) for entry in stores),
        "runs": dict(sorted(Counter(run.state for run in list_runs(root)).items())),
    }


def describe(status: Entry) -> str:
    """The status as lines for a person."""
    releases = [_release_line(entry) for entry in status["releases"]]
    stores = [_store_line(entry) for entry in status["cutouts"]]
    runs = ", ".join(f"{n} {state}" for state, n in status["runs"].items())
    lines = [
        f"MORPH_HOME {status['home']}",
        f"Catalogue: {status['catalogue']['message']}",
        *(["Releases:", *releases] if releases else ["Releases: none"]),
        *(["Cutouts:", *stores] if stores else ["Cutouts: none"]),
        f"Runs: {runs or 'none'}",
    ]
    return "\n".join(lines)


def _catalogue(root: Path) -> tuple[Entry, dict[str, tuple[str, str]], list[Manifest]]:
    """The catalogue's own state, those of releases that wait, and what is loaded."""
    path = catalogue_path(root)
    entry = {"path": str(path), "state": "none", "message": "not made yet"}
    if not path.exists():
        return entry, {}, []
    try:
        con = connect(path)
    except CatalogueHeld as error:
        in_use = f"in use by {error.holder}, as it is while the dashboard runs"
        return entry | {"state": "held", "message": in_use}, {}, []
    except MorphError as error:
        return entry | {"state": "unreadable", "message": str(error)}, {}, []
    with con:
        states = {
            found.folder.name: (found.reason, found.message)
            for found in waiting(con, root / "releases")
        }
        loaded = [found.manifest for found in releases(con)]
    return entry | {"state": "free", "message": f"{len(loaded)} loaded"}, states, loaded


def _release(folder: Path, states: dict[str, tuple[str, str]], catalogue: str) -> Entry:
    try:
        entry = _described(read_manifest(folder))
    except DamagedRelease as error:
        return {"release": folder.name, "state": "damaged", "message": str(error)}
    if catalogue == "free":
        reason, message = states.get(folder.name, ("loaded", ""))
    elif catalogue == "held":
        reason, message = "published", "the dashboard loads it by itself"
    else:
        reason, message = "new", "no catalogue to be loaded in yet"
    return entry | {
        "state": "waiting" if reason == "new" else reason,
        "message": message,
    }


def _described(manifest: Manifest) -> Entry:
    return {
        "release": manifest.release_id,
        "title": manifest.title,
        "origin": manifest.origin,
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


def _release_line(entry: Entry) -> str:
    if "galaxies" not in entry:
        return f"  {entry['release']}: {entry['state']}. {entry['message']}"
    why = f" ({entry['message']})" if entry["message"] else ""
    return (
        f"  {entry['release']}: {entry['galaxies']:,} galaxies, {entry['survey']}, "
        f"{entry['origin']}, {entry['state']}{why}. {entry['title']}"
    )


def _store_line(entry: Entry) -> str:
    if "images" not in entry:
        return f"  {entry['store']}: {entry['state']}. {entry['message']}"
    votes = ", with votes" if entry["votes"] else ""
    return (
        f"  {entry['store']}: {entry['images']:,} images, {entry['survey']}, "
        f"{entry['origin']}{votes}. {entry['title']}"
    )
