"""The result of a cross-match as a table, and in a sentence."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from morph.errors import MorphError
from morph.sky.cross_match import (
    RATIO,
    Flags,
    Pairs,
    Progress,
    cross_match,
    flags,
    median_offset_arcsec,
)

# Column -> unit and meaning; a is the first list, b the second.
MEANINGS = {
    "row_a": ("", "row in the first list, from 1"),
    "row_b": ("", "row in the second list, from 1"),
    "name_a": ("", "name in the first list"),
    "name_b": ("", "name in the second list"),
    "ra_a": ("deg", "right ascension in the first list, ICRS"),
    "dec_a": ("deg", "declination in the first list, ICRS"),
    "ra_b": ("deg", "right ascension in the second list, ICRS"),
    "dec_b": ("deg", "declination in the second list, ICRS"),
    "separation_arcsec": ("arcsec", "distance on the sky"),
    "candidates": ("", "positions of the second list within the radius"),
    "second_arcsec": ("arcsec", "distance of the second nearest; NaN if there is none"),
    "best": ("", "whether it is the nearest"),
    "ambiguous": ("", "whether the second nearest is about as near as the nearest"),
    "shared": ("", "whether b is the nearest of several of the first list"),
}


@dataclass(frozen=True)
class SkyList:
    """Galaxies with names and ICRS positions in degrees, NaN where unknown."""

    title: str
    names: pa.Array  # (N,) strings
    ra: np.ndarray
    dec: np.ndarray
    notes: tuple[str, ...] = ()  # on how its positions were read

    @property
    def without_position(self) -> int:
        return int((~(np.isfinite(self.ra) & np.isfinite(self.dec))).sum())


@dataclass(frozen=True)
class Matched:
    """Pairs of two lists and what is said of them; ``all_pairs``, or only the best."""

    a: SkyList
    b: SkyList
    radius_arcsec: float
    ratio: float
    all_pairs: bool
    pairs: Pairs
    flags: Flags
    offset_arcsec: tuple[float, float]  # median of b - a of the best: east, north

    def counts(self) -> dict[str, int]:
        """Numbers of rows of ``a`` by what was found for them."""
        best = self.flags.best
        matched = int(best.sum())
        lost = self.a.without_position
        return {
            "rows": len(self.a.ra),
            "matched": matched,
            "ambiguous": int((best & self.flags.ambiguous).sum()),
            "shared": int((best & self.flags.shared).sum()),
            "unmatched": len(self.a.ra) - matched - lost,
            "without_position": lost,
            "pairs": len(best),
        }

    @property
    def sentence(self) -> str:
        """The counts and the offset, in words."""
        n = {name: f"{number:,}" for name, number in self.counts().items()}
        unplaced = self.a.without_position
        east, north = self.offset_arcsec
        return (
            f"{n['matched']} of {n['rows']} rows of {self.a.title} have a match in "
            f"{self.b.title} within {self.radius_arcsec:g} arcsec: {n['ambiguous']} "
            f"ambiguous, {n['shared']} with the match of another row"
            + (f"; {n['without_position']} have no position" if unplaced else "")
            + (
                f". Median offset, {self.b.title} minus {self.a.title}: "
                f"{east:+.3f} arcsec east, {north:+.3f} arcsec north"
                if self.counts()["matched"]
                else ""
            )
        )

    def facts(self) -> dict[str, str]:
        """Metadata for the file of the table, with the date of now."""
        return {
            "first": self.a.title,
            "second": self.b.title,
            "radius_arcsec": f"{self.radius_arcsec:g}",
            "ambiguity_ratio": f"{self.ratio:g}",
            "pairs": "all within the radius" if self.all_pairs else "the nearest",
            "summary": self.sentence,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def table(self) -> pa.Table:
        """A row per pair, with the columns of MEANINGS."""
        a, b, said = self.pairs.a, self.pairs.b, self.flags
        columns = {
            "row_a": a + 1,
            "row_b": b + 1,
            "name_a": self.a.names.take(pa.array(a)),
            "name_b": self.b.names.take(pa.array(b)),
            "ra_a": self.a.ra[a],
            "dec_a": self.a.dec[a],
            "ra_b": self.b.ra[b],
            "dec_b": self.b.dec[b],
            "separation_arcsec": self.pairs.separation_arcsec,
            **{n: getattr(said, n) for n in ("candidates", "second_arcsec", "best")},
            **{n: getattr(said, n) for n in ("ambiguous", "shared")},
        }
        return pa.table(columns)


def match_lists(
    a: SkyList,
    b: SkyList,
    radius_arcsec: float,
    *,
    all_pairs: bool = False,
    ratio: float = RATIO,
    progress: Progress | None = None,
) -> Matched:
    """Match the rows of ``a`` to those of ``b`` by position.

    MorphError if the radius or the ratio is impossible, there are too many pairs, or a
    list has no position at all.
    """
    for one in (a, b):
        if one.without_position == len(one.ra):
            raise MorphError(f"{one.title} has no positions; they are needed to match")
    positions = (a.ra, a.dec), (b.ra, b.dec)
    pairs = cross_match(*positions, radius_arcsec, progress=progress)
    said = flags(pairs, ratio=ratio)
    best = pairs.rows(said.best)
    offset = median_offset_arcsec(*positions, best)
    if not all_pairs:
        pairs, said = best, said.rows(said.best)
    return Matched(a, b, radius_arcsec, ratio, all_pairs, pairs, said, offset)
