"""Which cutout stores have a picture of one galaxy: its own, and other surveys'."""

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
from morph.release.manifest import Origin

SAME_PLACE_ARCSEC = 1.0

# What the surveys' pictures are called, and who made the real ones.
SURVEYS = {"decals": "DECaLS", "bmz": "BASS+MzLS", "sdss": "SDSS"}
_LEGACY = "Legacy Surveys / D. Lang (Perimeter Institute), CC BY 4.0"
_CREDITS = {"decals": _LEGACY, "bmz": _LEGACY, "sdss": "SDSS"}


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
        return SURVEYS.get(self.manifest.survey, self.manifest.survey)

    @property
    def field_arcsec(self) -> float:
        return self.manifest.size * self.manifest.pixscale_arcsec

    @property
    def credit(self) -> str:
        """What the picture is, and whom to name with it."""
        if self.manifest.origin != "real":
            return f"simulated as {self.survey} would see it"
        known = _CREDITS.get(self.manifest.survey)
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
