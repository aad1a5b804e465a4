"""Densities on the triangle of three answers, and contours that enclose their mass.

Densities are computed on a triangular lattice whose outermost nodes are on the edges of
the triangle, so smoothing respects the edges and contours end there. Lattice arrays are
(n + 1, n + 1): row i and column j is the node with the fraction i / n of the second
answer and j / n of the first; nodes with i + j > n are NaN.
"""

from collections.abc import Sequence

import contourpy
import numpy as np
from scipy import fft
from scipy.special import gammaln, xlogy

from morph.geometry.ternary import HEIGHT, draw_shares, from_plane, to_plane

STEPS = 160  # lattice steps along a side, for many galaxies
FINE_STEPS = 320  # for the posterior of a galaxy, which may be steep at an edge
MASSES = (0.2, 0.4, 0.6, 0.8, 0.95)
CREDIBLE_MASSES = (0.68, 0.95)
_DRAWS = 20_000


def lattice_density(
    share: np.ndarray,
    *,
    galaxies: np.ndarray | None = None,
    bandwidth: float | None = None,
    steps: int = STEPS,
) -> np.ndarray:
    """Smoothed density of galaxies on the triangle, by normalised convolution.

    Counts, distributed linearly to the three nodes around each galaxy, are smoothed by
    a Gaussian and divided by the equally smoothed area of the triangle: a uniform
    sample gives a uniform density up to the edges (Knutsson & Westin 1993).

    Parameters
    ----------
    share : (N, 3) array
        Fractions of the answers; rows with NaN are ignored.
    galaxies : (N,) array, optional
        How many galaxies each row stands for, by default one; no row has NaN then.
    bandwidth : float, optional
        Standard deviation of the Gaussian, in sides of the triangle. By default half
        of Scott's rule, since the distributions are narrower than a Gaussian of the
        same variance, between 0.008 and 0.05.

    Returns
    -------
    (steps + 1, steps + 1) array
        Fraction of the galaxies per unit area of the plane, as all densities here.
    """
    share = _known(share)
    if not len(share):
        return np.where(_node_area(steps) > 0, 0.0, np.nan)
    node, weight = _corners_of_cell(share, steps)
    weight = weight if galaxies is None else weight * galaxies
    cells = (steps + 1) ** 2
    counts = np.bincount(node.ravel(), weight.ravel(), minlength=cells)
    bandwidth = bandwidth or _bandwidth(share, galaxies)
    triangle = _smoothed_area(bandwidth, steps)
    kernel = _kernel(bandwidth, steps)
    smooth = _convolved(counts.reshape(triangle.shape), kernel)
    density = np.maximum(smooth, 0) / triangle
    total = len(share) if galaxies is None else galaxies.sum()
    return density / (total * HEIGHT / steps**2)


def mass_levels(
    density: np.ndarray, share: np.ndarray, masses: Sequence[float] = MASSES
) -> np.ndarray:
    """Densities whose contours enclose the fractions ``masses`` of the galaxies.

    The part of the triangle above a level is the highest-density region, the smallest
    with this fraction (Hyndman 1996). The galaxies, (N, 3), are draws from the density;
    if it was estimated from them, use `cross_validated_levels`.
    """
    return np.quantile(density_at(density, _known(share)), 1 - np.asarray(masses))


