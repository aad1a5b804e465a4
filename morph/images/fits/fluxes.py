"""Fluxes in g, r, z of a FITS image, by the bands that its headers name."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
from astropy import units as u
from astropy.io import fits

from morph.errors import MorphError
from morph.images.decoded_image import SIDES, Decoded, check_sides
from morph.images.fits.bands import ORDER, band_of_image, bands_of_planes, listed
from morph.images.fits.centre import centre_in
from morph.images.fits.pixel_masks import excluded, is_flux
from morph.images.fits.pixel_scale import pixscale_arcsec
from morph.images.fits.row_order import rows_go_up
from morph.images.stretch import SCALES
from morph.wording import printable

NEEDED = ("g", "r", "z")
# Fluxes times these are of similar brightness: those of the stretch; i is between.
_SCALES = dict(zip(NEEDED, SCALES, strict=True)) | {"i": 2.7}
_MOST_PLANES, _MOST_PARTS = 16, 64
_TOO_BRIGHT = 5  # times white
_NO_FLUX = 1e15  # larger values mean that a pixel is blank
_MISSING = (-99.0, -999.0, -9999.0, -99999.0)  # in place of fluxes
Header = Mapping[str, Any]


@dataclass(frozen=True)
class _Plane:
    """One band of an image: its name, "" if unknown, and its fluxes."""

    band: str
    flux: np.ndarray  # (H, W)


def read_fits(opened: BinaryIO) -> Decoded:
    """The fluxes of the first cube of bands, or of images of one band each.

    Rows are in the order of a JPEG, the highest first.
    MorphError if the bands are not known; ValueError if the file is broken.
    """
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # not all follow the standard
            fits.open(opened, memmap=False) as file,
        ):
            parts = list(islice(file, _MOST_PARTS))  # a broken file may have no end
            return _decoded([p for p in parts if len(_shape(p)) >= 2], parts[0].header)
    except fits.VerifyError as error:
        raise ValueError(str(error)) from error


def _decoded(parts: Sequence[Any], primary: Header) -> Decoded:
    images = [part for part in parts if is_flux(part.header)]
    cubes = [part for part in images if len(_shape(part)) == 3]
    used = cubes[:1] or [part for part in images if len(_shape(part)) == 2]
    if not used:
        shapes = ", ".join(str(part.shape) for part in images) or "none"
        raise MorphError(
            "it has no image of one or more bands, (bands, height, width); the shapes "
            f"of its images are: {shapes}"
        )
    for part in used:
        _check(part)
    notices: list[str] = []
    if len(cubes) > 1:
        notices.append(f"The file has {len(cubes)} cubes; the first was used.")
    planes = (_planes_of_cube if cubes else _planes)(used, primary, notices)
    flux = _in_needed_bands(_without_bad_pixels(planes, parts, notices), notices)
    flux *= _nanomaggies(used[0].header.get("BUNIT", primary.get("BUNIT")), notices)
    if np.nanmedian(flux[1]) * _SCALES["r"] > _TOO_BRIGHT:
        notices.append(
            "Half of the pixels are far too bright; expected fluxes in nanomaggies per "
            "pixel, with the sky subtracted."
        )
    scale = _common_scale([pixscale_arcsec(p.header, primary, notices) for p in used])
    if rows_go_up(dict(primary) | dict(used[0].header)):
        flux = flux[:, ::-1]
    return Decoded(
        np.ascontiguousarray(flux),
        scale,
        tuple(dict.fromkeys(notices)),
        centre=centre_in(used[0].header, primary, flux.shape[1:]),
    )


def _common_scale(scales: Sequence[float | None]) -> float | None:
    if len({round(scale, 3) for scale in scales if scale}) > 1:
        raise MorphError(
            f"the pixels of its bands are {scales} arcsec wide; expected the same "
            "pixel grid in all bands"
        )
    return max(filter(None, scales), default=None)


def _without_bad_pixels(
    planes: Sequence[_Plane], parts: Sequence[Any], notices: list[str]
) -> list[_Plane]:
    """The bands, with NaN where the file's masks and weights exclude a pixel."""
    masks = [part for part in parts if not is_flux(part.header)]
    bad = excluded(
        masks, [plane.band for plane in planes], planes[0].flux.shape, notices
    )
    nan = np.float32(np.nan)
    return [
        _Plane(plane.band, np.where(pixels, nan, plane.flux))
        for plane, pixels in zip(planes, bad, strict=True)
    ]


def _shape(part: Any) -> tuple[int, ...]:
    """The shape (bands, height, width) or (height, width); () for what is no image.

    Leading axes of length 1 (Stokes or frequency, for example) do not count, and the
    bands may be the last axis.
    """
    if not part.is_image or len(getattr(part, "shape", None) or ()) < 2:
        return ()
    shape = tuple(part.shape)
    shape = (*(length for length in shape[:-2] if length != 1), *shape[-2:])
    return (shape[2], *shape[:2]) if _bands_last(shape) else shape


def _bands_last(shape: Sequence[int]) -> bool:
    return len(shape) == 3 and shape[2] in (3, 4) and min(shape[:2]) >= SIDES[0]


def _check(part: Any) -> None:
    shape = _shape(part)
    check_sides(shape[-1], shape[-2])
    if len(shape) == 3 and shape[0] > _MOST_PLANES:
        raise MorphError(
            f"it has {shape[0]} planes; expected one per band: g, r, z or g, r, i, z"
        )
    if part.header.get("BITPIX") == 8 and "BSCALE" not in part.header:
        raise MorphError(
            "its pixels are 8-bit colours, not fluxes; save it as PNG or JPEG"
        )


