"""Check the header of a brick's file against its name and the survey.

The keys are those that legacypipe writes. Files of different releases have different
ones, so a key that is absent is no contradiction; the projection must be there.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from data.cutouts.bricks.brick_grid import Brick
from data.cutouts.bricks.tangent_plane import TangentPlane
from morph.errors import MorphError
from morph.sky import separation_arcsec

Header = Mapping[str, Any]
Kind = Literal["image", "invvar", "maskbits"]

_MOST_PIXELS = 20_000  # per side
_SCALE_PART = 1e-3  # pixel scales differ by less
_CENTRE_ARCSEC = 1.0
_EDGE_DEG = 1e-4
_NANOMAGGY = re.compile(r"(nanomagg(y|ies)|nmgy)s?", re.IGNORECASE)
# RELEASE of the catalogues, DRVERSIO of the coadds: the releases of BASS and MzLS
# (legacysurvey.org/release); the others are of DECam.
_NORTH = {4000, 6000, 8001, 9011}


@dataclass(frozen=True)
class Expected:
    """What a file should be, by its name and by the survey."""

    brick: Brick
    kind: Kind
    band: str  # "" for the mask
    layer: str  # of the cutout service: ls-dr9-north
    pixscale_arcsec: float


def release_of(layer: str) -> tuple[int | None, str]:
    """Data release and part, north or south, of a layer; None and "" if unknown."""
    found = re.fullmatch(r"ls-dr(\d+)(?:\.\d+)?(?:-(north|south))?", layer)
    return (int(found[1]), found[2] or "") if found else (None, "")


def plane_of(header: Header, shape: tuple[int, int]) -> TangentPlane:
    """The projection of the pixels; MorphError if it is not TAN in degrees, J2000."""
    kinds = header.get("CTYPE1"), header.get("CTYPE2")
    if kinds != ("RA---TAN", "DEC--TAN"):
        raise MorphError(
            f"has the projection {kinds[0]}, {kinds[1]}; expected RA---TAN, DEC--TAN"
        )
    if str(header.get("RADESYS", "ICRS")).strip() not in ("ICRS", "FK5"):
        raise MorphError(f"has the frame {header['RADESYS']}; expected ICRS")
    if float(header.get("EQUINOX", 2000)) != 2000:
        raise MorphError(f"has the equinox {header['EQUINOX']}; expected 2000")
    if max(shape) > _MOST_PIXELS:
        raise MorphError(f"has {shape[1]} × {shape[0]} pixels; expected 3600 × 3600")
    dec = float(header["CRVAL2"])
    turned = _turned(header, dec)
    cd = tuple(turned * value for value in _cd(header))
    x, y = float(header["CRPIX1"]) - 1, float(header["CRPIX2"]) - 1
    if not all(map(math.isfinite, (*cd, x, y))) or cd[0] * cd[3] == cd[1] * cd[2]:
        raise MorphError("has a projection without scale")
    return TangentPlane(float(header["CRVAL1"]), dec, x, y, cd, shape[1], shape[0])


def _turned(header: Header, dec: float) -> int:
    """-1 if the axes are turned by 180°: LONPOLE, whose default is 0 at the pole."""
    angle = float(header.get("LONPOLE", 0 if dec >= 90 else 180)) % 360
    if angle not in (0, 180):
        raise MorphError(f"has LONPOLE = {angle:g}; expected 180")
    return 1 if angle == 180 else -1


def _cd(header: Header) -> list[float]:
    """CD, or CDELT and PC, as CD1_1, CD1_2, CD2_1, CD2_2."""
    places = ("1_1", "1_2", "2_1", "2_2")
    if any(f"CD{place}" in header for place in places):
        return [float(header.get(f"CD{place}", 0)) for place in places]
    return [
        float(header[f"CDELT{place[0]}"])
        * float(header.get(f"PC{place}", place[0] == place[-1]))
        for place in places
    ]


def check(header: Header, plane: TangentPlane, expected: Expected) -> None:
    """MorphError if the header contradicts what is expected, with what to do."""
    problem = (
        _of_name(header, expected)
        or _of_place(header, plane, expected.brick)
        or _of_pixels(header, plane, expected)
        or _of_release(header, expected.layer)
    )
    if problem:
        raise MorphError(f"{problem}. Replace it by the file that has this name")


def _of_name(header: Header, expected: Expected) -> str:
    brick = expected.brick
    for key, wanted in (
        ("BRICK", brick.name),
        ("BRICKNAM", brick.name),
        ("BRICKID", brick.number),
        ("FILTERX", expected.band or None),
        ("IMTYPE", expected.kind),
    ):
        given = str(header.get(key, "")).strip()
        if given and wanted is not None and given != str(wanted):
            return f"states {key} = {given}; expected {wanted}"
    return ""


def _of_place(header: Header, plane: TangentPlane, brick: Brick) -> str:
    apart = separation_arcsec(
        plane.ra, plane.dec, from_ra=brick.ra, from_dec=min(brick.dec, 90.0)
    )
    if not float(apart) <= _CENTRE_ARCSEC:
        return (
            f"is centred on {plane.ra:.4f} {plane.dec:+.4f}; the brick {brick.name} is "
            f"centred on {brick.ra:.4f} {brick.dec:+.4f}"
        )
    limits = zip(
        ("RAMIN", "RAMAX", "DECMIN", "DECMAX"),
        (*brick.ra_limits, *brick.dec_limits),
        strict=True,
    )
    for key, wanted in limits:
        given = header.get(key)
        if given is not None and not abs(float(given) - wanted) <= _EDGE_DEG:
            return f"states {key} = {given}; expected {wanted:.4f} of {brick.name}"
    return ""


def _of_pixels(header: Header, plane: TangentPlane, expected: Expected) -> str:
    wanted = expected.pixscale_arcsec
    for scale in plane.pixscales_arcsec:
        if not abs(scale / wanted - 1) <= _SCALE_PART:
            return (
                f"has pixels of {scale:.4g} arcsec; expected {wanted:.4g}, the pixel "
                "scale of the survey"
            )
    if expected.kind != "image":
        return ""
    unit = str(header.get("BUNIT", "nanomaggy")).strip()
    if not _NANOMAGGY.fullmatch(unit):
        return f"is in {unit}; expected nanomaggy"
    zero = header.get("MAGZERO", 22.5)
    return "" if float(zero) == 22.5 else f"states MAGZERO = {zero}; expected 22.5"


def _of_release(header: Header, layer: str) -> str:
    release, part = release_of(layer)
    number, named = str(header.get("DRVERSIO", "")).strip(), header.get("LSDR")
    of_file = re.fullmatch(r"DR\s*(\d+)", str(named or number).strip())
    known = int(number) if number.isdigit() else None
    given = int(of_file[1]) if of_file else known and known // 1000
    if release is not None and given and given != release:
        return f"is of data release {given}; the survey has the layer {layer}"
    if part and known is not None and known >= 1000:
        found = "north" if known in _NORTH else "south"
        if found != part:
            return f"is of the {found} (DRVERSIO {known}); the survey has {layer}"
    return ""
