"""Decode an uploaded image within memory and time limits, as a child process.

``python -m morph.images.image_child FILE OUT.npz``, run by
`morph.images.uploaded_image`. Problems of an image are written to stderr.
"""

import struct
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.images.blanks import filled
from morph.images.decoded_image import SIDES, Decoded
from morph.sandbox import REFUSED, limit

MAX_MEMORY_BYTES = 2 << 30
MAX_CPU_S = 20

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
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"SIMPLE": "FITS",
    b"\x1f\x8b": "FITS",  # in gzip, which astropy unpacks
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}


def main(arguments: list[str]) -> int:
    """Decode one file; write (3, H, W) fluxes, the pixel scale or 0, and notices."""
    source, out = map(Path, arguments)
    limit(
        memory_bytes=MAX_MEMORY_BYTES,
        cpu_s=MAX_CPU_S,
        file_bytes=3 * 4 * SIDES[1] ** 2 + 65536,
    )
    try:
        decoded = decode(source)
    except MorphError as error:
        # The last line counts: libtiff writes some too.
        sys.stderr.write(f"\n{' '.join(str(error).split())}")
        return REFUSED
    np.savez(
        out,
        flux=decoded.flux.astype(np.float32),
        pixscale_arcsec=decoded.pixscale_arcsec or 0.0,
        notices=np.array(decoded.notices, dtype=str),
    )
    return 0


def decode(path: Path) -> Decoded:
    """Fluxes in g, r, z of a JPEG, PNG, TIFF or FITS file, and what was changed.

    MorphError if it has another format, is broken, too small or large, or mostly blank.
    """
    with path.open("rb") as file:
        start = file.read(8)
    kinds = [kind for magic, kind in _MAGIC.items() if start.startswith(magic)]
    if not kinds:
        raise MorphError("it is not a JPEG, PNG, TIFF or FITS image, despite its name")
    try:
        decoded = _read(path, kinds[0])
    except _BROKEN as error:
        raise MorphError(
            f"it is a broken {kinds[0]} file ({error}); save it again"
        ) from error
    told = list(decoded.notices)
    flux = filled(decoded.flux, told)
    if np.ptp(flux, axis=(1, 2)).max() == 0:
        raise MorphError("all its pixels have the same value, so it shows no galaxy")
    return replace(decoded, flux=flux, notices=tuple(told))


def _read(path: Path, kind: str) -> Decoded:
    # Loaded when needed: astropy takes half a second.
    if kind == "FITS":
        from morph.images.fits_planes import read_fits

        return read_fits(path)
    from morph.images.colour_file import read_colours

    return read_colours(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
