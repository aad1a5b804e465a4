"""Contours of the triangle against counted galaxies, drawn posteriors and its edges."""

from itertools import pairwise

import contourpy
import numpy as np
import pytest

from morph.geometry.ternary import from_plane, to_plane
from morph.geometry.ternary_density import (
    MASSES,
    contour_lines,
    credible_contours,
    cross_validated_levels,
    density_at,
    density_image,
    dirichlet_density,
    lattice_density,
    mass_levels,
    node_positions,
)

CENTRE = (20.0, 20.0, 20.0)
CORNER = (80.0, 1.2, 1.1)
EDGE = (30.0, 30.0, 1.0)
SPREAD = (0.4, 0.4, 0.4)  # piled up along all edges and corners


def drawn(alpha: tuple[float, ...], galaxies: int = 20_000, seed: int = 0):
    return np.random.default_rng(seed).dirichlet(alpha, galaxies)


def two_clouds() -> np.ndarray:
    return np.concatenate([drawn((60, 4, 2)), drawn((2, 3, 40), seed=1)])


def inside(density: np.ndarray, level: float, share: np.ndarray) -> np.ndarray:
    """Which shares lie in the area contourpy would fill, by counting crossed sides."""
    x, y = node_positions(len(density) - 1)
    generator = contourpy.contour_generator(
        x, y, np.ma.masked_invalid(density), corner_mask=True, fill_type="OuterOffset"
    )
    within = np.zeros(len(share), dtype=bool)
    px, py = to_plane(share)
    for points, offsets in zip(*generator.filled(level, np.inf), strict=True):
        for start, stop in pairwise(offsets):
            ring = points[start:stop]
            for (x0, y0), (x1, y1) in pairwise(ring):
                if y0 != y1:
                    crossing = x0 + (py - y0) * (x1 - x0) / (y1 - y0)
                    within ^= ((y0 > py) != (y1 > py)) & (px < crossing)
    return within


@pytest.mark.parametrize("alpha", [CENTRE, CORNER, EDGE, (1.0, 1.0, 1.0)])
def test_contours_hold_the_share_of_galaxies_they_promise(alpha):
    share = drawn(alpha)
    density = lattice_density(share)
    for mass, level in zip(MASSES, mass_levels(density, share), strict=True):
        assert inside(density, level, share).mean() == pytest.approx(mass, abs=0.015)


def test_contours_of_two_clouds_hold_their_share_together():
    share = two_clouds()
    density = lattice_density(share)
    level = mass_levels(density, share, [0.8])[0]
    within = inside(density, level, share)
    assert within.mean() == pytest.approx(0.8, abs=0.01)
    assert within[:20_000].any() and within[20_000:].any()


@pytest.mark.parametrize("galaxies", [50, 300])
@pytest.mark.parametrize("alpha", [CENTRE, EDGE, (3.0, 2.0, 4.0), (1.0, 1.0, 1.0)])
def test_cross_validated_regions_of_few_galaxies_hold_their_population(alpha, galaxies):
    """Those of the sample hold 35 to 76 per cent of it, in place of 80."""
    population, masses = drawn(alpha, 4000, seed=99), (0.4, 0.8, 0.95)
    held, plain = [], []
    for seed in range(12):
        share = drawn(alpha, galaxies, seed=seed)
        density = lattice_density(share)
        at = density_at(density, population)
        levels = cross_validated_levels(density, share, masses)
        held.append([(at >= level).mean() for level in levels])
        plain.append((at >= mass_levels(density, share, [0.8])[0]).mean())
    assert np.mean(held, axis=0) == pytest.approx(masses, abs=0.05)
    assert np.mean(plain) < np.mean(held, axis=0)[1] - 0.02


def test_of_many_galaxies_both_levels_are_about_the_same():
    share = two_clouds()
    density = lattice_density(share)
    levels = cross_validated_levels(density, share)
    np.testing.assert_allclose(levels, mass_levels(density, share), rtol=0.05)