def _values(part: Any) -> np.ndarray:
    values = np.array(part.data, dtype=np.float32).squeeze()
    if values.shape != _shape(part):
        values = np.ascontiguousarray(np.moveaxis(values, -1, 0))
    values[np.abs(values) > _NO_FLUX] = np.nan
    if part.header.get("BITPIX", 0) < 0:
        values[np.isin(values, _MISSING)] = np.nan
    return values


def _planes_of_cube(
    parts: Sequence[Any], primary: Header, notices: list[str]
) -> list[_Plane]:
    (part,) = parts
    number = _shape(part)[0]
    bands = bands_of_planes(part.header, number) or bands_of_planes(primary, number)
    if not bands and number in (3, 4):
        bands = NEEDED if number == 3 else ORDER
        notices.append(
            f"The header names no bands; the planes were taken as {listed(bands)}."
        )
    if not bands:
        raise MorphError(
            f"it has {number} planes and its header names no bands; expected g, r, z "
            "or g, r, i, z. Name them in the header, such as BANDS = 'grz'"
        )
    if bands != NEEDED and set(NEEDED) <= set(bands):
        notices.append(f"Bands g, r, z were taken from the planes {listed(bands)}.")
    return [_Plane(*one) for one in zip(bands, _values(part), strict=True)]


def _planes(parts: Sequence[Any], primary: Header, notices: list[str]) -> list[_Plane]:
    """Of images of one band each."""
    headers = [part.header for part in parts]
    if len(parts) == 1:
        headers = [{**primary, **headers[0]}]
    bands = [band_of_image(header) for header in headers]
    if len(parts) > 1 and not set(bands) & set(ORDER):
        raise MorphError(
            f"it has {len(parts)} images and their headers do not name g, r or z; "
            "name the band of each in its header, such as FILTER = 'r'"
        )
    known = [
        (band, part)
        for band, part in zip(bands, parts, strict=True)
        if len(parts) == 1 or band in ORDER
    ]
    shapes = {_shape(part) for _, part in known}
    if len(shapes) > 1:
        raise MorphError(
            f"its bands have different shapes, {listed(map(str, shapes))}; expected "
            "the same pixels in all bands"
        )
    if len(parts) > 1:
        notices.append(f"Images of the bands {listed(b for b, _ in known)} were used.")
    return [_Plane(band, _values(part)) for band, part in known]


def _in_needed_bands(planes: Sequence[_Plane], notices: list[str]) -> np.ndarray:
    """(3, H, W) fluxes; a band without data is estimated from the nearest one."""
    names = [plane.band for plane in planes]
    if len(planes) == 1 and names[0] not in ORDER:
        named = f", {names[0]}," if names[0] else ""
        notices.append(f"Its only band{named} was taken as r.")
        planes = [_Plane("r", planes[0].flux)]
    held = _with_data(planes)
    near = {
        band: min(held, key=lambda b: abs(ORDER.index(b) - ORDER.index(band)))
        for band in NEEDED
    }
    for source in dict.fromkeys(near.values()):
        of = [band for band, one in near.items() if one == source != band]
        if of:
            how = "empty" if set(of) <= set(names) else "missing"
            which = f"Bands {listed(of)} are" if len(of) > 1 else f"Band {of[0]} is"
            notices.append(
                f"{which} {how}; estimated from {source}, so the colours are not real."
            )
    return np.stack(
        [held[one] * (_SCALES[one] / _SCALES[band]) for band, one in near.items()]
    )


def _with_data(planes: Sequence[_Plane]) -> dict[str, np.ndarray]:
    """The fluxes of known bands; MorphError if there are none, or a band is twice."""
    names = [plane.band for plane in planes]
    known = [plane for plane in planes if plane.band in ORDER]
    if not known:
        raise MorphError(
            f"its bands are {listed(names)}; expected g, r and z. Choose an image in "
            "these bands"
        )
    twice = [band for band in ORDER if names.count(band) > 1]
    if twice:
        raise MorphError(f"it has the band {twice[0]} twice; expected each band once")
    held = {plane.band: plane.flux for plane in known if not _empty(plane.flux)}
    if not held:
        raise MorphError(
            f"its bands {listed(names)} are empty: all pixels are equal or blank"
        )
    return held


def _empty(flux: np.ndarray) -> bool:
    known = flux[np.isfinite(flux)]
    return known.size == 0 or bool(np.ptp(known) == 0)


def _nanomaggies(unit: Any, notices: list[str]) -> float:
    """The factor from a unit of flux to nanomaggies."""
    if not unit:
        return 1.0
    text = printable(str(unit)).strip()[:30]
    if re.fullmatch(r"(nanomagg(y|ies)|nmgy)s?(\s*/\s*pix(el)?)?", text, re.IGNORECASE):
        return 1.0
    try:
        maggies = u.Unit(str(unit)).to(u.Jy) / 3631
    except (ValueError, TypeError, u.UnitsError):
        notices.append(
            f"The fluxes are in {text}, not in nanomaggies; if the image below is too "
            "bright or too dark, scale them."
        )
        return 1.0
    notices.append(f"The fluxes were converted from {text} to nanomaggies.")
    return maggies * 1e9
