"""The files of a brick in a folder: fluxes and which of them are missing.

Layouts: that of the releases, ``[north/ or south/]coadd/123/1234p567/FILE``, below the
folder or from any part of it on, or all files in the folder itself.

A pixel is missing in a band if its inverse variance is 0, if the mask has the bit
ALLMASK of the band (bad in every exposure), or if its flux is not finite. Other bits of
the mask (legacysurvey.org/dr10/bitmasks) are no reason: bright stars, large galaxies,
saturation in some exposure, and pixels outside the brick's own part of the sky all have
fluxes.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.cutouts.bricks.brick_grid import Brick
from data.cutouts.bricks.coadd_file import CoaddFile, CoaddTrouble
from data.cutouts.bricks.coadd_header import Expected, Kind, release_of
from data.cutouts.bricks.tangent_plane import TangentPlane

_ALLMASK = {
    "g": 1 << 5,
    "r": 1 << 6,
    "z": 1 << 7,
    "i": 1 << 15,
}
_FIRST_WITH_MASK = 7  # data release


File = tuple[Kind, str]  # kind and band


@dataclass(frozen=True)
class BrickFolder:
    """A folder with coadds of these bands and of this pixel scale."""

    folder: Path
    bands: tuple[str, ...]  # names in the files
    pixscale_arcsec: float

    def find(self, name: str, layer: str) -> Path | None:
        """The path of a file with that name, None if it is not there."""
        brick = name.split("-")[1]
        part, below = release_of(layer)[1], Path(brick[:3]) / brick
        coadd = Path("coadd") / below
        for place in (coadd, part / coadd, below, brick, ""):
            path = self.folder / place / name
            if path.is_file():
                return path
        return None

    def files(self, brick: Brick, layer: str) -> dict[File, Path | None]:
        """The files that a brick of that release needs; None if one is not there."""
        wanted: list[File] = [
            (kind, band) for band in self.bands for kind in ("image", "invvar")
        ]
        release = release_of(layer)[0]
        if release is None or release >= _FIRST_WITH_MASK:
            wanted.append(("maskbits", ""))
        return {one: self.find(file_name(brick, *one), layer) for one in wanted}


def file_name(brick: Brick, kind: Kind, band: str) -> str:
    """legacysurvey-1234p567-image-g.fits.fz, legacysurvey-1234p567-maskbits.fits.fz."""
    end = f"-{band}" if band else ""
    return f"legacysurvey-{brick.name}-{kind}{end}.fits.fz"


class OpenBrick:
    """The open files of a brick; ``bands`` are those whose files are all there.

    CoaddTrouble if a file cannot be used, or if two do not have the same pixels.
    """

    def __init__(self, folder: BrickFolder, brick: Brick, layer: str) -> None:
        self.brick = brick
        paths = folder.files(brick, layer)
        lost = [one for one, path in paths.items() if path is None]
        self.absent = tuple(file_name(brick, *one) for one in lost)
        without = {band for _, band in lost}
        # Without its mask no band of a brick is used.
        usable = [band for band in folder.bands if not {band, ""} & without]
        self.bands = tuple(usable)
        self._files: dict[File, CoaddFile] = {}
        with ExitStack() as on_error:
            on_error.callback(self.close)
            for (kind, band), path in paths.items():
                if path is not None and usable and band in (*usable, ""):
                    scale = folder.pixscale_arcsec
                    self._open(path, Expected(brick, kind, band, layer, scale))
            on_error.pop_all()

    @property
    def plane(self) -> TangentPlane:
        """The projection of its pixels; only if it has bands."""
        return next(iter(self._files.values())).plane

    def read(self, bands: Sequence[str], y: slice, x: slice) -> list[np.ndarray]:
        """Nanomaggies in some rows and columns, NaN where they are missing."""
        mask = self._files.get(("maskbits", ""))
        bits = 0 if mask is None else mask.read(y, x)
        planes = []
        for band in bands:
            flux = self._files["image", band].read(y, x).astype(np.float32)
            weight = self._files["invvar", band].read(y, x)
            bad = (
                ~(weight > 0) | ~np.isfinite(flux) | (bits & _ALLMASK.get(band, 0) != 0)
            )
            flux[bad] = np.nan
            planes.append(flux)
        return planes

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def _open(self, path: Path, expected: Expected) -> None:
        opened = CoaddFile(path, expected)
        self._files[expected.kind, expected.band] = opened
        if opened.plane != self.plane:
            raise CoaddTrouble(
                f"{path.name} has other pixels than the image beside it. Replace both"
            )