def test_the_density_of_the_others_is_that_without_the_galaxy():
    """By leaving out each galaxy in turn, with the bandwidth of all."""
    share = np.concatenate([drawn(CENTRE, 9), drawn(SPREAD, 4), np.eye(3)])
    x, y = to_plane(share)
    spread = np.sqrt((x.var() + y.var()) / 2)
    bandwidth = float(np.clip(0.5 * spread * len(share) ** (-1 / 6), 0.008, 0.05))
    others = [
        density_at(
            lattice_density(np.delete(share, row, axis=0), bandwidth=bandwidth),
            share[row : row + 1],
        )[0]
        for row in range(len(share))
    ]
    density = lattice_density(share)
    masses = 1 - (np.arange(len(share)) + 1) / (len(share) + 1)
    found = cross_validated_levels(density, share, masses)
    np.testing.assert_allclose(found, np.sort(others), atol=1e-5 * np.nanmax(density))


def test_isolated_galaxies_have_no_level():
    share = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    density = lattice_density(share, bandwidth=0.05)
    assert cross_validated_levels(density, share, [0.8]).tolist() == [0]


def test_a_region_of_highest_density_is_the_smallest_that_holds_its_mass():
    share = two_clouds()
    density = lattice_density(share)
    level = mass_levels(density, share, [0.6])[0]
    flat = drawn((1, 1, 1), 50_000)  # covers the triangle evenly: measures areas
    area = (density_at(density, flat) >= level).mean()
    circle = np.linalg.norm(
        np.stack(to_plane(flat - share.mean(axis=0))), axis=0
    )  # another region of the same mass: a disc around the mean
    radius = np.quantile(
        np.linalg.norm(np.stack(to_plane(share - share.mean(axis=0))), axis=0), 0.6
    )
    assert area < (circle <= radius).mean()


@pytest.mark.parametrize(
    "share",
    [
        drawn(CENTRE),
        drawn(CORNER),
        drawn(EDGE),
        drawn(SPREAD),
        drawn((1, 1, 1), 60),
        np.eye(3).repeat(100, axis=0),
        np.array([[0.5, 0.5, 0.0]]).repeat(60, axis=0),
    ],
    ids=["centre", "corner", "edge", "spread", "few", "corners only", "one place"],
)
def test_no_vertex_leaves_the_triangle(share):
    density = lattice_density(share)
    levels = mass_levels(density, share)
    lines = [line for level in levels for line in contour_lines(density, level)]
    vertices = np.concatenate([*lines, np.empty((0, 2))])
    assert from_plane(vertices[:, 0], vertices[:, 1]).min(initial=0) >= -1e-12


def test_an_even_sample_has_an_even_density_up_to_the_edges():
    steps = 40
    second, first = np.indices((6 * steps, 6 * steps))
    keep = first + second < 6 * steps
    share = np.stack([first[keep] + 1 / 3, second[keep] + 1 / 3], axis=1) / (6 * steps)
    share = np.column_stack([share, 1 - share.sum(axis=1)])
    density = lattice_density(share, bandwidth=0.05, steps=steps)
    known = density[np.isfinite(density)]
    assert len(known) == (steps + 1) * (steps + 2) / 2
    np.testing.assert_allclose(known, 4 / np.sqrt(3), rtol=0.05)  # 1 / area


def test_smoothing_is_round_and_as_wide_as_asked():
    share = np.full((1, 3), 1 / 3)
    density = lattice_density(share, bandwidth=0.05)
    x, y = node_positions(len(density) - 1)
    weight = np.nan_to_num(density)
    dx, dy = x - 0.5, y - 1 / np.sqrt(12)
    for square, expected in ((dx * dx, 0.05**2), (dy * dy, 0.05**2), (dx * dy, 0)):
        found = (weight * square).sum() / weight.sum()
        assert found == pytest.approx(expected, abs=2e-5)


def test_density_integrates_to_one_for_a_cloud_away_from_the_edges():
    density = lattice_density(drawn((60, 60, 60)))
    area = np.sqrt(3) / 2 / (len(density) - 1) ** 2
    assert np.nansum(density) * area == pytest.approx(1, abs=1e-3)


def test_galaxies_without_a_share_change_nothing():
    share = drawn(CENTRE, 500)
    with_unknown = np.concatenate([share, np.full((40, 3), np.nan)])
    np.testing.assert_array_equal(lattice_density(share), lattice_density(with_unknown))


def test_no_galaxies_have_no_density():
    density = lattice_density(np.empty((0, 3)))
    assert np.nanmax(density) == 0


