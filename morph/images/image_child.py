"""Decode an uploaded image within memory and time limits, as a child process.

``python -m morph.images.image_child FILE OUT.npz``, run by
`morph.images.uploaded_image`. Problems of an image are written to stderr.
"""

import gzip
import io
import struct
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from morph.errors import MorphError
from morph.images.blanks import filled
from morph.images.decoded_image import SIDES, Decoded
from morph.sandbox import REFUSED, limit

MAX_MEMORY_BYTES = 2 << 30
MAX_CPU_S = 20
_MOST_UNPACKED = 100_000_000  # bytes, 20 times the largest upload; in half a second

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
_GZIP = b"\x1f\x8b"
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"SIMPLE": "FITS",
    _GZIP: "FITS",
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
    notices = list(decoded.notices)
    missing = float((~np.isfinite(decoded.flux)).any(axis=0).mean())
    flux = filled(decoded.flux, notices)
    if np.ptp(flux, axis=(1, 2)).max() == 0:
        raise MorphError("all its pixels have the same value, so it shows no galaxy")
    return replace(decoded, flux=flux, notices=tuple(notices), missing=missing)


def _read(path: Path, kind: str) -> Decoded:
    # Loaded when needed: astropy takes half a second.
    if kind == "FITS":
        with path.open("rb") as file:
            plain = _unpacked(file)
            from morph.images.fits.fluxes import read_fits

            return read_fits(plain)
    from morph.images.colour_file import read_colours

    return read_colours(path)


def _unpacked(file: BinaryIO) -> BinaryIO:
    """The file, or the content of one that is packed by gzip.

    astropy would unpack any amount. MorphError if it is too much.
    """
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    if not packed:
        return file
    with gzip.open(file) as unpacking:
        content = unpacking.read(_MOST_UNPACKED + 1)
    if len(content) > _MOST_UNPACKED:
        raise MorphError(
            f"it unpacks to over {_MOST_UNPACKED / 1e6:.0f} MB; crop it to the galaxy"
        )
    return io.BytesIO(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
