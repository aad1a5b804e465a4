"""Known surveys, and the cutout stores with an image of a galaxy."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from morph.errors import MorphError
from morph.home import home
from morph.images.new_stores.store_credit import read_credit
from morph.images.store import (
    StoreManifest,
    cutout_at,
    names_with_cutout,
    pixscale_of,
    read_store_manifest,
)
from morph.images.survey.survey import Survey
from morph.images.survey.survey_file import shipped, surveys_of
from morph.release.manifest import SIMULATED, Origin

SAME_PLACE_ARCSEC = 1.0

LEGACY_CREDIT = "Legacy Surveys / D. Lang (Perimeter Institute), CC BY 4.0"


def known_surveys(root: Path | None = None) -> tuple[Survey, ...]:
    """The shipped surveys, then those of a home (MORPH_HOME by default).

    A survey of the home replaces the shipped one of its name.
    """
    own, _ = surveys_of(home() if root is None else root)
    by_name = {survey.name: survey for survey in (*shipped(), *own)}
    return tuple(by_name.values())


def survey_problems(root: Path | None = None) -> tuple[str, ...]:
    """A sentence for each survey file of a home that cannot be used."""
    return surveys_of(home() if root is None else root)[1]


def survey_called(name: str, root: Path | None = None) -> Survey:
    """The survey of that name, with the name as title if it is unknown."""
    by_name = {survey.name: survey for survey in known_surveys(root)}
    return by_name.get(name, Survey(name, name))


@dataclass(frozen=True)
class Held:
    """An image of a galaxy: its store, and the name of the galaxy there."""

    store: str
    iauname: str
    manifest: StoreManifest
    separation_arcsec: float = 0.0  # from the galaxy, if its name differs
    pixscale_arcsec: float | None = None  # None: unknown
    own_credit: str = ""  # that its store states

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
        credit = self.own_credit or survey_called(self.manifest.survey).credit
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
            apart, credit = separation_arcsec, read_credit(folder)
            found = Held(folder.name, name, manifest, apart, scale, credit)
            images.append(found)
    return tuple(images)
