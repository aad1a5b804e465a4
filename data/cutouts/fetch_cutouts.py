"""Download cutouts by ``fits-cutout`` of a survey's service into a growing store.

A galaxy whose answer is in the journal is not asked for again. Those whose service was
in trouble until the last try are asked for again when the command is repeated.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

import httpx
import numpy as np
import pandas as pd

from data.cutouts.growing_store import GrowingStore, Recipe, Unsuitable
from data.cutouts.journal import Line
from data.cutouts.pace import Pace, Turnstile
from morph.errors import MorphError
from morph.images.cutout_service.bounded_get import (
    NoCutout,
    ServiceTrouble,
    client_for,
    get,
)
from morph.images.cutout_service.cutout_urls import cutout_address, field_arcsec
from morph.images.cutout_service.decoding import fluxes, missing_part, most_fits_bytes
from morph.images.new_stores.defaults import MOST_MISSING
from morph.images.survey.survey import Survey
from morph.sky import separation_arcsec
from morph.wording import percent

NO_IMAGE, REJECTED, FAILED = "no image", "rejected", "failed"
_LOOK_S = 1.0  # progress is reported at least so often, also in pauses
_SAME_ARCSEC = 1.0  # positions of one galaxy in two tables

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Target:
    """A galaxy and its position in degrees."""

    name: str
    ra: float
    dec: float
    radius_arcsec: float | None = None  # half-light radius

    @property
    def place(self) -> tuple[float, float]:
        return self.ra, self.dec


@dataclass(frozen=True)
class Outcome:
    """What came of a request: fluxes, or why there are none."""

    flux: np.ndarray | None = None
    state: str = ""
    why: str = ""
    pixscale_arcsec: float | None = None


class Unreached(MorphError):
    """The service cannot be reached; the download stops and can be continued."""


class Elsewhere(Unsuitable):
    """The store has a cutout of a galaxy at another position."""


class Requests:
    """Requests for the cutouts of one survey, of one size."""

    def __init__(self, survey: Survey, recipe: Recipe, pace: Pace) -> None:
        self.survey, self.recipe, self.pace = survey, recipe, pace
        self.turnstile = Turnstile(pace)
        self.trouble = ""  # the last one, until an answer comes
        self._unreached = 0
        self.client: httpx.Client = client_for(
            survey.service.url, connections=pace.at_once
        )

    def outcome(self, target: Target) -> Outcome:
        """Ask for one cutout, several times if need be; Unreached if that is no use."""
        trouble = ""
        for turn in range(self.pace.tries):
            try:
                flux = self._flux(target)
            except NoCutout as error:
                self._well()
                return Outcome(state=NO_IMAGE, why=str(error))
            except ServiceTrouble as error:
                trouble = self.trouble = str(error)
                self._note(error)
                if turn < self.pace.tries - 1:
                    self.turnstile.wait_after(turn)
            else:
                self._well()
                return Outcome(flux, pixscale_arcsec=self.scale_of(target))
        return Outcome(state=FAILED, why=f"{trouble}, {self.pace.tries} times")

    def scale_of(self, target: Target) -> float:
        """Arcsec per pixel of a cutout, with the digits of its address.

        By the size of the galaxy as Galaxy Zoo DECaLS framed it, if that is wanted and
        known; else that of all.
        """
        if not self.recipe.by_size:
            return self.recipe.pixscale_arcsec
        size = self.recipe.size
        field = field_arcsec(self.survey, target.radius_arcsec, size)
        return float(f"{field / size:.4g}")

    def stop(self) -> None:
        """Send no more requests; those that are waiting for their turn end."""
        self.turnstile.close()

    def _flux(self, target: Target) -> np.ndarray:
        size = self.recipe.size
        url = cutout_address(
            self.survey,
            *target.place,
            kind="fits",
            size=size,
            pixscale_arcsec=self.scale_of(target),
        )
        bands = [band.name for band in self.survey.in_order]
        self.turnstile.enter()
        data = get(
            self.client,
            url,
            most_bytes=most_fits_bytes(len(bands), size),
            other_hosts=self.survey.service.other_hosts,
            deadline_s=self.pace.deadline,
        )
        return fluxes(data, bands, size)

    def _well(self) -> None:
        self.trouble, self._unreached = "", 0

    def _note(self, error: ServiceTrouble) -> None:
        if error.wait_s is not None:
            self.turnstile.pause(error.wait_s)
        self._unreached = 0 if error.reached else self._unreached + 1
        if self._unreached >= self.pace.most_unreached:
            raise Unreached(f"{error}; what was downloaded is kept. Continue later")


def download(
    store: GrowingStore,
    targets: pd.DataFrame,
    requests: Requests,
    *,
    most_missing: float = MOST_MISSING,
    progress: Progress = lambda done, total: None,
) -> None:
    """Ask for every galaxy that has no answer yet and has a position.

    Unreached if the service cannot be reached, Elsewhere if the store has a cutout of a
    galaxy at another position; the store can be opened again.
    """
    left = list(_left(store, targets))
    done = 0
    with ThreadPoolExecutor(requests.pace.at_once, "cutouts") as pool:
        coming: dict[Future[Outcome], Target] = {}
        waiting = iter(left)
        try:
            while True:
                # No more than are in progress: after a kill few have no answer.
                for target in islice(waiting, requests.pace.at_once - len(coming)):
                    store.ask(target.name)
                    coming[pool.submit(requests.outcome, target)] = target
                if not coming:
                    return
                finished, _ = wait(coming, _LOOK_S, FIRST_COMPLETED)
                for future in finished:
                    _note(store, coming.pop(future), future.result(), most_missing)
                    done += 1
                progress(done, len(left))
        finally:
            _keep_coming(store, coming, most_missing)


def _keep_coming(
    store: GrowingStore, coming: dict[Future[Outcome], Target], most_missing: float
) -> None:
    """Keep the answers that are on their way when the download ends early."""
    for future in coming:
        future.cancel()
    for future, target in coming.items():
        if not future.cancelled() and future.exception() is None:
            _note(store, target, future.result(), most_missing)


def _left(store: GrowingStore, targets: pd.DataFrame) -> Iterator[Target]:
    """The targets without an answer at their position; Elsewhere if one has moved."""
    known = targets[targets["ra"].notna() & targets["dec"].notna()]
    if "radius_arcsec" not in known:
        known = known.assign(radius_arcsec=math.nan)
    wanted = known[["iauname", "ra", "dec", "radius_arcsec"]]
    for name, *numbers in wanted.itertuples(index=False):
        line, target = store.answered.get(name), Target(name, *map(float, numbers))
        if line is None or line.get("state") == FAILED:
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


def _is_at(target: Target, line: Line) -> bool:
    """Whether an answer is about the position of a galaxy."""
    place = line["ra"], line["dec"]
    if place == target.place:
        return True
    apart = separation_arcsec(*place, from_ra=target.ra, from_dec=target.dec)
    return float(apart) <= _SAME_ARCSEC


def _note(
    store: GrowingStore, target: Target, outcome: Outcome, most_missing: float
) -> None:
    """Store the cutout, or why it is not stored."""
    if outcome.flux is None:
        store.refuse(target.name, target.place, outcome.state, outcome.why)
        return
    blank = np.isnan(outcome.flux).all()
    missing = missing_part(outcome.flux)
    if blank or missing > most_missing:
        why = _why(outcome.flux, store.recipe.bands, missing)
        state = NO_IMAGE if blank else REJECTED
        store.refuse(target.name, target.place, state, why)
        return
    scale = outcome.pixscale_arcsec
    store.keep(target.name, target.place, outcome.flux, pixscale_arcsec=scale)


def _why(flux: np.ndarray, bands: tuple[str, ...], missing: float) -> str:
    without = [
        band for band, plane in zip(bands, flux, strict=True) if np.isnan(plane).all()
    ]
    if len(without) == len(bands):
        return "none of its pixels has data"
    if without:
        return f"no data in {', '.join(without)}"
    return f"{percent(missing)} of its pixels have no data"
