"""Densities on the triangle of three answers, and the contours that hold their mass.

Everything is computed on a triangular lattice whose outermost nodes lie on the
triangle's edges, so smoothing knows where the triangle ends and no contour leaves it.
Lattice arrays are (n + 1, n + 1): row i and column j is the node with the second
answer's share i / n and the first's j / n; nodes with i + j > n are NaN.
"""

from collections.abc import Sequence

import contourpy
import numpy as np
from scipy.signal import fftconvolve
from scipy.special import gammaln, xlogy

from morph.geometry.ternary import HEIGHT, draw_shares, from_plane, to_plane

STEPS = 160  # lattice steps along a side, for clouds of galaxies
FINE_STEPS = 320  # for one galaxy's posterior, which may be steep at an edge
MASSES = (0.2, 0.4, 0.6, 0.8, 0.95)
CREDIBLE_MASSES = (0.68, 0.95)
_DRAWS = 20_000


def lattice_density(
    share: np.ndarray, *, bandwidth: float | None = None, steps: int = STEPS
) -> np.ndarray:
    """Smoothed density of galaxies on the triangle, by normalised convolution.

    Counts, spread linearly over the three nodes around each galaxy, are smoothed by a
    Gaussian and divided by the triangle's own area smoothed alike: a uniform sample
    gives a uniform density, up to the edges (Knutsson & Westin 1993).

    Parameters
    ----------
    share : (N, 3) array
        Shares of the answers; rows with NaN are left out.
    bandwidth : float, optional
        Standard deviation of the Gaussian, in sides of the triangle. By default half
        of Scott's rule, since these clouds are narrower than a Gaussian of their
        variance, within 0.008 and 0.05.

    Returns
    -------
    (steps + 1, steps + 1) array
        Share of the galaxies per unit area.
    """
    share = _known(share)
    if not len(share):
        return np.where(_node_area(steps) > 0, 0.0, np.nan)
    node, weight = _corners_of_cell(share, steps)
    cells = (steps + 1) ** 2
    counts = np.bincount(node.ravel(), weight.ravel(), minlength=cells)
    kernel = _kernel(bandwidth or _bandwidth(share), steps)
    area = _node_area(steps)
    galaxies = fftconvolve(counts.reshape(area.shape), kernel, mode="same")
    triangle = fftconvolve(area, kernel, mode="same")
    inside = area > 0
    density = np.full(area.shape, np.nan)
    density[inside] = np.maximum(galaxies[inside], 0) / triangle[inside]
    return density / (len(share) * HEIGHT / steps**2)


def mass_levels(
    density: np.ndarray, share: np.ndarray, masses: Sequence[float] = MASSES
) -> np.ndarray:
    """Densities whose contours hold the given shares of the galaxies.

    The part of the triangle above a level is the smallest with so many galaxies in it,
    as far as the density tells (a highest-density region, Hyndman 1996).

    Parameters
    ----------
    density : (n + 1, n + 1) array
        From `lattice_density`.
    share : (N, 3) array
        The galaxies themselves: N of 1 or more without NaN.
    masses : sequence of float
        Shares of the galaxies, between 0 and 1.

    Returns
    -------
    (len(masses),) array
    """
    return np.quantile(density_at(density, _known(share)), 1 - np.asarray(masses))


def contour_lines(density: np.ndarray, level: float) -> list[np.ndarray]:
    """Lines along which a lattice density has one value, each (K, 2) of x and y.

    They end where they meet an edge of the triangle and never leave it.
    """
    x, y = node_positions(len(density) - 1)
    generator = contourpy.contour_generator(
        x, y, np.ma.masked_invalid(density), corner_mask=True, line_type="Separate"
    )
    return generator.lines(level)


