"""Galaxies whose cutouts are wanted, and what came of each: stored, or why not."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.cutouts.growing_store import GrowingStore, Unsuitable
from data.cutouts.journal import Line
from data.cutouts.store_tables import listed
from morph.images.cutout_service.decoding import missing_part
from morph.sky import separation_arcsec
from morph.wording import percent

NO_IMAGE, REJECTED, FAILED = "no image", "rejected", "failed"
NO_FILE = "no file"  # of a brick that the cutout needs
_SAME_ARCSEC = 1.0  # positions of one galaxy in two tables

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Target:
    """A galaxy and its position in degrees."""

    name: str
    ra: float
    dec: float
    radius_arcsec: float = math.nan  # half-light radius

    @property
    def place(self) -> tuple[float, float]:
        return self.ra, self.dec


@dataclass(frozen=True)
class Outcome:
    """Fluxes (B, S, S), or why there are none.

    ``bricks`` have the pixels; ``absent`` files would have those that are missing.
    """

    flux: np.ndarray | None = None
    state: str = ""
    why: str = ""
    bricks: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    pixscale_arcsec: float | None = None  # where each cutout has its own


class Elsewhere(Unsuitable):
    """The store has a cutout of a galaxy at another position."""


def failed(line: Line) -> bool:
    """Whether to try a galaxy again that has this answer."""
    return line.get("state") == FAILED


def left(
    store: GrowingStore,
    targets: pd.DataFrame,
    *,
    most_missing: float,
    again: Callable[[Line], bool] = failed,
) -> Iterator[Target]:
    """The targets without an answer at their position, and those to try ``again``.

    So are those that lacked more pixels than an earlier limit allowed, and not more
    than ``most_missing``. Elsewhere if one has moved that has a cutout.
    """

    known = targets[targets["ra"].notna() & targets["dec"].notna()]
    if "radius_arcsec" not in known:
        known = known.assign(radius_arcsec=math.nan)
    wanted = known[["iauname", "ra", "dec", "radius_arcsec"]]
    for name, *numbers in wanted.itertuples(index=False):
        line, target = store.answered.get(name), Target(name, *map(float, numbers))
        if line is None or again(line) or _now_allowed(line, most_missing):
            yield target
        elif not _is_at(target, line):
            if "got" in line:
                raise Elsewhere(
                    f"the position of {name} is {target.ra:.5f} {target.dec:+.5f} in "
                    f"the table, but its cutout in {store.folder.name} is of "
                    f"{line['ra']:.5f} {line['dec']:+.5f}; correct the table, or give "
                    "another name with --out"
                )
            yield target


def _now_allowed(line: Line, most_missing: float) -> bool:
    """Whether a cutout that was not stored for its missing pixels would be now."""
    return "none" in line and line.get("missing", math.inf) <= most_missing


def _is_at(target: Target, line: Line) -> bool:
    """Whether an answer is about the position of a galaxy."""
    place = line["ra"], line["dec"]
    if place == target.place:
        return True
    apart = separation_arcsec(*place, from_ra=target.ra, from_dec=target.dec)
    return float(apart) <= _SAME_ARCSEC


def note(
    store: GrowingStore, target: Target, outcome: Outcome, most_missing: float
) -> None:
    """Store the cutout, or why it is not stored."""
    name, place, flux = target.name, target.place, outcome.flux
    if flux is None:
        store.refuse(name, place, outcome.state, outcome.why)
        return
    blank = bool(np.isnan(flux).all())
    missing = missing_part(flux)
    if not blank and missing <= most_missing:
        store.keep(
            name,
            place,
            flux,
            pixscale_arcsec=outcome.pixscale_arcsec,
            bricks=outcome.bricks,
            absent=outcome.absent if missing else (),
        )
        return
    state, why = (
        NO_IMAGE if blank else REJECTED,
        _why(flux, store.recipe.bands, missing),
    )
    if outcome.absent:
        state, why = NO_FILE, f"{why}; not there: {listed(outcome.absent)}"
    lacks = None if blank else missing  # a blank one is never stored
    store.refuse(name, place, state, why, missing=lacks, absent=outcome.absent)


def _why(flux: np.ndarray, bands: tuple[str, ...], missing: float) -> str:
    without = [
        band for band, plane in zip(bands, flux, strict=True) if np.isnan(plane).all()
    ]
    if len(without) == len(bands):
        return "none of its pixels has data"
    if without:
        return f"no data in {', '.join(without)}"
    return f"{percent(missing)} of its pixels have no data"
