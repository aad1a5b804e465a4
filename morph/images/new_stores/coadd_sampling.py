"""How finely coadds are read for cutouts with another pixel scale than theirs."""

from math import ceil

from morph.errors import MorphError
from morph.images.cutout_service.cutout_urls import MOST_FIELD_ARCSEC, MOST_PIXELS
from morph.images.survey.survey import Survey


def times_finer(pixscale_arcsec: float, own: float) -> int:
    """Fine pixels per side of a cutout's pixel, none larger than those of a coadd."""
    return max(1, ceil(pixscale_arcsec / own - 1e-6))


def check_sampling(survey: Survey, size: int, pixscale_arcsec: float | None) -> None:
    """MorphError if a cutout of ``size`` pixels would need too many of the coadds.

    ``pixscale_arcsec`` is None for cutouts by the size of their galaxies.
    """
    own = survey.pixscale_arcsec
    if own is None:
        raise MorphError(
            f"the survey {survey.name} has no pixel scale; add pixscale_arcsec to its "
            "TOML file, that of the coadds"
        )
    widest = pixscale_arcsec or MOST_FIELD_ARCSEC / size
    fine = size * times_finer(widest, own)
    if fine > MOST_PIXELS:
        raise MorphError(
            f"cutouts of {size:,} pixels of up to {widest:.3g} arcsec are made of "
            f"{fine:,} pixels per side of coadds of {own:g} arcsec; at most "
            f"{MOST_PIXELS:,} are possible. Choose fewer, or smaller, pixels"
        )
