"""A cutout from one brick, or from all that it reaches into.

Bricks have different pixel grids, turned against one another by the convergence of
meridians. Every cutout is interpolated to a grid of its own, with the galaxy in the
middle and north up, as cutouts of the viewer are. A cubic spline keeps the flux of
stars of 0.8" or more within 0.01% and their positions within 0.001 pixels, and reduces
the noise of a pixel to 0.87; Lanczos-3, which the viewer uses, 0.04%, 0.02 pixels and
0.89; it takes five times as long.

Each pixel comes from one brick: that with the galaxy if it reaches so far, since bricks
overlap; else the neighbour with most of the cutout. It is missing if the pixel of the
brick that contains its centre is missing, as in the coadds themselves. In the spline, a
missing pixel has the flux of the nearest one that is not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from data.cutouts.bricks.brick_files import OpenBrick
from data.cutouts.bricks.brick_grid import Brick, brick_at, bricks_at
from data.cutouts.bricks.tangent_plane import TangentPlane, pixels_in, sky_of

_MARGIN = 10  # pixels, after which the edge of what was read has no influence: 2e-6
_COLUMNS = 10_000  # more than any row of bricks has

Opened = Callable[[Brick], OpenBrick]


@dataclass(frozen=True)
class Cutout:
    """(B, S, S) fluxes, NaN where they are missing, and where they come from."""

    flux: np.ndarray
    bricks: tuple[str, ...]
    absent: tuple[str, ...]  # files that it needs and that are not there


def cutout(plane: TangentPlane, bands: tuple[str, ...], opened: Opened) -> Cutout:
    """The fluxes in ``bands`` of a cutout; ``opened`` gives a brick with open files."""
    flux = np.full((len(bands), plane.height, plane.width), np.nan, dtype=np.float32)
    left = np.ones(flux.shape, dtype=bool)  # pixels that no brick has had yet
    used: dict[str, None] = {}
    absent: dict[str, None] = {}
    for margin in (_MARGIN, 0):  # at first without the outermost pixels of a brick
        for brick in _reached(plane):
            if not left.any():
                break
            of = opened(brick)
            absent |= dict.fromkeys(of.absent)
            if of.bands and _fill(flux, left, plane, of, bands=bands, margin=margin):
                used[brick.name] = None
    return Cutout(flux, tuple(used), tuple(absent))


def _reached(plane: TangentPlane) -> Iterator[Brick]:
    """The brick with the middle; then the others, those with most pixels first."""
    home = brick_at(plane.ra, plane.dec)
    yield home
    row, column = np.moveaxis(bricks_at(*sky_of(plane)), -1, 0)
    found, pixels = np.unique(row * _COLUMNS + column, return_counts=True)
    for place in found[np.argsort(-pixels)].tolist():
        if (brick := Brick(*divmod(place, _COLUMNS))) != home:
            yield brick


def _fill(
    flux: np.ndarray,
    left: np.ndarray,
    plane: TangentPlane,
    of: OpenBrick,
    *,
    bands: tuple[str, ...],
    margin: int,
) -> bool:
    """Set the pixels that are left and inside a brick; whether there were any."""
    x, y = pixels_in(plane, of.plane)
    edge = margin - 0.5
    within = (x >= edge) & (x < of.plane.width - 1 - edge)
    within &= (y >= edge) & (y < of.plane.height - 1 - edge)
    wanted = left & within
    wanted[[band not in of.bands for band in bands]] = False
    if not wanted.any():
        return False
    anywhere = wanted.any(axis=0)
    rows = _span(y[anywhere], of.plane.height)
    columns = _span(x[anywhere], of.plane.width)
    places = [place for place in range(len(bands)) if wanted[place].any()]
    planes = of.read([bands[place] for place in places], rows, columns)
    for place, pixels in zip(places, planes, strict=True):
        at = y[wanted[place]] - rows.start, x[wanted[place]] - columns.start
        flux[place][wanted[place]] = interpolated(pixels, *at)
    left &= ~wanted
    return True


def _span(positions: np.ndarray, pixels: int) -> slice:
    """The pixels of an axis that positions need, with a margin."""
    start = max(int(np.floor(positions.min())) - _MARGIN, 0)
    return slice(start, min(int(np.ceil(positions.max())) + _MARGIN + 1, pixels))


def interpolated(pixels: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(N,) values of an image between its pixels, NaN at pixels that are NaN."""
    missing = np.isnan(pixels)
    if missing.all():
        return np.full(y.shape, np.nan, dtype=np.float32)
    if missing.any():
        nearest = ndimage.distance_transform_edt(
            missing, return_distances=False, return_indices=True
        )
        pixels = pixels[tuple(nearest)]
    values = ndimage.map_coordinates(
        pixels, [y, x], order=3, mode="nearest", output=np.float32
    )
    rows = np.clip(np.round(y).astype(int), 0, missing.shape[0] - 1)
    columns = np.clip(np.round(x).astype(int), 0, missing.shape[1] - 1)
    values[missing[rows, columns]] = np.nan
    return values
