"""Galaxies on the triangle: positions, contours, and points drawn."""

import io

import numpy as np
import pytest
from PIL import Image

from morph.analysis import triangle
from morph.catalogue.arrays import arrays
from morph.errors import MorphError
from morph.figures import ternary_figures
from morph.geometry.regions import Plane
from morph.geometry.ternary import displacement, from_plane, suggested_corners, to_plane
from morph.geometry.ternary_density import (
    cross_validated_levels,
    density_at,
    lattice_density,
)
from morph.selection.funnel import count
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5

BAR = suggested_corners(GZD5)["bar"]
ARMS = suggested_corners(GZD5)["spiral-arm-count"]


@pytest.fixture(scope="module")
def con(shared_con):
    return shared_con


def cluster(galaxies: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet([8, 3, 2], galaxies)


def test_shares_of_three_answers_are_their_probabilities(con, plain):
    found = triangle.shares(con, plain, BAR)
    columns = [f"{label}_probability" for label in BAR.question.labels]
    expected = np.column_stack(arrays(con, plain, columns))
    np.testing.assert_allclose(found.share, expected, atol=1e-6)
    assert found.hidden == 0
    assert found.placed.all()


def test_galaxies_with_most_votes_elsewhere_are_hidden(con, plain):
    found = triangle.shares(con, plain, ARMS)
    (cant_tell,) = arrays(con, plain, ["spiral-arm-count_cant-tell_probability"])
    assert found.hidden == (cant_tell > 0.5).sum() > 0
    assert (found.placed == (cant_tell <= 0.5)).all()


def test_masked_fractions_have_no_place_but_are_not_hidden(con, fractions):
    found = triangle.shares(con, fractions, BAR)
    (known,) = arrays(con, fractions, ["bar_strong_probability"])
    assert (found.placed == np.isfinite(known)).all()
    assert found.hidden == 0
    with pytest.raises(MorphError, match="fractions without posteriors"):
        triangle.blurred_shares(con, fractions, BAR)


def test_another_release_places_only_galaxies_that_it_has(con, plain, passes):
    found = triangle.shares(con, plain, BAR, of=passes)
    assert found.placed.sum() < plain.galaxies
    itself = triangle.shares(con, plain, BAR, of=plain)
    np.testing.assert_array_equal(itself.share, triangle.shares(con, plain, BAR).share)


def test_blurred_shares_scatter_around_the_expected_ones(con, plain):
    expected = triangle.shares(con, plain, BAR)
    drawn = triangle.blurred_shares(con, plain, BAR, seed=1)
    np.testing.assert_allclose(drawn.share.sum(axis=1), 1)
    difference = drawn.share - expected.share
    assert 0.01 < difference.std() < 0.3
    assert abs(difference.mean(axis=0)).max() < 0.01


@pytest.mark.parametrize("rule", ["largest", "off"])
def test_the_triangle_holds_who_is_led_to_it_and_has_a_place(con, plain, rule):
    selection = Selection(rule=rule).on_plane(Plane.of_corners(ARMS))
    mask = triangle.shares(con, plain, ARMS).placed
    if rule == "largest":
        for column, place in (
            ("smooth-or-featured_answer", 1),
            ("disk-edge-on_answer", 1),
            ("has-spiral-arms_answer", 0),
        ):
            mask = mask & (arrays(con, plain, [column])[0] == place)
    assert rows(con, plain, selection).tolist() == np.flatnonzero(mask).tolist()
    assert selection.on_plane(Plane.of_corners(ARMS)) is selection
    both = selection.on_plane(Plane.of_corners(BAR))
    assert count(con, plain, both) <= mask.sum()


def test_each_contour_holds_its_share_of_the_galaxies():
    share = cluster(20_000)
    found = triangle.cloud([np.vstack([share, np.full((5, 3), np.nan)])])
    assert found.galaxies == len(share)
    largest = np.bincount(share.argmax(axis=1), minlength=3) / len(share)
    assert found.nearest == pytest.approx(tuple(largest))
    height = density_at(found.density, share)
    for mass, lines in found.contours.items():
        x, y = lines[0].T
        level = density_at(found.density, np.clip(from_plane(x, y), 0, 1)).mean()
        assert (height > level).mean() == pytest.approx(mass, abs=0.02)


@pytest.mark.parametrize("galaxies", [60, 2_000, 20_000])
def test_a_cloud_of_cells_is_that_of_its_galaxies(galaxies):
    known = cluster(galaxies)
    share = np.vstack([known, np.full((5, 3), np.nan)])
    exact = lattice_density(known)
    levels = cross_validated_levels(exact, known)
    found = triangle.cloud(np.array_split(share, 7))
    peak = np.nanmax(exact)
    assert np.nanmax(np.abs(found.density - exact)) < 0.005 * peak
    height = density_at(exact, known)
    for lines, level in zip(found.contours.values(), levels, strict=True):
        x, y = lines[0].T
        at = density_at(exact, np.clip(from_plane(x, y), 0, 1)).mean()
        assert at == pytest.approx(level, rel=0.01)
        assert (height > at).mean() == pytest.approx((height > level).mean(), abs=0.02)
    density = triangle.density(np.array_split(share, 3))
    np.testing.assert_allclose(density, found.density, rtol=1e-9, atol=1e-12)


def test_fractions_in_blocks_are_those_of_all(con, plain, fractions, monkeypatch):
    monkeypatch.setattr(triangle, "_BLOCK", 700)
    for release in (plain, fractions):
        for corners in (BAR, ARMS):
            every = triangle.shares(con, release, corners)
            blocks = list(triangle.in_blocks(con, release, corners))
            assert len(blocks) > 1
            np.testing.assert_array_equal(np.concatenate(blocks), every.share)
            assert triangle.hidden(con, release, corners) == every.hidden
            some = np.array([5, 900, 1999])
            (block,) = triangle.in_blocks(con, release, corners, some)
            np.testing.assert_array_equal(block, every.share[some])


def test_few_galaxies_have_no_contours():
    assert triangle.cloud([cluster(triangle.LEAST_FOR_CONTOURS - 1)]).contours == {}
    assert triangle.cloud([cluster(triangle.LEAST_FOR_CONTOURS)]).contours
    empty = triangle.cloud([np.empty((0, 3))])
    assert (empty.galaxies, empty.nearest) == (0, (0.0, 0.0, 0.0))


def test_points_are_drawn_at_random_and_stay():
    placed = np.arange(0, 5000, 3)
    first, again = (triangle.draw_rows(placed, size=100, seed=4) for _ in range(2))
    assert first.tolist() == again.tolist() == sorted(set(first.tolist()))
    assert set(first) <= set(placed)
    assert triangle.draw_rows(placed, size=9999, seed=4) is placed


def test_the_read_out_and_its_parallels_are_the_shares():
    share = cluster(50)
    x, y = to_plane(share)
    for corner, (a, b, c) in enumerate(ternary_figures.SHARES):
        np.testing.assert_allclose(a * x + b * y + c, share[:, corner], atol=1e-12)
        dx, dy = ternary_figures.PARALLELS[corner]
        assert a * dx + b * dy == pytest.approx(0)


def test_ticks_lie_on_lines_of_one_share_and_are_written_inside():
    for tick in ternary_figures.ticks():
        for x, y in (*zip(tick.x, tick.y, strict=True), tick.written):
            assert from_plane(x, y)[tick.corner] == pytest.approx(tick.value)
            assert from_plane(x, y).min() > -1e-9
        assert from_plane(*tick.written).min() > 0.01


def test_the_picture_is_clear_outside_the_triangle_and_darkest_where_most_are():
    density = lattice_density(cluster(5000))
    picture = Image.open(io.BytesIO(ternary_figures.density_picture(density)))
    opacity = np.array(picture)[::-1, :, 3] / 255
    height, width = opacity.shape
    x, y = np.meshgrid(
        (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / width
    )
    share = from_plane(x, y)
    assert (opacity[share.min(axis=-1) < 0] == 0).all()
    row, column = np.unravel_index(opacity.argmax(), opacity.shape)
    assert opacity.max() == pytest.approx(0.9, abs=0.01)
    np.testing.assert_allclose(share[row, column], [0.7, 0.2, 0.1], atol=0.12)


def test_arrows_point_from_before_to_after_and_are_as_long_as_the_shift():
    before = np.tile([0.2, 0.2, 0.6], (20, 1))
    after = np.tile([0.5, 0.3, 0.2], (20, 1))
    (arrow,) = ternary_figures.arrows(displacement(before, after))
    shift = np.array(to_plane(after[0] - before[0]))
    np.testing.assert_allclose(arrow[1] - arrow[0], shift)
    assert len(arrow) == 5
    assert ternary_figures.arrows(displacement(before, before)) == []


def test_names_of_contours_stand_on_them_clear_of_each_other():
    found = triangle.cloud([cluster(20_000)])
    taken: list[tuple[float, float]] = []
    for lines in found.contours.values():
        place = ternary_figures.label_place(lines, avoid=taken)
        if place is not None:
            points = np.concatenate(lines)
            assert np.linalg.norm(points - place, axis=1).min() < 1e-9
            values = [tick.written for tick in ternary_figures.ticks()]
            for other in (*taken, *values):
                apart = np.abs(np.subtract(place, other)) / ternary_figures.TEXT
                assert apart.max() > 1  # neither beside nor above is there an overlap
            taken.append(place)
    assert taken


def test_a_cloud_holds_its_own_share_and_less_of_a_displaced_one():
    source, alike = cluster(4000), cluster(4000, seed=1)
    assert 0.8 < triangle.share_within(source, source, 0.8) < 0.83
    assert triangle.share_within(source, alike, 0.8) == pytest.approx(0.8, abs=0.03)
    displaced = source[:, [1, 0, 2]]
    assert triangle.share_within(source, displaced, 0.8) < 0.4
    unknown = np.vstack([displaced, np.full((900, 3), np.nan)])
    assert triangle.share_within(source, unknown, 0.8) == triangle.share_within(
        source, displaced, 0.8
    )
    assert triangle.share_within(source, displaced[:49], 0.8) is None


def test_pictures_with_one_peak_can_be_compared():
    density = lattice_density(cluster(3000))

    def darkest(**scale) -> int:
        picture = Image.open(
            io.BytesIO(ternary_figures.density_picture(density, **scale))
        )
        return np.asarray(picture)[:, :, 3].max()

    own = np.nanmax(density)
    assert darkest(peak=own) == pytest.approx(darkest(), abs=2)
    quarter = (darkest(peak=4 * own) / 255 - 0.1) / (darkest(peak=own) / 255 - 0.1)
    assert quarter == pytest.approx(0.5, abs=0.03)  # the scale is of a square root