def test_interpolation_is_exact_for_a_plane_over_the_triangle():
    steps = 9
    x, y = node_positions(steps)
    share = np.concatenate(
        [
            drawn((1, 1, 1), 1000),
            drawn(SPREAD, 1000),
            np.eye(3),
            [[0.5, 0.5, 0], [0, 1 / 3, 2 / 3], [1 / 3, 1 / 3, 1 / 3]],
        ]
    )
    plane = np.where(x + y / np.sqrt(3) <= 1 + 1e-9, 2 * x - 3 * y + 1, np.nan)
    at_x, at_y = to_plane(share)
    np.testing.assert_allclose(density_at(plane, share), 2 * at_x - 3 * at_y + 1)


def test_image_shows_the_density_inside_and_nothing_outside():
    density = lattice_density(drawn(CENTRE))
    image = density_image(density, 64)
    assert image.shape == (55, 64)
    x, y = ((np.arange(pixels) + 0.5) / 64 for pixels in (64, 55))
    outside = (from_plane(*np.meshgrid(x, y)) < 0).any(axis=-1)
    np.testing.assert_array_equal(np.isnan(image), outside)
    peak = np.unravel_index(np.nanargmax(image), image.shape)
    assert abs(x[peak[1]] - 0.5) < 0.05
    assert abs(y[peak[0]] - 1 / np.sqrt(12)) < 0.05


@pytest.mark.parametrize(
    "alpha", [(6, 3, 1), (2, 3, 4), (101, 1, 1), (101, 101, 101), (1.5, 1, 60)]
)
def test_credible_regions_hold_their_share_of_new_draws(alpha):
    share = drawn(alpha, 40_000, seed=7)
    for mass, lines in credible_contours(alpha).items():
        level = density_at(dirichlet_density(alpha), from_plane(*lines[0][:1].T))[0]
        within = inside(dirichlet_density(alpha), level, share)
        assert within.mean() == pytest.approx(mass, abs=0.01)


def test_credible_regions_of_several_passes_are_those_of_their_mixture():
    passes = np.array([(60.0, 4.0, 2.0), (2.0, 3.0, 40.0)])
    share = np.concatenate([drawn(alpha, 40_000, seed=7) for alpha in passes])
    density = np.mean([dirichlet_density(alpha) for alpha in passes], axis=0)
    for mass, lines in credible_contours(passes).items():
        level = density_at(density, from_plane(*lines[0][:1].T))[0]
        within = inside(density, level, share)
        assert within.mean() == pytest.approx(mass, abs=0.01)
        assert len(lines) >= 2  # one around each


def test_dirichlet_density_is_exact():
    density = dirichlet_density((6, 3, 1), steps=10)
    # Gamma(10) / (Gamma(6) Gamma(3) Gamma(1)) 0.5^5 0.3^2, per area of the plane
    expected = 362880 / (120 * 2) * 0.5**5 * 0.3**2 / (np.sqrt(3) / 2)
    assert density[3, 5] == pytest.approx(expected)
    assert np.isnan(density[6, 5])


def test_a_posterior_that_grows_without_bound_at_an_edge_stays_finite():
    density = dirichlet_density((0.5, 3, 8))
    assert np.isfinite(density[~np.isnan(density)]).all()
    assert credible_contours((0.5, 3, 8))[0.68]


def test_an_even_posterior_has_no_contours():
    assert credible_contours((1, 1, 1)) == {0.68: [], 0.95: []}


def test_wider_regions_lie_around_narrower_ones():
    lines = credible_contours((10, 8, 6))
    widths = [np.ptp(np.concatenate(lines[m])[:, 0]) for m in (0.68, 0.95)]
    assert widths[0] < widths[1]


def test_a_line_that_meets_an_edge_ends_there():
    lines = contour_lines(dirichlet_density((30, 30, 1)), 5.0)
    ends = np.array([end for line in lines for end in (line[0], line[-1])])
    assert not np.allclose(lines[0][0], lines[0][-1])
    nearest_edge = from_plane(ends[:, 0], ends[:, 1]).min(axis=1)
    np.testing.assert_allclose(nearest_edge, 0, atol=1e-9)


def test_bandwidth_is_half_of_scotts_rule():
    share = drawn((4, 4, 4), 5000)
    x, y = to_plane(share)
    half = 0.5 * np.sqrt((x.var() + y.var()) / 2) * 5000 ** (-1 / 6)
    assert 0.008 < half < 0.05
    np.testing.assert_array_equal(
        lattice_density(share), lattice_density(share, bandwidth=half)
    )
