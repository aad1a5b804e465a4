"""Where the demonstration's galaxies lie: fields of a survey and names by position."""

import numpy as np
import pandas as pd

from morph.sky import iauname_from_position, unique_names

GALAXIES_A_FIELD = 40
FIELD_RADIUS_DEG = 0.5

# ra and dec ranges of field centres; DECaLS ends and BMz begins at dec 32.375.
FOOTPRINTS = {
    "decals": ((125.0, 245.0), (-4.0, 30.5)),
    "bmz": ((110.0, 265.0), (34.0, 70.0)),
    "overlap": ((130.0, 240.0), (31.9, 32.8)),
}


def place(
    population: pd.DataFrame, footprint: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Index of a population: iauname, ra, dec, what catalogues tell, and its field."""
    (west, east), (south, north) = FOOTPRINTS[footprint]
    n = len(population)
    fields = max(1, round(n / GALAXIES_A_FIELD))
    field = np.sort(rng.integers(fields, size=n))
    centre_ra = rng.uniform(west, east, fields)
    sines = np.sin(np.deg2rad([south, north]))
    centre_dec = np.rad2deg(np.arcsin(rng.uniform(*sines, fields)))
    away = FIELD_RADIUS_DEG * np.sqrt(rng.random(n))
    towards = rng.uniform(0, 2 * np.pi, n)
    dec = centre_dec[field] + away * np.sin(towards)
    ra = centre_ra[field] + away * np.cos(towards) / np.cos(np.deg2rad(dec))
    return pd.DataFrame(
        {
            "iauname": unique_names(iauname_from_position(ra, dec)),
            "ra": ra,
            "dec": dec,
            **{c: population[c] for c in ("mag_r", "radius_arcsec", "redshift")},
            "field": field,
        }
    )
