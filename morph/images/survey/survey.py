"""A survey: bands, pixels, seeing, colours, cutout service and footprint.

The fields are the keys of its TOML file (`morph.images.survey.survey_file`).
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from morph.errors import MorphError
from morph.images.store_manifest import BANDS
from morph.images.stretch import VIEWER, Colours
from morph.images.survey_footprint import Footprint
from morph.typed_json import within

_THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\d{1,5})?")


@dataclass(frozen=True)
class Band:
    """A band of a survey, and which of g, r and z it takes the place of."""

    name: str  # at the cutout service and in file names
    as_band: Literal["", "g", "r", "z"] = ""  # "" if it is one of them
    fwhm_arcsec: float | None = within(None, 0.01, 60)  # median PSF width
    depth_mag: float | None = within(None, 0, 40)  # 5σ of a point source, AB

    def __post_init__(self) -> None:
        if self.name not in BANDS and not self.as_band:
            raise MorphError(
                f'the band {self.name!r} has no as_band; add as_band = "g", "r" or "z"'
            )

    @property
    def place(self) -> str:
        """g, r or z."""
        return self.as_band or self.name


@dataclass(frozen=True)
class Service:
    """A cutout service as that of the Legacy Surveys viewer; without URL, links alone.

    Positions in the north Galactic cap from ``north_from_dec`` on are in the layer
    ``north_layer``, if there is one.
    """

    url: str = ""  # .../jpeg-cutout and .../fits-cutout are requested
    layer: str = "ls-dr9"
    north_layer: str = ""
    north_from_dec: float = within(32.375, -90, 90)
    images_per_s: float = within(10.0, 0.01, 1000)  # at most
    other_hosts: tuple[str, ...] = ()  # redirects may lead there

    def __post_init__(self) -> None:
        for host in self.other_hosts:
            if not _HOST.fullmatch(host):
                raise MorphError(
                    f"service.other_hosts has {host!r:.80}; expected names of hosts, "
                    'such as "images.example.org"'
                )
        if self.url and not _is_allowed(self.url):
            raise MorphError(
                f"service.url is {self.url!r:.200}; expected an address that begins "
                "with https:// or http://localhost, without password or parameters"
            )


@dataclass(frozen=True)
class Survey:
    """A survey and its images; of an unknown one, only the name."""

    name: str  # in the manifests of stores and releases
    title: str
    credit: str = ""
    pixscale_arcsec: float | None = within(None, 0.01, 60)
    bands: tuple[Band, ...] = tuple(Band(name) for name in BANDS)
    service: Service = Service()
    colours: Colours = VIEWER
    footprint: Footprint | None = None
    votes_from: str = ""  # survey whose images its volunteers saw, if another

    def __post_init__(self) -> None:
        places = [band.place for band in self.bands]
        if len(set(places)) < len(places):
            raise MorphError(
                f"its bands are used as {', '.join(places)}; expected each of g, r "
                "and z at most once"
            )

    @property
    def in_order(self) -> tuple[Band, ...]:
        """The bands in the order g, r, z."""
        return tuple(sorted(self.bands, key=lambda band: BANDS.index(band.place)))

    @property
    def places(self) -> tuple[str, ...]:
        """Those of g, r, z that the survey has, in this order."""
        return tuple(band.place for band in self.in_order)

    @property
    def fwhm_arcsec(self) -> tuple[float, ...] | None:
        """Median PSF widths in the order of `places`; None if one is unknown."""
        widths = tuple(band.fwhm_arcsec for band in self.in_order)
        return None if None in widths else widths

    @property
    def depth_mag(self) -> tuple[float, ...] | None:
        """Depths in the order of `places`; None if one is unknown."""
        depths = tuple(band.depth_mag for band in self.in_order)
        return None if None in depths else depths


def _is_allowed(url: str) -> bool:
    """Whether requests may go to an address: encrypted, or not out of this computer."""
    try:
        parts = urlsplit(url)
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
        return (
            plain
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and (
                parts.scheme == "https"
                or (parts.scheme == "http" and parts.hostname in _THIS_COMPUTER)
            )
        )
    except ValueError:
        return False
