"""Real images in ``../shared/real``, outside the repository, for pixel tests."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from scipy import ndimage

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"
FIELDS = {
    "testcase9": "survey-ccds-1.kd.fits",  # south: DECam
    "mzlsbass3": "survey-ccds-1.fits.gz",  # north: 90prime and Mosaic3
}
PIXELS_ARCSEC = {"decam": 0.262, "90prime": 0.454, "mosaic": 0.260}

needs_cubes = pytest.mark.skipif(
    not (REAL / "fits").is_dir(),
    reason=f"the real cutouts are not at {REAL / 'fits'}; see the README there",
)
needs_stamps = pytest.mark.skipif(
    not (REAL / "ccd").is_dir(),
    reason=f"the real exposures are not at {REAL / 'ccd'}; see the README there",
)
CUBES = (
    "decals_dr5_native_162px",
    "decals_dr5_resampled_424px",
    "decals_dr9_256px",
)


def cube_file(name: str) -> Path:
    """A FITS cube of g, r, z."""
    return REAL / "fits" / f"{name}.fits"


def cube(name: str) -> np.ndarray:
    """(3, S, S) float32 fluxes."""
    return np.asarray(fits.getdata(cube_file(name)), np.float32)


@dataclass(frozen=True)
class PsfexModel:
    """A PSF that is a polynomial of the place on the CCD."""

    basis: np.ndarray  # (P, K, K) images of 1, x, x², ..., y, xy, ...
    degree: int
    step: float  # native pixels per pixel of the model

    def at(self, x: float, y: float) -> np.ndarray:
        """(K, K) image at a place; x and y go from -0.5 to 0.5 over the CCD."""
        degrees = range(self.degree + 1)
        powers = [x**i * y**j for j in degrees for i in range(self.degree + 1 - j)]
        return np.tensordot(powers, self.basis[: len(powers)], 1)


@dataclass(frozen=True)
class Stamp:
    """A part of one exposure, with what its CCD table states of it."""

    name: str
    camera: str
    band: str
    flux: np.ndarray  # (H, W) nanomaggies per native pixel, without sky
    sig1: float  # noise of a pixel, nanomaggies
    psfnorm: float  # √Σ P² of the PSF in native pixels
    psf: np.ndarray  # (K, K) PSFEx model at the middle of the stamp
    model: PsfexModel
    psfex_fwhm: float  # pixels, NaN if its file does not state it
    seeing_arcsec: float  # NaN if the table has none

    @property
    def pixscale_arcsec(self) -> float:
        return PIXELS_ARCSEC[self.camera]

    @property
    def psf_fwhm_arcsec(self) -> float:
        """FWHM of the Gaussian with the noise-equivalent area 1 / psfnorm²."""
        sigma = 1 / (2 * np.sqrt(np.pi) * self.psfnorm)
        return 2.3548 * sigma * self.pixscale_arcsec

    def star(self, size: int, row: float, column: float) -> np.ndarray:
        """(size, size) image of a star of flux 1 at a place."""
        y, x = np.mgrid[:size, :size].astype(float)
        middle = self.psf.shape[0] // 2
        places = [
            (y - row) / self.model.step + middle,
            (x - column) / self.model.step + middle,
        ]
        image = ndimage.map_coordinates(self.psf, places, order=3)
        return image / image.sum()


def stamps(field: str) -> Iterator[Stamp]:
    """The exposures of a field.

    Counts become nanomaggies with the zero point: those of DECam are of the whole
    exposure, the others per second.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in Table.read(REAL / "ccd" / field / FIELDS[field], hdu=1):
            yield _stamp(REAL / "ccd" / field, row)


def _stamp(folder: Path, row: Table.Row) -> Stamp:
    camera, band = str(row["camera"]).strip(), str(row["filter"]).strip()
    image = folder / "images" / str(row["image_filename"]).strip()
    counts = np.asarray(fits.getdata(image, 1), float)
    seconds = float(row["exptime"]) if camera == "decam" else 1.0
    per_nanomaggy = seconds * 10 ** ((float(row["zpt"]) - 22.5) / 2.5)
    psf, model, psfex_fwhm = _psfex(folder, row, counts.shape)
    return Stamp(
        name=f"{image.name}",
        camera=camera,
        band=band,
        flux=(counts - np.median(counts)) / per_nanomaggy,
        sig1=float(row["sig1"]),
        psfnorm=float(row["psfnorm"]),
        psf=psf,
        model=model,
        psfex_fwhm=psfex_fwhm,
        seeing_arcsec=float(row["seeing"]) if "seeing" in row.colnames else np.nan,
    )


def _psfex(
    folder: Path, row: Table.Row, shape: tuple[int, ...]
) -> tuple[np.ndarray, PsfexModel, float]:
    """The PSF at the middle of the stamp, its PSFEx model, and the FWHM it states."""
    exposure, image = str(row["expnum"]), Path(str(row["image_filename"]).strip())
    (path,) = (
        path
        for path in folder.glob("calib/**/*.fits")
        if exposure in path.name or path.name.startswith(image.name.split(".")[0])
    )
    with fits.open(path) as file:
        header, table = file[1].header, file[1].data
        names = table.names

        def value(word: str) -> float:
            stated = table[word][0] if word in names else header.get(word, np.nan)
            return float(np.nan if stated is None else stated)

        basis = np.asarray(table["psf_mask"][0], float)
        model = PsfexModel(basis, int(value("poldeg1")), value("psf_samp"))
        x, y = (
            (side / 2 - value(f"polzero{axis}")) / value(f"polscal{axis}")
            for axis, side in ((1, shape[1]), (2, shape[0]))
        )
        return model.at(x, y), model, value("psf_fwhm")
