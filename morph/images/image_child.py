"""Decode an uploaded image within memory and time limits, as a child process.

``python -m morph.images.image_child FILE OUT.npz``, run by
`morph.images.uploaded_image`. Problems of an image are written to stderr.
"""

import struct
import sys
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from morph.errors import MorphError
from morph.images.stretch import fluxes_of
from morph.sandbox import REFUSED, limit
from morph.wording import percent

MAX_MEMORY_BYTES = 2 << 30
MAX_CPU_S = 20
SIDES = (16, 4096)  # pixels
MOST_UNKNOWN = 0.2  # fraction of pixels that may be blank

# Exceptions of Pillow and astropy for truncated or malicious files.
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    SyntaxError,
    OverflowError,
    struct.error,
    zlib.error,
)
_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"SIMPLE": "FITS"}


def main(arguments: list[str]) -> int:
    """Decode one file; write (3, H, W) fluxes and the pixel scale, 0 if unknown."""
    source, out = map(Path, arguments)
    limit(
        memory_bytes=MAX_MEMORY_BYTES,
        cpu_s=MAX_CPU_S,
        file_bytes=3 * 4 * SIDES[1] ** 2 + 4096,
    )
    try:
        flux, pixscale_arcsec = decode(source)
    except MorphError as error:
        sys.stderr.write(str(error))
        return REFUSED
    np.savez(out, flux=flux.astype(np.float32), pixscale_arcsec=pixscale_arcsec)
    return 0


def decode(path: Path) -> tuple[np.ndarray, float]:
    """Fluxes in g, r, z of a JPEG, PNG or FITS file, and its pixel scale in arcsec.

    MorphError if it has another format, is broken, too small or large, or mostly blank.
    """
    with path.open("rb") as file:
        start = file.read(8)
    kinds = [kind for magic, kind in _MAGIC.items() if start.startswith(magic)]
    if not kinds:
        raise MorphError("it is not a JPEG, PNG or FITS image, despite its name")
    try:
        if kinds == ["FITS"]:
            flux, pixscale_arcsec = _fits(path)
        else:
            flux, pixscale_arcsec = fluxes_of(_colours(path)), 0.0
    except _BROKEN as error:
        raise MorphError(
            f"it is a broken {kinds[0]} file ({error}); save it again"
        ) from error
    unknown = ~np.isfinite(flux)
    if unknown.mean() > MOST_UNKNOWN:
        raise MorphError(f"{percent(unknown.mean())} of its pixels are blank")
    return np.where(unknown, 0, flux), pixscale_arcsec


def _colours(path: Path) -> np.ndarray:
    Image.MAX_IMAGE_PIXELS = SIDES[1] ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=["JPEG", "PNG"]) as image:
                _check_sides(*image.size)
                return np.asarray(image.convert("RGB"))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_large() from error


def _fits(path: Path) -> tuple[np.ndarray, float]:
    """The first image of three planes; its size is checked before it is read."""
    from astropy.io import fits  # takes half a second, not needed for JPEG and PNG

    try:
        with (
            warnings.catch_warnings(action="ignore"),  # not all follow the standard
            path.open("rb") as raw,
            fits.open(raw, memmap=False) as file,
        ):
            for part in file:
                shape = getattr(part, "shape", ())
                if len(shape) == 3 and shape[0] == 3:
                    _check_sides(shape[2], shape[1])
                    flux = np.asarray(part.data, dtype=float)
                    return flux, _pixscale_arcsec(part.header)
    except fits.VerifyError as error:
        raise ValueError(str(error)) from error
    raise MorphError(
        "it has no image of three planes, (3, height, width): fluxes in g, r and z, as "
        "from the Legacy Surveys cutout service"
    )


def _pixscale_arcsec(header: Mapping[str, Any]) -> float:
    step = header.get("CD1_1", header.get("CDELT1", 0.0)) or header.get("CD1_2", 0.0)
    return abs(float(step)) * 3600


def _check_sides(width: int, height: int) -> None:
    if min(width, height) < SIDES[0]:
        raise MorphError(
            f"it has {width} × {height} pixels; at least {SIDES[0]} are needed"
        )
    if max(width, height) > SIDES[1]:
        raise _too_large()


def _too_large() -> MorphError:
    return MorphError(
        f"it has more than {SIDES[1]:,} pixels per side; crop it to the galaxy"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
