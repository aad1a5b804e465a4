"""Metadata of a cutout store, ``manifest.json``, and what networks see of one."""

import json
from dataclasses import dataclass
from pathlib import Path

from morph.errors import MorphError
from morph.release.manifest import SIMULATED, Origin
from morph.runs.config_parts import ImageConfig
from morph.wording import command

BANDS = ("g", "r", "z")
FORMAT = 2  # the highest row first; earlier stores, of no format, may be upside down
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
    unit: str = "nanomaggy"  # of a flux, per pixel of `flux_pixscale_arcsec`
    bands: tuple[str, ...] = BANDS
    # Side of the pixel that fluxes are per. Resampling keeps the surface brightness, so
    # it is that before the resampling; null: unknown.
    flux_pixscale_arcsec: float | None = None
    clipped: int = 0  # cutouts with fluxes that were cut to ±65,504
    format: int = FORMAT  # in which order rows are; without it, of an earlier version


@dataclass(frozen=True)
class Look:
    """What images must have in common to be seen by the same network."""

    size: int  # pixels per side
    pixscale_arcsec: float | None  # None: unknown, or that of each galaxy
    flux_pixscale_arcsec: float | None = (
        None  # of the pixel that fluxes are per, if known
    )
    part: float = 1.0  # fraction of a cutout's side that is seen

    def __str__(self) -> str:
        words = f"{self.size} pixels{at_scale(self.pixscale_arcsec)}"
        if self.pixscale_arcsec is None:
            return words + (f", {self.part:.3g} of the side" if self.part < 1 else "")
        flux_scale = self.flux_pixscale_arcsec or self.pixscale_arcsec
        if _same(flux_scale, self.pixscale_arcsec):
            return words
        return f"{words}, with fluxes per pixel of {flux_scale:.4g} arcsec"

    def fits(self, other: "Look") -> bool:
        """Whether a network sees both alike; scales may differ by rounding.

        Without pixel scales, such as of images cut to their galaxies' sizes, the same
        fraction of the images must be seen.
        """
        if self.size != other.size:
            return False
        if self.pixscale_arcsec is None or other.pixscale_arcsec is None:
            return self.pixscale_arcsec is other.pixscale_arcsec and _same(
                self.part, other.part
            )
        fluxes = self.flux_pixscale_arcsec, other.flux_pixscale_arcsec
        return _same(self.pixscale_arcsec, other.pixscale_arcsec) and (
            None in fluxes or _same(*fluxes)
        )


def look_of(name: str, manifest: StoreManifest, image: ImageConfig) -> Look:
    """What a network sees of a store's cutouts, cropped and binned.

    Bins are averaged, so that fluxes stay per pixel of the store. MorphError if the
    cutouts are too small for the crop, or it would not be centred on the galaxy.
    """
    whole, kept = manifest.size, image.crop or manifest.size
    own = f"{name} has cutouts of {whole} pixels{at_scale(manifest.pixscale_arcsec)}"
    if kept > whole:
        raise MorphError(
            f"{own}, too few for image.crop, {kept}; choose a store with larger "
            "cutouts, or a smaller crop"
        )
    if (whole - kept) % 2:
        raise MorphError(
            f"{own}; the central {kept} (image.crop) would be half a pixel off the "
            f"galaxy. Set image.crop to an {'even' if whole % 2 == 0 else 'odd'} number"
        )
    if kept % image.rebin:
        sizes = range(image.rebin, whole, image.rebin)
        possible = [size for size in sizes if (whole - size) % 2 == 0]
        remedy = f"set image.crop to {possible[-1]}, say" if possible else "change it"
        raise MorphError(f"{own}, no multiple of image.rebin, {image.rebin}; {remedy}")
    scale = manifest.pixscale_arcsec
    return Look(
        kept // image.rebin,
        None if scale is None else scale * image.rebin,
        manifest.flux_pixscale_arcsec or (scale if image.rebin > 1 else None),
        kept / whole,
    )


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-4 * other


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


def as_cropped(image: ImageConfig) -> str:
    """Such as ", cropped to 128 pixels and binned by 2", for a sentence; or nothing."""
    done = [f"cropped to {image.crop} pixels"] if image.crop else []
    done += [f"binned by {image.rebin}"] if image.rebin > 1 else []
    return f", {' and '.join(done)}" if done else ""


def read_store_manifest(folder: Path) -> StoreManifest:
    """Read the metadata of a store.

    MorphError if it is not finished, or has another format. Stores of simulated
    galaxies, which have no north, did not change.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise MorphError(
            f"{folder} is not a finished cutout store (no manifest.json); repeat the "
            "command that makes it: an interrupted download continues"
        )
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        manifest = StoreManifest(**value | {"bands": tuple(value["bands"])})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MorphError(
            f"{path} cannot be read as the manifest of a cutout store ({error}); "
            "make the store again"
        ) from error
    if "format" not in value and manifest.origin not in SIMULATED:
        raise MorphError(
            f"the images of the cutout store {folder.name} may be upside down: it was "
            "made before 30 November 2026; to correct it: "
            + command("stores", "turn", folder.name)
        )
    if manifest.format != FORMAT:
        raise MorphError(
            f"{path} has the format {manifest.format!r}, and this version reads "
            f"{FORMAT}; use the version of morph that made it"
        )
    return manifest
