"""The fluxes of one galaxy's cutout as a FITS image."""

import io
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.images.store import find_cutout, pixscale_of
from morph.images.store_manifest import BANDS, read_store_manifest


def cutout_fits(
    folder: Path, iauname: str, position: tuple[float, float] | None = None
) -> bytes:
    """A plane for each band of the store, of float32 fluxes; NaN without data.

    The rows are in the order of FITS, the lowest first: a viewer shows the image as
    pages do. ``position`` (RA and Dec in degrees) is that of the galaxy, in the middle.
    There are no world coordinates: the store of a folder of images does not state where
    north is. MorphError if it has no such galaxy.
    """
    from astropy.io import fits  # slow to import

    manifest = read_store_manifest(folder)
    flux = find_cutout(folder, iauname)
    if flux is None:
        raise MorphError(f"the cutout store {folder.name} has no galaxy {iauname!r}")
    planes = [BANDS.index(band) for band in manifest.bands]
    hdu = fits.PrimaryHDU(np.ascontiguousarray(flux[planes, ::-1]))
    header = hdu.header
    header["OBJECT"] = iauname
    if position is not None:
        header["RA"] = position[0], "[deg] of the galaxy, ICRS"
        header["DEC"] = position[1], "[deg] of the galaxy, ICRS"
    header["BUNIT"] = manifest.unit, "per pixel"
    header["BANDS"] = "".join(manifest.bands), "of the planes"
    for number, band in enumerate(manifest.bands):
        header[f"BAND{number}"] = band
    if scale := pixscale_of(folder, iauname):
        header["PIXSCALE"] = scale, "[arcsec] side of a pixel"
    if manifest.flux_pixscale_arcsec:
        per = manifest.flux_pixscale_arcsec
        header["FLUXSCAL"] = per, "[arcsec] side of the pixel that fluxes are per"
    header["SURVEY"] = manifest.survey
    header["PROVEN"] = manifest.origin
    header["STORE"] = folder.name
    file = io.BytesIO()
    hdu.writeto(file)
    return file.getvalue()
