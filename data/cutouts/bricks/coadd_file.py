"""One file of a brick: an image, its inverse variance, or the bits of its mask.

Its header is checked when it is opened; pixels are read in parts, as the compressed
tiles of the file allow it, so that a cutout costs a few of them.
"""

import warnings
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from data.cutouts.bricks.coadd_header import Expected, check, plane_of
from data.cutouts.bricks.tangent_plane import TangentPlane
from morph.errors import MorphError

_MOST_PARTS = 4  # of a file, until its image
# What astropy raises of headers that are cut off or damaged.
_BROKEN = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    EOFError,
    MemoryError,
    fits.VerifyError,
)


class CoaddTrouble(MorphError):
    """A file of a brick cannot be used."""


class CoaddFile:
    """An open file; ``plane`` is the projection of its pixels."""

    def __init__(self, path: Path, expected: Expected) -> None:
        self.path = path
        self._file: Any = None
        try:
            self._part = self._image()
            header = self._part.header
            self.plane: TangentPlane = plane_of(header, self._part.shape)
            check(header, self.plane, expected)
        except MorphError as error:
            self.close()
            raise CoaddTrouble(f"{path.name} {error}") from error
        except _BROKEN as error:
            self.close()
            raise CoaddTrouble(_broken(path, error)) from error

    def read(self, y: slice, x: slice) -> np.ndarray:
        """The pixels of some rows and columns."""
        try:
            with warnings.catch_warnings(action="ignore"):
                return np.array(self._part.section[y, x])
        except Exception as error:  # that of the decompression is not public
            raise CoaddTrouble(_broken(self.path, error)) from error

    def close(self) -> None:
        """Close it; no harm if it is closed."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._file = None

    def _image(self) -> Any:
        """The first image of the file; MorphError if it has none, or not all of it."""
        with self.path.open("rb") as opened:
            start = opened.read(9)
        if start != b"SIMPLE  =":
            raise MorphError(
                f"is not a FITS file: it begins with {start!r}. Download it again"
            )
        with warnings.catch_warnings(action="ignore"):
            self._file = fits.open(self.path)
            for part in islice(self._file, _MOST_PARTS):
                if part.is_image and len(part.shape) == 2:
                    break
            else:
                raise MorphError("has no image. Download it again")
            about = part.fileinfo()
        whole, size = about["datLoc"] + about["datSpan"], self.path.stat().st_size
        if size < whole:
            raise MorphError(
                f"is truncated: it has {size:,} of {whole:,} bytes. Download it again"
            )
        return part


def _broken(path: Path, error: BaseException) -> str:
    return f"{path.name} is damaged ({error}). Download it again"[:300]
