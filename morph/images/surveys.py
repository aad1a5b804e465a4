"""Known surveys, and the cutout stores with an image of a galaxy."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from morph.errors import MorphError
from morph.images.store import (
    StoreManifest,
    cutout_at,
    names_with_cutout,
    pixscale_of,
    read_store_manifest,
)
from morph.images.store_manifest import BANDS, PIXSCALE_ARCSEC
from morph.images.survey_footprint import Footprint
from morph.release.manifest import SIMULATED, Origin

SAME_PLACE_ARCSEC = 1.0

LEGACY_CREDIT = "Legacy Surveys / D. Lang (Perimeter Institute), CC BY 4.0"


@dataclass(frozen=True)
class Survey:
    """A survey and its images; of an unknown one, only the name."""

    name: str  # in the manifests of stores and releases
    title: str
    layer: str = "ls-dr9"  # of the Legacy Surveys viewer
    bands: tuple[str, ...] = BANDS
    pixscale_arcsec: float | None = None
    fwhm_arcsec: tuple[float, ...] | None = None  # median PSF width, per band
    credit: str = ""
    footprint: Footprint | None = None
    votes_from: str = ""  # survey whose images its volunteers saw, if another


# PSF widths: Dey et al. (2019). Footprints: the same, -18° < Dec < +84°, with DECaLS up
# to 34° in both Galactic caps and BASS/MzLS from 32° in the north cap alone; DECaLS in
# the south cap goes on into the Dark Energy Survey, to -68°. Right ascensions of the
# north cap of BASS: legacysurvey.org/dr4. Dey et al. state |b| > 18°; images reach 15°
# (desi.lbl.gov/imaging-surveys).
_LEAST_LATITUDE = 15.0
DECALS = Survey(
    "decals",
    "DECaLS",
    layer="ls-dr9-south",
    pixscale_arcsec=PIXSCALE_ARCSEC,
    fwhm_arcsec=(1.29, 1.18, 1.11),
    credit=LEGACY_CREDIT,
    footprint=Footprint((-18, 34), (-68, 34), _LEAST_LATITUDE),
)
BMZ = Survey(
    "bmz",
    "BASS+MzLS",
    layer="ls-dr9-north",
    pixscale_arcsec=PIXSCALE_ARCSEC,
    fwhm_arcsec=(1.61, 1.47, 1.01),
    credit=LEGACY_CREDIT,
    footprint=Footprint((32, 84), None, _LEAST_LATITUDE, (87, 301)),
    votes_from="decals",
)
SDSS = Survey(
    "sdss",
    "SDSS",
    pixscale_arcsec=0.396,
    credit="SDSS",
    footprint=Footprint((-22, 83), (-22, 83)),
)
# All of the Legacy Surveys, as in Galaxy Zoo DESI.
DESI = Survey("desi", "DESI Legacy Surveys", credit=LEGACY_CREDIT)
SURVEYS = (DECALS, BMZ, SDSS, DESI)


def survey_called(name: str) -> Survey:
    """The survey of that name, with the name as title if it is unknown."""
    by_name = {survey.name: survey for survey in SURVEYS}
    return by_name.get(name, Survey(name, name))


@dataclass(frozen=True)
class Held:
    """An image of a galaxy: its store, and the name of the galaxy there."""

    store: str
    iauname: str
    manifest: StoreManifest
    separation_arcsec: float = 0.0  # from the galaxy, if its name differs
    pixscale_arcsec: float | None = None  # None: unknown

    @property
    def survey(self) -> str:
        """The title of the survey."""
        return survey_called(self.manifest.survey).title

    @property
    def field_arcsec(self) -> float | None:
        """Width of the image, None if its pixel scale is unknown."""
        scale = self.pixscale_arcsec
        return None if scale is None else self.manifest.size * scale

    @property
    def credit(self) -> str:
        """Origin of the image, and whom to credit."""
        if self.manifest.origin in SIMULATED:
            return "simulated observation"
        credit = survey_called(self.manifest.survey).credit
        return f"{self.manifest.title}. {credit}" if credit else self.manifest.title


def pictures_of(
    folders: Iterable[Path],
    iauname: str,
    position: tuple[float, float] | None,
    *,
    origin: Origin,
) -> tuple[Held, ...]:
    """Images of a galaxy in cutout stores, in their order.

    A galaxy is identified by its name, else by its position (RA and Dec in degrees) to
    1 arcsec. Real galaxies have no images among simulated ones, and vice versa. Folders
    that are not finished stores are ignored.
    """
    images = []
    for folder in folders:
        try:
            manifest = read_store_manifest(folder)
        except MorphError:
            continue
        match = None
        if names_with_cutout(folder, [iauname]):
            match = iauname, 0.0
        elif position is not None:
            match = cutout_at(folder, *position, radius_arcsec=SAME_PLACE_ARCSEC)
        same_sky = (manifest.origin in SIMULATED) == (origin in SIMULATED)
        if match is not None and same_sky:
            name, separation_arcsec = match
            scale = pixscale_of(folder, name)
            images.append(Held(folder.name, name, manifest, separation_arcsec, scale))
    return tuple(images)