def cross_validated_levels(
    density: np.ndarray,
    share: np.ndarray,
    masses: Sequence[float] = MASSES,
    *,
    galaxies: np.ndarray | None = None,
) -> np.ndarray:
    """Densities above which fractions ``masses`` of the *population* are expected.

    A smoothed density is too high at its own galaxies: with the levels of `mass_levels`
    the 80% region of 50 galaxies contains 35 to 80% of their population. Here the
    density at each galaxy is that of the others (leave-one-out), and of N the level is
    the (N + 1)(1 - mass)-th smallest: a further galaxy is above it with about the
    probability ``mass`` (Lei, Robins & Wasserman 2013). Of few galaxies, more than
    ``mass`` are above it.

    Parameters
    ----------
    density : array
        From `lattice_density` of these galaxies with the default bandwidth.
    share : (N, 3) array
        At least two galaxies; rows with NaN are ignored.
    galaxies : (N,) array, optional
        As of `lattice_density`.

    Returns
    -------
    array
        One level per mass; 0 if so many galaxies are isolated that the region is the
        whole triangle.
    """
    share, steps = _known(share), len(density) - 1
    galaxies = np.ones(len(share), dtype=int) if galaxies is None else galaxies
    number = galaxies.sum()
    own = _own_density(share, _bandwidth(share, galaxies), steps) / number
    others = (density_at(density, share) - own) * number / (number - 1)
    others[others < 1e-6 * np.nanmax(density)] = 0  # rounding errors of the convolution
    order = np.argsort(others)
    rank = (number + 1) * (1 - np.asarray(masses)) - 1
    return np.interp(rank, np.cumsum(galaxies[order]) - 1, others[order])


def contour_lines(density: np.ndarray, level: float) -> list[np.ndarray]:
    """Contours of a lattice density, each (K, 2) of x and y, up to the edges."""
    x, y = node_positions(len(density) - 1)
    generator = contourpy.contour_generator(
        x, y, np.ma.masked_invalid(density), corner_mask=True, line_type="Separate"
    )
    return generator.lines(level)


def dirichlet_density(
    concentration: Sequence[float], *, steps: int = FINE_STEPS
) -> np.ndarray:
    """Posterior density of one galaxy on the triangle, exact at the nodes.

    For a concentration α < 1 the density is unbounded at an edge; it is evaluated half
    a step inside.
    """
    alpha = np.asarray(concentration, dtype=float)
    x, y = node_positions(steps)
    share = np.maximum(from_plane(x, y), 0)
    share = np.where(alpha < 1, np.maximum(share, 0.5 / steps), share)
    logarithm = xlogy(alpha - 1, share).sum(axis=-1)
    constant = gammaln(alpha.sum()) - gammaln(alpha).sum()
    # The triangle has an area of 1/2 in fractions and √3/4 in the plane.
    density = np.exp(logarithm + constant) / HEIGHT
    return np.where(_node_area(steps) > 0, density, np.nan)


