"""The measured columns that a release may have, one row each."""

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class MeasuredColumn:
    """What a column is, and where published tables have it."""

    words: str
    unit: str
    kind: Literal["position", "magnitude", "size", "redshift", "image", "flag"]
    # Values outside, and both ends, are placeholders for "unknown" (-999, 0, 99).
    possible: tuple[float, float] = (-inf, inf)
    # Names in published tables, most reliable first. Similar quantities are excluded:
    # magnitudes of other systems, radii of other light fractions.
    published: tuple[str, ...] = ()
    values: str = ""  # what its values mean, where the words do not say it
    ucd: str = ""  # its kind in the vocabulary of the IVOA

    @property
    def title(self) -> str:
        """Words and unit for a label: "Half-light radius (arcsec)"."""
        begins = self.words[1:2] != "-"  # "r-band" stays as it is
        words = self.words[:1].upper() + self.words[1:] if begins else self.words
        return f"{words} ({self.unit})" if self.unit else words

    @property
    def meaning(self) -> str:
        """The words, and what its values mean."""
        return f"{self.words}: {self.values}" if self.values else self.words

    def is_possible(self, values: np.ndarray) -> np.ndarray:
        """Which of (N,) values can be measured ones; an unknown one, NaN, is not."""
        low, high = self.possible
        return (values > low) & (values < high)


PHYSICAL = {
    "mag_g": MeasuredColumn(
        "g-band magnitude",
        "mag",
        "magnitude",
        (0, 35),
        ("mag_g_desi", "mag_g"),
        ucd="phot.mag;em.opt.B",
    ),
    "mag_r": MeasuredColumn(
        "r-band magnitude",
        "mag",
        "magnitude",
        (0, 35),
        ("mag_r_desi", "mag_r"),
        ucd="phot.mag;em.opt.R",
    ),
    "mag_z": MeasuredColumn(
        "z-band magnitude",
        "mag",
        "magnitude",
        (0, 35),
        ("mag_z_desi", "mag_z"),
        ucd="phot.mag;em.opt.I",
    ),
    "radius_arcsec": MeasuredColumn(
        "half-light radius",
        "arcsec",
        "size",
        (0, 3600),
        ("radius_arcsec", "est_petro_th50", "petro_th50"),
        ucd="phys.angSize",
    ),
    "redshift": MeasuredColumn(
        "redshift", "", "redshift", (-0.02, 15), ("redshift",), ucd="src.redshift"
    ),
    # Of releases by runs that found bad pixels; see `morph.images.blanks`.
    "bad_pixels": MeasuredColumn(
        "fraction of bad pixels",
        "",
        "image",
        (-0.001, 1.001),
        ("bad_pixels",),
        ucd="meta.code.qual;arith.ratio",
    ),
    "image_flag": MeasuredColumn(
        "image flag",
        "",
        "flag",
        (-1, 8),
        ("image_flag",),
        "the sum of 1 (too many bad pixels), 2 (a band without data) and 4 (clipped "
        "flux)",
        ucd="meta.code.qual",
    ),
}
OF_IMAGES = ("bad_pixels", "image_flag")

# With the position: all that may be limited beside the answers.
MEASURED = {
    "ra": MeasuredColumn(
        "right ascension", "deg", "position", ucd="pos.eq.ra;meta.main"
    ),
    "dec": MeasuredColumn("declination", "deg", "position", ucd="pos.eq.dec;meta.main"),
    **PHYSICAL,
}
