"""Metadata of a cutout store: ``manifest.json``."""

import json
from dataclasses import dataclass
from pathlib import Path

from morph.errors import MorphError
from morph.release.manifest import Origin

BANDS = ("g", "r", "z")
PIXSCALE_ARCSEC = 0.262  # of every Legacy Surveys coadd


@dataclass(frozen=True)
class StoreManifest:
    """Metadata of a cutout store."""

    survey: str
    origin: Origin
    title: str
    galaxies: int
    size: int  # pixels per side
    # null: unknown, or given for each galaxy in index.parquet
    pixscale_arcsec: float | None = PIXSCALE_ARCSEC
    unit: str = "nanomaggy"
    bands: tuple[str, ...] = BANDS


def lacking_bands(name: str, manifest: StoreManifest) -> str:
    """Why networks cannot use a store, in a sentence; "" if it has all bands."""
    lacking = [band for band in BANDS if band not in manifest.bands]
    if not lacking:
        return ""
    return (
        f"the cutout store {name} has the bands {', '.join(manifest.bands)}; networks "
        f"need {', '.join(BANDS)}. Choose a store of a survey that has "
        f"{' and '.join(lacking)} too"
    )


def at_scale(pixscale_arcsec: float | None) -> str:
    """Such as " at 0.262 arcsec", for a sentence; nothing for no common pixel scale."""
    return "" if pixscale_arcsec is None else f" at {pixscale_arcsec:.4g} arcsec"


def read_store_manifest(folder: Path) -> StoreManifest:
    """Read the metadata of a store; MorphError if it is not finished."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise MorphError(
            f"{folder} is not a finished cutout store (no manifest.json); make it "
            "again. `python -m data demo` makes those of the demonstration"
        )
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return StoreManifest(**value | {"bands": tuple(value["bands"])})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MorphError(
            f"{path} cannot be read as the manifest of a cutout store ({error}); "
            "make the store again"
        ) from error
