"""Cutout stores of g, r, z fluxes.

A store is a folder: ``pixels.npy``, (N, B, S, S) float16 nanomaggies per pixel, of its
bands (those of g, r, z that the survey has, in this order), the highest row first (of a
survey the northern one), NaN where there are no data, finite fluxes beyond ±65,504
clipped to that; ``index.parquet`` with iauname, ra, dec and optional columns, such as
``pixscale_arcsec`` where it differs between cutouts, and ``missing``, the fraction of
pixels without data, row i describing cutout i; ``votes.parquet`` (iauname and a count
per label) if volunteers have classified the images; ``checksums.npy``, the CRC-32 of
each cutout's bytes; and ``manifest.json``, written last.
"""

import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from morph.atomic import replacing, write_json
from morph.errors import MorphError
from morph.images.blanks import halved
from morph.images.store_manifest import (
    BANDS,
    Look,
    StoreManifest,
    read_store_manifest,
)
from morph.release.manifest import ORIGINS
from morph.sky import separation_arcsec

CHECKSUMS = "checksums.npy"
_PIECE = 256  # cutouts written at a time


@dataclass(frozen=True)
class CutoutStore:
    """An open store: ``pixels`` is memory-mapped, ``index`` is in memory."""

    folder: Path
    manifest: StoreManifest
    index: pd.DataFrame
    pixels: np.ndarray  # (N, B, S, S) float16
    part: float = 1.0  # fraction of a cutout's side that these are

    @property
    def names(self) -> np.ndarray:
        return self.index["iauname"].to_numpy()

    @property
    def look(self) -> Look:
        """What its cutouts have in common for networks."""
        own = self.manifest
        scales = own.pixscale_arcsec, own.flux_pixscale_arcsec
        return Look(own.size, *scales, self.part)

    def first(self, galaxies: int) -> "CutoutStore":
        """The store with only so many of its galaxies, in its order; 0: all."""
        if not 0 < galaxies < len(self.index):
            return self
        manifest = replace(self.manifest, galaxies=galaxies)
        index, pixels = self.index.iloc[:galaxies], self.pixels[:galaxies]
        return replace(self, manifest=manifest, index=index, pixels=pixels)


def write_store(
    folder: Path,
    manifest: StoreManifest,
    index: pd.DataFrame,
    pixels: np.ndarray,
    *,
    votes: pd.DataFrame | None = None,
) -> StoreManifest:
    """Write a store, with the manifest last, so that a store with one is complete.

    ``votes`` needs the same iaunames in the same order as ``index``. Fluxes that are
    too large for float16 are clipped, which the manifest that is returned counts.
    """
    shape = (manifest.galaxies, len(manifest.bands), manifest.size, manifest.size)
    if pixels.shape != shape or len(index) != manifest.galaxies:
        raise ValueError(f"pixels {pixels.shape}, index {len(index)}; expected {shape}")
    if manifest.origin not in ORIGINS:
        raise ValueError(f"origin is {manifest.origin!r}; expected one of {ORIGINS}")
    if votes is not None and not votes["iauname"].equals(index["iauname"]):
        raise ValueError("votes must have the index's iaunames in the same order")
    clipped = _write_pixels(folder, pixels)
    manifest = replace(manifest, clipped=manifest.clipped + clipped)
    with replacing(folder / "index.parquet") as temporary:
        index.to_parquet(temporary, index=False)
    if votes is not None:
        with replacing(folder / "votes.parquet") as temporary:
            votes.to_parquet(temporary, index=False)
    write_json(folder / "manifest.json", asdict(manifest))
    return manifest


def _write_pixels(folder: Path, pixels: np.ndarray) -> int:
    """Write (N, B, S, S) fluxes and their checksums; the number of clipped cutouts."""
    clipped, checksums = 0, []
    header = np.lib.format.header_data_from_array_1_0(np.empty(0, np.float16))
    # Not through a memory map, in which a full disk would end the process.
    with replacing(folder / "pixels.npy") as temporary, temporary.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header | {"shape": pixels.shape})
        for start in range(0, len(pixels), _PIECE):
            piece, beyond = halved(pixels[start : start + _PIECE])
            file.write(np.ascontiguousarray(piece).data)
            checksums.append(checksums_of(piece))
            clipped += beyond
    write_checksums(folder, np.concatenate(checksums))
    return clipped


def checksums_of(pixels: np.ndarray) -> np.ndarray:
    """(N,) uint32 CRC-32 of the float16 bytes of each cutout."""
    cutouts = (one.astype("<f2", copy=False).tobytes() for one in pixels)
    return np.fromiter(map(zlib.crc32, cutouts), np.uint32, len(pixels))


