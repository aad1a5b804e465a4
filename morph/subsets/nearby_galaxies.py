"""The galaxies of a release that are near positions, or have the digits of names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord, search_around_sky
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.sky.designations import NamedPlace

_AT_ONCE = 20_000  # names whose neighbours are searched together


@dataclass(frozen=True)
class NearestTwo:
    """The galaxy nearest to each position, and the separation of the second nearest."""

    iauname: np.ndarray  # (M,) object array of str
    ra: np.ndarray  # (M,) degrees, of the nearest
    dec: np.ndarray
    separation_arcsec: np.ndarray  # (M,)
    second_arcsec: np.ndarray  # (M,), infinite where there is no second


@dataclass(frozen=True)
class Galaxies:
    """The galaxies of a release that have positions, read when they are needed."""

    con: DuckDBPyConnection
    release: LoadedRelease

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """iauname, ra and dec in degrees."""
        sql = (
            f"SELECT iauname, ra, dec FROM {self.release.table} "
            "WHERE isfinite(ra) AND isfinite(dec)"
        )
        return query(self.con, self.release, sql).fetchnumpy()

    @cached_property
    def sky(self) -> SkyCoord:
        return SkyCoord(self.columns["ra"], self.columns["dec"], unit="deg")

    def nearest_two(self, ra: np.ndarray, dec: np.ndarray) -> NearestTwo | None:
        """Those nearest to positions in degrees; None for a release without any."""
        number = len(self.columns["iauname"])
        if not number:
            return None
        positions = SkyCoord(ra, dec, unit="deg")
        rows, apart, _ = positions.match_to_catalog_sky(self.sky)
        second = np.full(len(rows), np.inf)
        if number > 1:
            second = positions.match_to_catalog_sky(self.sky, nthneighbor=2)[1].arcsec
        found = (self.columns[column][rows] for column in ("iauname", "ra", "dec"))
        return NearestTwo(*found, apart.arcsec, second)

    def called(self, names: Sequence[NamedPlace], slack_arcsec: float) -> pd.DataFrame:
        """For each name, the number of ``galaxies`` with its digits, and the nearest.

        Columns ``galaxies``, ``iauname`` and ``separation_arcsec`` from the centre of
        the name's cell.
        """
        found = pd.DataFrame(
            {"galaxies": 0, "iauname": "", "separation_arcsec": np.nan},
            index=range(len(names)),
        ).astype({"iauname": object})
        if not len(self.columns["iauname"]):
            return found
        within = np.array([name.within_arcsec for name in names])
        order = np.argsort(within, kind="stable")  # wide cells are searched together
        for start in range(0, len(order), _AT_ONCE):
            rows = order[start : start + _AT_ONCE]
            limit = within[rows].max() + 2 * slack_arcsec
            pairs = self._pairs([names[row] for row in rows], limit, slack_arcsec)
            pairs["row"] = rows[pairs["row"]]
            first = pairs.sort_values("separation_arcsec").groupby("row").first()
            found.loc[first.index, first.columns] = first
            found.loc[first.index, "galaxies"] = pairs.groupby("row").size()
        return found

    def _pairs(
        self, names: Sequence[NamedPlace], limit: float, slack_arcsec: float
    ) -> pd.DataFrame:
        fields = [np.array(field) for field in zip(*names, strict=True)]
        centres = SkyCoord(fields[0], fields[1], unit="deg")
        rows, others, apart, _ = search_around_sky(centres, self.sky, limit * u.arcsec)
        places = NamedPlace(*(field[rows] for field in fields))
        ra, dec = self.columns["ra"][others], self.columns["dec"][others]
        fits = places.fits(ra, dec, slack_arcsec)
        return pd.DataFrame(
            {
                "row": rows[fits],
                "iauname": self.columns["iauname"][others[fits]],
                "separation_arcsec": apart.arcsec[fits],
            }
        )
