"""The surveys we know, and which cutout stores have a picture of one galaxy."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from morph.errors import MorphError
from morph.images.store import (
    StoreManifest,
    cutout_at,
    names_with_cutout,
    read_store_manifest,
)
from morph.images.store_manifest import BANDS, PIXSCALE_ARCSEC
from morph.release.manifest import Origin

SAME_PLACE_ARCSEC = 1.0

LEGACY_CREDIT = "Legacy Surveys / D. Lang (Perimeter Institute), CC BY 4.0"


@dataclass(frozen=True)
class Survey:
    """What is known of a survey's images; of one that we do not know, only its name."""

    name: str  # in the manifests of stores and releases
    title: str
    layer: str = "ls-dr9"  # of the Legacy Surveys viewer
    bands: tuple[str, ...] = BANDS
    pixscale_arcsec: float | None = None
    fwhm_arcsec: tuple[float, ...] | None = None  # median PSF width, per band
    credit: str = ""
    footprint: str = ""
    votes_from: str = ""  # survey whose images its volunteers saw, if another


# PSF widths: Dey et al. (2019).
DECALS = Survey(
    "decals",
    "DECaLS",
    layer="ls-dr9-south",
    pixscale_arcsec=PIXSCALE_ARCSEC,
    fwhm_arcsec=(1.29, 1.18, 1.11),
    credit=LEGACY_CREDIT,
    footprint="Legacy Surveys south of Dec 32.375°",
)
BMZ = Survey(
    "bmz",
    "BASS+MzLS",
    layer="ls-dr9-north",
    pixscale_arcsec=PIXSCALE_ARCSEC,
    fwhm_arcsec=(1.61, 1.47, 1.01),
    credit=LEGACY_CREDIT,
    footprint="Legacy Surveys north of Dec 32.375°",
    votes_from="decals",
)
SDSS = Survey("sdss", "SDSS", pixscale_arcsec=0.396, credit="SDSS")
SURVEYS = (DECALS, BMZ, SDSS)


def survey_called(name: str) -> Survey:
    """The survey of that name; one that is not known has its name as title."""
    known = {survey.name: survey for survey in SURVEYS}
    return known.get(name, Survey(name, name))


@dataclass(frozen=True)
class Held:
    """One picture of a galaxy: the store that has it, and the name it has there."""

    store: str
    iauname: str
    manifest: StoreManifest
    separation_arcsec: float = 0.0  # from the galaxy asked for, if named otherwise

    @property
    def survey(self) -> str:
        """The survey's name, as a person would write it."""
        return survey_called(self.manifest.survey).title

    @property
    def field_arcsec(self) -> float:
        return self.manifest.size * self.manifest.pixscale_arcsec

    @property
    def credit(self) -> str:
        """What the picture is, and whom to name with it."""
        if self.manifest.origin != "real":
            return f"simulated as {self.survey} would see it"
        known = survey_called(self.manifest.survey).credit
        return f"{self.manifest.title}. {known}" if known else self.manifest.title


def pictures_of(
    folders: Iterable[Path],
    iauname: str,
    place: tuple[float, float] | None,
    *,
    origin: Origin,
) -> tuple[Held, ...]:
    """Pictures of a galaxy in the stores given, in their order.

    It is known by its name, or else by its place (RA and Dec in degrees), to 1 arcsec.
    Real galaxies have no pictures among simulated ones, nor the other way round.
    Folders that are no finished stores hold nothing.
    """
    found = []
    for folder in folders:
        try:
            manifest = read_store_manifest(folder)
        except MorphError:
            continue
        known = _known_as(folder, iauname, place)
        if known is not None and (manifest.origin == "real") == (origin == "real"):
            found.append(Held(folder.name, known[0], manifest, known[1]))
    return tuple(found)


def _known_as(
    folder: Path, iauname: str, place: tuple[float, float] | None
) -> tuple[str, float] | None:
    if names_with_cutout(folder, [iauname]):
        return iauname, 0.0
    if place is None:
        return None
    return cutout_at(folder, *place, radius_arcsec=SAME_PLACE_ARCSEC)