def dirichlet_density(
    concentration: Sequence[float], *, steps: int = FINE_STEPS
) -> np.ndarray:
    """One galaxy's posterior density over the triangle, exact at the nodes.

    Parameters
    ----------
    concentration : three floats
        Concentrations α > 0. Where α < 1 the density has no bound at that edge; it is
        given half a step inside it.

    Returns
    -------
    (steps + 1, steps + 1) array
        Probability per unit area of the plane.
    """
    alpha = np.asarray(concentration, dtype=float)
    x, y = node_positions(steps)
    share = np.maximum(from_plane(x, y), 0)
    share = np.where(alpha < 1, np.maximum(share, 0.5 / steps), share)
    logarithm = xlogy(alpha - 1, share).sum(axis=-1)
    constant = gammaln(alpha.sum()) - gammaln(alpha).sum()
    per_area = np.exp(logarithm + constant) / HEIGHT  # shares cover 1/2, the plane √3/4
    return np.where(_node_area(steps) > 0, per_area, np.nan)


def credible_contours(
    concentration: Sequence[float] | np.ndarray,
    masses: Sequence[float] = CREDIBLE_MASSES,
) -> dict[float, list[np.ndarray]]:
    """Contours that hold one galaxy's vote fractions with the given probabilities.

    The levels are those that draws from the posterior itself stay above, to 0.4% of
    the mass. None are drawn for α = (1, 1, 1), which has the same density everywhere.

    Parameters
    ----------
    concentration : (3,) or (P, 3) array
        Concentrations α > 0; of P passes the posterior is their even mixture.
    masses : sequence of float
        Probabilities, between 0 and 1.
    """
    passes = np.atleast_2d(np.asarray(concentration, dtype=float))
    density = np.mean([dirichlet_density(alpha) for alpha in passes], axis=0)
    alpha = np.repeat(passes, -(-_DRAWS // len(passes)), axis=0)
    levels = mass_levels(density, draw_shares(alpha, seed=0), masses)
    return {m: contour_lines(density, v) for m, v in zip(masses, levels, strict=True)}


def density_image(
    density: np.ndarray, width: int = 320
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A lattice density as an image of the plane, NaN outside the triangle.

    Returns
    -------
    x : (width,) array
    y : (H,) array
        Centres of the pixels.
    image : (H, width) float32 array
    """
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(int(HEIGHT * width)) + 0.5) / width
    share = from_plane(*np.meshgrid(x, y))
    inside = (share >= 0).all(axis=-1)
    image = np.full(inside.shape, np.nan, dtype=np.float32)
    image[inside] = density_at(density, share[inside])
    return x, y, image


def density_at(density: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A lattice density at (N, 3) shares, linear within each small triangle."""
    node, weight = _corners_of_cell(share, len(density) - 1)
    return (density.ravel()[node] * weight).sum(axis=0)


def node_positions(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the lattice's nodes, each (steps + 1, steps + 1)."""
    second, first = np.indices((steps + 1, steps + 1)) / steps
    return to_plane(np.stack([first, second], axis=-1))


def _known(share: np.ndarray) -> np.ndarray:
    share = np.asarray(share, dtype=float)
    return share[np.isfinite(share).all(axis=1)]


def _corners_of_cell(share: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The three nodes around each share, and its weight on each: two (3, N) arrays.

    Cells alternate between triangles that point up (floors sum to n - 1) and down
    (n - 2); a share that is a node itself is taken as the corner of one that points up.
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
    own = row * (steps + 1) + column
    node = np.stack([own + step, own + step * (steps + 1), own])
    return node, weight


def _node_area(steps: int) -> np.ndarray:
    """Area of the triangle nearest to each node, the inner nodes' being 1."""
    second, first = np.indices((steps + 1, steps + 1))
    on_edges = np.sum([first == 0, second == 0, first + second == steps], axis=0)
    area = np.array([1, 1 / 2, 1 / 6])[np.minimum(on_edges, 2)]
    return np.where(first + second <= steps, area, 0.0)


def _kernel(bandwidth: float, steps: int) -> np.ndarray:
    """A round Gaussian, in the lattice's slanting coordinates."""
    reach = int(np.ceil(4 * bandwidth * steps / HEIGHT))
    second, first = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    squared = first**2 + first * second + second**2
    return np.exp(-squared / (2 * (bandwidth * steps) ** 2))


def _bandwidth(share: np.ndarray) -> float:
    x, y = to_plane(share)
    spread = np.sqrt((x.var() + y.var()) / 2)
    return float(np.clip(0.5 * spread * len(share) ** (-1 / 6), 0.008, 0.05))
