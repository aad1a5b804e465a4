"""Download cutouts by ``fits-cutout`` of a survey's service into a growing store.

A galaxy whose answer is in the journal is not asked for again. Those whose service was
in trouble until the last try are asked for again when the command is repeated.
"""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

import httpx
import numpy as np
import pandas as pd

from data.cutouts.growing_store import GrowingStore, Recipe
from data.cutouts.outcomes import (
    FAILED,
    NO_IMAGE,
    Outcome,
    Progress,
    Target,
    left,
    note,
)
from data.cutouts.pace import Pace, Turnstile
from morph.errors import MorphError
from morph.images.cutout_service.bounded_get import (
    NoCutout,
    ServiceTrouble,
    client_for,
    get,
)
from morph.images.cutout_service.cutout_urls import cutout_address, scale_by_size
from morph.images.cutout_service.decoding import fluxes, most_fits_bytes
from morph.images.new_stores.defaults import MOST_MISSING
from morph.images.survey.survey import Survey

_LOOK_S = 1.0  # progress is reported at least so often, also in pauses


class Unreached(MorphError):
    """The service cannot be reached; the download stops and can be continued."""


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
        return scale_by_size(self.survey, target.radius_arcsec, self.recipe.size)

    def stop(self) -> None:
        """Send no more requests; those that are waiting for their turn end."""
        self.turnstile.close()

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

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
        scale = self.recipe.pixscale_arcsec
        return fluxes(data, bands, size, place=target.place, pixscale_arcsec=scale)

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
    waited_for = list(left(store, targets, most_missing=most_missing))
    done = 0
    with ThreadPoolExecutor(requests.pace.at_once, "cutouts") as pool:
        coming: dict[Future[Outcome], Target] = {}
        waiting = iter(waited_for)
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
                    note(store, coming.pop(future), future.result(), most_missing)
                    done += 1
                progress(done, len(waited_for))
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
            note(store, target, future.result(), most_missing)
