"""Distances, cones and HEALPix indices of positions in ICRS degrees."""

import numpy as np

from morph.errors import MorphError

HEALPIX_ORDER = 29
_BLOCK = 500_000  # positions at once: many need much memory

# `cdshealpix.nested.cone_search` loses parts of cones of more than 130°. Wider ones are
# covered by the cells of one depth whose centres are near enough.
_WIDE_DEG, _WIDE_DEPTH = 90, 4
_CELL_DEG = 4.0  # more than from the centre of such a cell to its corners, 3.782°


def separation_arcsec(
    ra: np.ndarray, dec: np.ndarray, *, from_ra: float, from_dec: float
) -> np.ndarray:
    """(N,) great-circle distances in arcsec of positions in degrees from another."""
    from astropy.coordinates import angular_separation  # slow to import

    angles = np.radians(ra), np.radians(dec), np.radians(from_ra), np.radians(from_dec)
    return np.degrees(angular_separation(*angles)) * 3600


def cone_ranges(ra: float, dec: float, radius_arcsec: float) -> list[tuple[int, int]]:
    """Ranges [start, stop) of order-29 HEALPix indices that cover a cone.

    They cover all of the cone and slightly more: select with them first, then with
    `separation_arcsec`.
    """
    if not (0 <= ra < 360 and abs(dec) <= 90 and 0 < radius_arcsec <= 648_000):
        raise MorphError(
            f"RA {ra}, Dec {dec} with radius {radius_arcsec} arcsec is not a cone on "
            "the sky; expected degrees, and a radius above 0 and up to 648,000 arcsec"
        )
    import astropy.units as u  # slow to import, as the others
    import cdshealpix.nested
    from astropy.coordinates import Latitude, Longitude

    radius = radius_arcsec / 3600
    if radius > _WIDE_DEG:
        cells, depths = _cells_near(ra, dec, radius + _CELL_DEG)
    else:
        depth = int(np.clip(np.log2(58.6 / radius) + 3, 0, HEALPIX_ORDER))  # 8 wide
        cells, depths, _ = cdshealpix.nested.cone_search(
            Longitude(ra, u.deg), Latitude(dec, u.deg), radius * u.deg, depth
        )
    ranges: list[tuple[int, int]] = []
    shifts = 2 * (HEALPIX_ORDER - depths.astype(int))
    for start, stop in sorted(
        (int(cell) << int(shift), (int(cell) + 1) << int(shift))
        for cell, shift in zip(cells, shifts, strict=True)
    ):
        if ranges and ranges[-1][1] == start:
            start = ranges.pop()[0]
        ranges.append((start, stop))
    return ranges


def _cells_near(ra: float, dec: float, deg: float) -> tuple[np.ndarray, np.ndarray]:
    """HEALPix cells with centres within ``deg`` degrees of a position; their depths."""
    import cdshealpix.nested  # slow to import

    cells = np.arange(12 * 4**_WIDE_DEPTH, dtype=np.uint64)
    centre_ra, centre_dec = cdshealpix.nested.healpix_to_lonlat(cells, _WIDE_DEPTH)
    away = separation_arcsec(centre_ra.deg, centre_dec.deg, from_ra=ra, from_dec=dec)
    near = cells[away <= deg * 3600]
    return near, np.full(len(near), _WIDE_DEPTH)


def healpix_29(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Nested HEALPix index at order 29 of ICRS positions in degrees; -1 for NaN."""
    import astropy.units as u  # slow to import, as the others
    import cdshealpix.nested
    from astropy.coordinates import Latitude, Longitude

    index = np.full(len(ra), -1, dtype=np.int64)
    for start in range(0, len(ra), _BLOCK):
        block = slice(start, start + _BLOCK)
        known = start + np.flatnonzero(np.isfinite(ra[block]) & np.isfinite(dec[block]))
        index[known] = cdshealpix.nested.lonlat_to_healpix(
            Longitude(ra[known], u.deg), Latitude(dec[known], u.deg), HEALPIX_ORDER
        ).astype(np.int64)
    return index