def credible_contours(
    concentration: Sequence[float] | np.ndarray,
) -> dict[float, list[np.ndarray]]:
    """Contours of the credible regions of the vote fractions of one galaxy.

    Concentrations α > 0 are (3,), or (P, 3) for the equal mixture of P passes. The
    levels are quantiles of the density at draws from the posterior, to 0.4% of the
    mass. There are none for α = (1, 1, 1), where the density is uniform.
    """
    passes = np.atleast_2d(np.asarray(concentration, dtype=float))
    density = np.mean([dirichlet_density(alpha) for alpha in passes], axis=0)
    alpha = np.repeat(passes, -(-_DRAWS // len(passes)), axis=0)
    levels = mass_levels(density, draw_shares(alpha, seed=0), CREDIBLE_MASSES)
    by_mass = zip(CREDIBLE_MASSES, levels, strict=True)
    return {mass: contour_lines(density, level) for mass, level in by_mass}


def density_image(density: np.ndarray, width: int = 320) -> np.ndarray:
    """A lattice density as a float32 image of the plane, NaN outside the triangle.

    Pixel centres are from 0 to 1 in x, ``width`` of them, and from 0 to √3/2 in y.
    """
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(int(HEIGHT * width)) + 0.5) / width
    share = from_plane(*np.meshgrid(x, y))
    inside = (share >= 0).all(axis=-1)
    image = np.full(inside.shape, np.nan, dtype=np.float32)
    image[inside] = density_at(density, share[inside])
    return image


def density_at(density: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A lattice density at (N, 3) fractions, interpolated linearly."""
    node, weight = _corners_of_cell(share, len(density) - 1)
    return (density.ravel()[node] * weight).sum(axis=0)


def node_positions(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the nodes of the lattice, each (steps + 1, steps + 1)."""
    second, first = np.indices((steps + 1, steps + 1)) / steps
    return to_plane(np.stack([first, second], axis=-1))


def _known(share: np.ndarray) -> np.ndarray:
    share = np.asarray(share, dtype=float)
    return share[np.isfinite(share).all(axis=1)]


def _corners_of_cell(share: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The three nodes around each point, and their weights: two (3, N) arrays.

    Cells alternate between triangles that point up (floors sum to n - 1) and down
    (n - 2); a point on a node is the corner of one that points up.
    """
    scaled = np.ascontiguousarray(np.maximum(share, 0).T * steps)
    low = np.floor(scaled).astype(np.int32)
    on_node = np.flatnonzero(np.rint((scaled - low).sum(axis=0)) == 0)
    low[low[:, on_node].argmax(axis=0), on_node] -= 1
    rest = scaled - low
    down = rest.sum(axis=0) > 1.5
    weight = np.where(down, 1 - rest, rest)
    row, column = low[1] + down, low[0] + down
    step = np.where(down, -1, 1)
    corner = row * (steps + 1) + column
    node = np.stack([corner + step, corner + step * (steps + 1), corner])
    return node, weight


def _node_area(steps: int) -> np.ndarray:
    """Area of the triangle nearest to each node, relative to inner nodes."""
    second, first = np.indices((steps + 1, steps + 1))
    on_edges = np.sum([first == 0, second == 0, first + second == steps], axis=0)
    area = np.array([1, 1 / 2, 1 / 6])[np.minimum(on_edges, 2)]
    return np.where(first + second <= steps, area, 0.0)


def _smoothed_area(bandwidth: float, steps: int) -> np.ndarray:
    """The area of the triangle around each node, smoothed; NaN outside."""
    area = _node_area(steps)
    smoothed = _convolved(area, _kernel(bandwidth, steps))
    return np.where(area > 0, smoothed, np.nan)


def _own_density(share: np.ndarray, bandwidth: float, steps: int) -> np.ndarray:
    """N times the part of a lattice density at N galaxies that is due to each one."""
    node, weight = _corners_of_cell(share, steps)
    beside = np.exp(-1 / (2 * (bandwidth * steps) ** 2))  # the kernel, one step away
    smoothed = weight + beside * (weight.sum(axis=0) - weight)
    own = (weight * smoothed / _smoothed_area(bandwidth, steps).ravel()[node]).sum(
        axis=0
    )
    return own / (HEIGHT / steps**2)


def _kernel(bandwidth: float, steps: int) -> np.ndarray:
    """A circular Gaussian in the oblique coordinates of the lattice."""
    reach = int(np.ceil(4 * bandwidth * steps / HEIGHT))
    second, first = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    squared = first**2 + first * second + second**2
    return np.exp(-squared / (2 * (bandwidth * steps) ** 2))


def _convolved(values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """``values`` convolved with a kernel of odd length, in their own shape.

    As by scipy.signal.fftconvolve, whose module takes half a second to import.
    """
    shape = [sum(sides) - 1 for sides in zip(values.shape, kernel.shape, strict=True)]
    padded = [fft.next_fast_len(side, real=True) for side in shape]
    product = fft.rfft2(values, padded) * fft.rfft2(kernel, padded)
    first = [side // 2 for side in kernel.shape]
    inside = tuple(slice(a, a + n) for a, n in zip(first, values.shape, strict=True))
    return fft.irfft2(product, padded)[inside]


def _bandwidth(share: np.ndarray, galaxies: np.ndarray | None = None) -> float:
    number = len(share) if galaxies is None else galaxies.sum()
    variances = [
        np.average((part - np.average(part, weights=galaxies)) ** 2, weights=galaxies)
        for part in to_plane(share)
    ]
    spread = np.sqrt(sum(variances) / 2)
    return float(np.clip(0.5 * spread * number ** (-1 / 6), 0.008, 0.05))
