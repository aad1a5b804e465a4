"""Pictures of galaxies from the services of surveys, when a page shows them.

At most `AT_ONCE` requests run at once, of all surveys together. A service that cannot
be reached, or asks for a pause, is left alone for a while: first a minute, then longer
each time. During that time there are no pictures, and pages do not wait for them.
"""

import logging
import os
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from morph.images.cutout_service.bounded_get import (
    AT_ONCE,
    NoCutout,
    ServiceTrouble,
    client_for,
    get,
)
from morph.images.cutout_service.cutout_urls import cutout_address, field_arcsec
from morph.images.cutout_service.decoding import jpeg_pixels, most_jpeg_bytes
from morph.images.cutout_service.picture_cache import PictureCache
from morph.images.store import encode_jpeg
from morph.images.survey.survey import Survey

SWITCH, SPACE = "MORPH_PICTURES", "MORPH_PICTURES_MB"
_DEFAULT_MB = 500.0
_SIZES = (256, 512)  # pixels; of tiles, and of the page of a galaxy
_TRIES = 3
_DEADLINE_S = 20.0
_TROUBLES = 3  # in succession, until a service is left alone
_PAUSE_S, _LONGEST_PAUSE_S = 60.0, 900.0
_REMEMBERED = 10_000  # positions without a picture

_log = logging.getLogger(__name__)


@dataclass
class _Health:
    """What is known of one service."""

    troubles: int = 0  # in succession
    pauses: int = 0
    quiet_until: float = 0.0


@dataclass(frozen=True)
class Place:
    """A galaxy on the sky: degrees, and its half-light radius where known."""

    ra: float
    dec: float
    radius_arcsec: float | None = None


class OnDemand:
    """The pictures of one home; kept in its folder ``pictures``."""

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cache = PictureCache(folder, most_bytes)
        self._now, self._sleep = now, sleep
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pictures")
        self._lock = threading.Lock()
        self._coming: dict[str, Future[bytes | None]] = {}
        self._health: dict[str, _Health] = {}
        self._clients: dict[str, httpx.Client] = {}
        self._without: OrderedDict[str, None] = OrderedDict()

    def is_quiet(self, survey: Survey) -> bool:
        """Whether the service of a survey is left alone now."""
        return self._now() < self._of(survey).quiet_until

    def picture(
        self, survey: Survey, place: Place, *, width: int
    ) -> "Future[bytes | None]":
        """A JPEG of the galaxy, or None if there is none now.

        Several requests for one picture are one.
        """
        size = next((one for one in _SIZES if one >= width), _SIZES[-1])
        field = field_arcsec(survey, place.radius_arcsec)
        url = cutout_address(
            survey,
            place.ra,
            place.dec,
            kind="jpeg",
            size=size,
            pixscale_arcsec=field / size,
        )
        with self._lock:
            coming = self._coming.get(url)
            if coming is None:
                coming = self._pool.submit(self._obtain, survey, url, size)
                self._coming[url] = coming
                coming.add_done_callback(lambda _: self._coming.pop(url, None))
        return coming

    def close(self) -> None:
        """End the threads; requests in progress are waited for."""
        self._pool.shutdown(cancel_futures=True)
        for client in self._clients.values():
            client.close()

    def _obtain(self, survey: Survey, url: str, size: int) -> bytes | None:
        kept = self._cache.read(url)
        if kept is not None:
            return kept
        if url in self._without or self.is_quiet(survey):
            return None
        try:
            picture = self._requested(survey, url, size)
        except NoCutout as error:
            _log.info("no picture: %s", error)
            self._remember_none(url)
            return None
        if picture is not None:
            self._cache.write(url, picture)
        return picture

    def _requested(self, survey: Survey, url: str, size: int) -> bytes | None:
        """The picture from the service; None in trouble, after some tries."""
        limits = {"most_bytes": most_jpeg_bytes(size), "deadline_s": _DEADLINE_S}
        limits |= {"other_hosts": survey.service.other_hosts}
        for turn in range(_TRIES):
            try:
                answer = get(self._client(survey), url, **limits)
                picture = encode_jpeg(jpeg_pixels(answer, size))
            except ServiceTrouble as error:
                self._note(survey, error)
                if self.is_quiet(survey) or not error.reached:
                    break
                self._sleep(random.uniform(0.2, 0.5) * 2**turn)  # noqa: S311
            else:
                self._note(survey, None)
                return picture
        return None

    def _client(self, survey: Survey) -> httpx.Client:
        with self._lock:
            url = survey.service.url
            if url not in self._clients:
                self._clients[url] = client_for(url)
            return self._clients[url]

    def _of(self, survey: Survey) -> _Health:
        return self._health.setdefault(survey.service.url, _Health())

    def _note(self, survey: Survey, trouble: ServiceTrouble | None) -> None:
        """Count an answer, or a trouble, of a service."""
        with self._lock:
            health = self._of(survey)
            if trouble is None:
                health.troubles = health.pauses = 0
                return
            health.troubles += 1
            if trouble.wait_s is None and health.troubles < _TROUBLES:
                return
            if self._now() < health.quiet_until:
                return
            pause = min(_PAUSE_S * 2**health.pauses, _LONGEST_PAUSE_S)
            if trouble.wait_s is not None:
                pause = min(max(trouble.wait_s, 1.0), _LONGEST_PAUSE_S)
            health.quiet_until = self._now() + pause
            health.pauses += 1
            _log.warning("no pictures from it for %.0f s: %s", pause, trouble)

    def _remember_none(self, url: str) -> None:
        with self._lock:
            self._without[url] = None
            if len(self._without) > _REMEMBERED:
                self._without.popitem(last=False)


def is_switched_on() -> bool:
    """Whether MORPH_PICTURES allows requests; anything but "on" forbids them."""
    return os.environ.get(SWITCH, "on").strip().lower() == "on"


def most_bytes() -> int:
    """The limit of the kept pictures, from MORPH_PICTURES_MB."""
    stated = os.environ.get(SPACE, "")
    try:
        megabytes = float(stated) if stated else _DEFAULT_MB
    except ValueError:
        megabytes = -1.0
    if not 0 <= megabytes < 1e9:
        _log.warning("%s is %r; it must be a number of megabytes", SPACE, stated)
        megabytes = _DEFAULT_MB
    return int(megabytes * 1e6)
