"""Pictures of galaxies without a cutout store, from the service of their survey.

The server requests them, never the browser, and only for the galaxies of a release of
real observations. MORPH_PICTURES=off turns this off.
"""

import math
import threading
from concurrent.futures import Future
from pathlib import Path

from morph.catalogue.arrays import by_name
from morph.catalogue.release_table import LoadedRelease
from morph.catalogue.release_table import release as loaded
from morph.errors import MorphError
from morph.home import home
from morph.images.cutout_service.cutout_urls import field_arcsec
from morph.images.cutout_service.on_demand import (
    OnDemand,
    Place,
    is_switched_on,
    most_bytes,
)
from morph.images.survey.survey import Survey
from morph.images.surveys import survey_called
from morph.release.folder import Manifest
from morph.release.manifest import SIMULATED
from pages.common.server import database

_opened: dict[Path, OnDemand] = {}
_lock = threading.Lock()


def survey_of(manifest: Manifest) -> Survey | None:
    """The survey whose service may be asked for pictures of a release, if any."""
    if not is_switched_on() or manifest.origin in SIMULATED:
        return None
    survey = survey_called(manifest.survey)
    return survey if survey.service.url else None


def are_coming(manifest: Manifest) -> bool:
    """Whether pictures of a release can be requested now."""
    survey = survey_of(manifest)
    return survey is not None and not pictures_of(home()).is_quiet(survey)


def place_of(release: LoadedRelease, row: dict[str, object]) -> Place | None:
    """Where a galaxy is, from its columns; None without a position."""
    ra, dec = (_number(row.get(name)) for name in ("ra", "dec"))
    if ra is None or dec is None:
        return None
    return Place(ra, dec, _number(row.get("radius_arcsec")))


def request(manifest: Manifest, iauname: str, width: int) -> Future[bytes | None]:
    """A JPEG of a galaxy of a release, or None; the wait is the caller's.

    MorphError if there is no such galaxy, or no service for it.
    """
    survey = survey_of(manifest)
    if survey is None:
        raise MorphError(f"there are no pictures of {manifest.release_id} to request")
    with database.cursor(home()) as con:
        release = loaded(con, manifest.release_id)
        columns = ["ra", "dec", *({"radius_arcsec"} & release.columns)]
        rows = by_name(con, release, [iauname], columns=columns)
    place = place_of(release, rows.iloc[0].to_dict()) if len(rows) else None
    if place is None:
        raise MorphError(f"the position of {iauname[:60]!r} is not known")
    return pictures_of(home()).picture(survey, place, width=width)


def field_of(survey: Survey, radius_arcsec: float | None) -> float:
    """Width of the picture of a galaxy, in arcsec."""
    return field_arcsec(survey, radius_arcsec)


def pictures_of(root: Path) -> OnDemand:
    """The pictures of a home, kept in its folder."""
    with _lock:
        if root not in _opened:
            _opened[root] = OnDemand(root / "pictures", most_bytes=most_bytes())
        return _opened[root]


def close() -> None:
    """End the threads of requests."""
    with _lock:
        while _opened:
            _opened.popitem()[1].close()


def _number(value: object) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