def write_checksums(folder: Path, checksums: np.ndarray) -> None:
    """Write the checksums of a store's cutouts, (N,) uint32."""
    with replacing(folder / CHECKSUMS) as temporary, temporary.open("wb") as file:
        np.save(file, checksums)


def open_store(folder: Path) -> CutoutStore:
    """Open a store read-only; MorphError if it is unfinished or inconsistent."""
    manifest = read_store_manifest(folder)
    index = read_table(folder / "index.parquet")
    try:
        pixels = np.load(folder / "pixels.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise MorphError(
            f"{folder / 'pixels.npy'} cannot be read ({error}); make the store again"
        ) from error
    if len(index) != manifest.galaxies or len(pixels) != manifest.galaxies:
        raise MorphError(
            f"{folder}: {len(pixels):,} cutouts and {len(index):,} index rows, but the "
            f"manifest says {manifest.galaxies:,}; make the store again"
        )
    return CutoutStore(folder, manifest, index, pixels)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table of a store, or some columns; MorphError if it is damaged or has none."""
    try:
        table = pd.read_parquet(path, columns=columns)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise MorphError(
            f"{path} cannot be read ({error}); make the store again"
        ) from error
    if "iauname" not in table.columns:
        raise MorphError(f"{path} has no column iauname; make the store again")
    return table


def encode_jpeg(pixels: np.ndarray, *, width: int | None = None) -> bytes:
    """Encode an (H, W, 3) uint8 image as JPEG, optionally resized to ``width``."""
    image = Image.fromarray(pixels)
    if width is not None and width != image.width:
        size = (width, round(image.height * width / image.width))
        image = image.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, subsampling=0)  # full colour resolution
    return buffer.getvalue()


def find_cutout(folder: Path, iauname: str) -> np.ndarray | None:
    """(3, S, S) float32 fluxes of one galaxy, or None if it is not in the store.

    Bands that the store does not have are NaN, as pixels without data are. Open stores
    are cached, so another cutout costs one read of its pixels.
    """
    store, rows = _cached(folder)
    row = rows.get(iauname)
    if row is None:
        return None
    held = np.asarray(store.pixels[row], dtype=np.float32)
    if store.manifest.bands == BANDS:
        return held
    flux = np.full((len(BANDS), *held.shape[1:]), np.nan, dtype=np.float32)
    for place, band in enumerate(store.manifest.bands):
        flux[BANDS.index(band)] = held[place]
    return flux


def pixscale_of(folder: Path, iauname: str) -> float | None:
    """Arcsec per pixel of the cutout of a galaxy, None if it is unknown."""
    store, rows = _cached(folder)
    if store is None or store.manifest.pixscale_arcsec is not None:
        return store and store.manifest.pixscale_arcsec
    if iauname not in rows or "pixscale_arcsec" not in store.index:
        return None
    scale = float(store.index["pixscale_arcsec"].iloc[rows[iauname]])
    return scale if np.isfinite(scale) else None


def cutout_at(
    folder: Path, ra: float, dec: float, *, radius_arcsec: float
) -> tuple[str, float] | None:
    """iauname and distance, in arcsec, of the cutout nearest to a position.

    None if there is no store, or no cutout within the radius.
    """
    store, _ = _cached(folder)
    if store is None or not {"ra", "dec"} <= set(store.index.columns):
        return None
    index = store.index
    near = index[(index["dec"] - dec).abs() <= 2 * radius_arcsec / 3600]
    near = near[near["ra"].notna()]
    positions = near["ra"].to_numpy(float), near["dec"].to_numpy(float)
    apart = separation_arcsec(*positions, from_ra=ra, from_dec=dec)
    if not len(near) or apart.min() > radius_arcsec:
        return None
    nearest = int(apart.argmin())
    return near["iauname"].iloc[nearest], float(apart[nearest])


def names_with_cutout(folder: Path, names: Iterable[str]) -> set[str]:
    """Those of ``names`` with a cutout in the store; none if there is no store."""
    _, rows = _cached(folder)
    return {name for name in names if name in rows}


def names_in(folder: Path) -> set[str]:
    """The iaunames of all cutouts of a store; none if there is no store."""
    return set(_cached(folder)[1])


def _cached(folder: Path) -> tuple[CutoutStore | None, dict[str, int]]:
    """A store and the row of each galaxy; None and no rows if it is not finished."""
    path = folder / "manifest.json"
    return _opened(folder, path.stat().st_mtime_ns) if path.is_file() else (None, {})


@lru_cache(maxsize=16)
def _opened(folder: Path, modified_ns: int) -> tuple[CutoutStore, dict[str, int]]:
    store = open_store(folder)
    return store, {name: row for row, name in enumerate(store.names)}
