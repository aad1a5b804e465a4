"""Coadds of bricks as the Legacy Surveys publish them, with stars at known places.

The files have the layout, the compression and the headers of release 9. Bricks may have
larger pixels than the real ones, so that tests need not draw 3600 × 3600: with 1.572"
and 600 pixels they overlap by 14 pixels on each side, as the real ones by 82.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from scipy.special import ndtr

from data.cutouts.bricks.brick_grid import Brick

PIXSCALE_ARCSEC, PIXELS = 1.572, 600
SIGMA = 1.8  # pixels, of a star: a seeing of 1.1" in real pixels
WEIGHT = 4e4  # inverse variance, 1/nanomaggy²
BANDS = {"g": 0.5, "r": 1.0, "z": 1.6}  # flux in each, of that in r
_TILE = (100, 100)
Planes = dict[str, np.ndarray]


@dataclass(frozen=True)
class Star:
    """A star, or a small round galaxy: degrees, nanomaggies in r."""

    ra: float
    dec: float
    flux: float


@dataclass(frozen=True)
class Made:
    """How bricks are made; ``change`` edits the pixels of one, by kind and band."""

    pixels: int = PIXELS
    pixscale_arcsec: float = PIXSCALE_ARCSEC
    release: int = 9010
    noise: float = 0.0  # nanomaggies
    flat: bool = False  # all files in one folder
    header: Mapping[str, Any] | None = None  # in place of what would be there
    change: Callable[[Planes], None] | None = None


def add_star(image: np.ndarray, x: float, y: float, flux: float, sigma: float) -> None:
    """Add the light of a Gaussian, integrated over each pixel, in place."""
    reach = int(np.ceil(8 * sigma))
    height, width = image.shape
    if not (-reach < x < width + reach and -reach < y < height + reach):
        return
    profiles, places = [], []
    for centre, length in ((y, height), (x, width)):
        start = max(int(centre) - reach, 0)
        stop = min(int(centre) + reach, length)
        if stop <= start:
            return
        edges = ndtr((np.arange(start, stop + 1) - 0.5 - centre) / sigma)
        profiles.append(np.diff(edges))
        places.append(slice(start, stop))
    image[tuple(places)] += flux * np.outer(*profiles)


def tan_header(
    ra: float, dec: float, pixels: int, pixscale_arcsec: float
) -> fits.Header:
    """A TAN projection centred on a position: north up, east left."""
    step, middle = pixscale_arcsec / 3600, (pixels + 1) / 2
    keys = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": ra, "CRVAL2": dec}
    keys |= {"CRPIX1": middle, "CRPIX2": middle, "CD1_1": -step, "CD1_2": 0.0}
    keys |= {"CD2_1": 0.0, "CD2_2": step, "EQUINOX": 2000.0}
    if dec >= 90:
        keys["LONPOLE"] = 180.0
    return fits.Header(keys)


def drawn(
    header: fits.Header,
    pixels: int,
    stars: Iterable[Star],
    sigma_arcsec: float | None = None,
) -> np.ndarray:
    """(H, W) r fluxes of stars on the pixels of a header; they are `SIGMA` pixels wide.

    With ``sigma_arcsec``, they have that width on the sky.
    """
    image = np.zeros((pixels, pixels))
    wcs = WCS(header)
    for star in stars:
        x, y = wcs.world_to_pixel_values(star.ra, star.dec)
        if np.isfinite(x):
            scale = 3600 * abs(header["CD1_1"])
            sigma = SIGMA if sigma_arcsec is None else sigma_arcsec / scale
            add_star(image, float(x), float(y), star.flux, sigma)
    return image


def write_brick(
    folder: Path, brick: Brick, stars: Iterable[Star] = (), made: Made | None = None
) -> Path:
    """Write the files of a brick; the folder that they are in."""
    made = made or Made()
    place = folder if made.flat else folder / "coadd" / brick.name[:3] / brick.name
    place.mkdir(parents=True, exist_ok=True)
    header = _header(brick, made)
    planes = _planes(drawn(header, made.pixels, stars), made, seed=brick.number)
    for name, plane in planes.items():
        kind, _, band = name.partition("-")
        path = place / f"legacysurvey-{brick.name}-{name}.fits.fz"
        keys = _of(kind, band) | dict(made.header or {})
        _write(path, plane, fits.Header(dict(header) | keys))
    return place


def _planes(light: np.ndarray, made: Made, *, seed: int) -> Planes:
    rng = np.random.default_rng(seed)
    planes: Planes = {}
    for band, part in BANDS.items():
        noise = rng.normal(0, made.noise, light.shape) if made.noise else 0.0
        # Not exactly 0: that is what the coadds have where there are no data.
        planes[f"image-{band}"] = (part * light + noise + 1e-9).astype(np.float32)
        planes[f"invvar-{band}"] = np.full(light.shape, WEIGHT, dtype=np.float32)
    planes["maskbits"] = np.zeros(light.shape, dtype=np.int16)
    if made.change:
        made.change(planes)
    return planes


def _header(brick: Brick, made: Made) -> fits.Header:
    header = tan_header(brick.ra, brick.dec, made.pixels, made.pixscale_arcsec)
    header["LSDR"] = f"DR{made.release // 1000}"
    header["DRVERSIO"] = made.release
    header["BRICK"], header["BRICKID"] = brick.name, brick.number
    header["RAMIN"], header["RAMAX"] = brick.ra_limits
    header["DECMIN"], header["DECMAX"] = brick.dec_limits
    return header


def _of(kind: str, band: str) -> dict[str, Any]:
    keys: dict[str, Any] = {"IMTYPE": kind}
    if band:
        keys["FILTERX"] = band
    if kind == "image":
        keys |= {"MAGZERO": 22.5, "BUNIT": "nanomaggy"}
    return keys


def _write(path: Path, plane: np.ndarray, header: fits.Header) -> None:
    kind = {"i": "HCOMPRESS_1", "u": "HCOMPRESS_1", "f": "RICE_1"}[plane.dtype.kind]
    # As legacypipe: steps of 0.0001 nanomaggies, 1/16 of the scatter of the weights.
    level = -1e-4 if header["IMTYPE"] == "image" else 16
    part = fits.CompImageHDU(
        plane,
        header,
        compression_type=kind,
        tile_shape=_TILE,
        quantize_level=level,
        quantize_method=2 if header["IMTYPE"] == "image" else -1,
        dither_seed=1,
    )
    fits.HDUList([fits.PrimaryHDU(), part]).writeto(path, overwrite=True)
