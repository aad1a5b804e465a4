"""Versions of packages, sizes of files, and available cutouts."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from morph.errors import MorphError
from morph.home import catalogue_path, cutouts_folder, workspace_path
from morph.images.new_stores.made_for import store_names
from morph.images.store import StoreManifest, names_with_cutout, read_store_manifest
from morph.release.folder import Manifest

PACKAGES = ("streamlit", "duckdb", "numpy", "pandas", "scipy", "plotly", "faiss-cpu")


def versions() -> dict[str, str]:
    """Versions of Python and the main packages."""
    return {"Python": platform.python_version()} | {p: version(p) for p in PACKAGES}


def sizes(root: Path) -> dict[str, int]:
    """Bytes of the catalogue, the workspace and each data folder."""
    files = {"catalogue": catalogue_path(root), "workspace": workspace_path(root)}
    sizes = {name: _bytes(path) for name, path in files.items()}
    for name in ("releases", "cutouts", "runs"):
        sizes[name] = sum(_bytes(path) for path in (root / name).rglob("*"))
    return sizes


def stores(root: Path) -> dict[str, StoreManifest]:
    """The finished cutout stores by name."""
    manifests = {}
    for folder in sorted((root / "cutouts").glob("[!.]*/")):
        try:
            manifests[folder.name] = read_store_manifest(folder)
        except MorphError:
            continue  # unfinished, or of another version
    return manifests


def pictured(root: Path, manifest: Manifest, names: Sequence[str]) -> int:
    """How many of a release's galaxies have a cutout in its stores."""
    folders = (cutouts_folder(root, store) for store in store_names(root, manifest))
    return len(set().union(*(names_with_cutout(f, names) for f in folders)))


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
