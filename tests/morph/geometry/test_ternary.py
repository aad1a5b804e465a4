"""Corners, projection and shifts against worked places of the triangle."""

import numpy as np
import pytest

from morph.errors import MorphError
from morph.geometry.regions import inside
from morph.geometry.ternary import (
    HEIGHT,
    Corners,
    cell_counts,
    count_table,
    displacement,
    draw_shares,
    from_plane,
    nearest_node,
    share_of_corners,
    share_polygon,
    suggested_corners,
    sums_at_corners,
    to_plane,
)
from morph.trees.decision_tree import GZD5, DecisionTree, Question

BAR = suggested_corners(GZD5)["bar"]
ARMS = suggested_corners(GZD5)["spiral-arm-count"]


def drawn(galaxies: int, alpha: tuple[float, ...] = (1, 1, 1)) -> np.ndarray:
    return np.random.default_rng(0).dirichlet(alpha, galaxies)


def test_corners_of_bar_stand_as_in_the_paper():
    assert BAR.words == ("Strong bar", "Weak bar", "No bar")
    x, y = to_plane(np.eye(3))
    np.testing.assert_allclose(x, [1, 0.5, 0])  # strong right, weak top, no left
    np.testing.assert_allclose(y, [0, HEIGHT, 0])


def test_even_shares_are_the_middle_of_the_triangle():
    x, y = to_plane(np.full((1, 3), 1 / 3))
    np.testing.assert_allclose([x[0], y[0]], [0.5, HEIGHT / 3])


def test_projection_and_back_give_the_same_shares():
    share = drawn(100)
    np.testing.assert_allclose(from_plane(*to_plane(share)), share, atol=1e-12)


def test_a_point_outside_the_triangle_has_a_negative_share():
    assert from_plane(0.5, -0.1)[1] < 0


def test_questions_of_three_or_more_answers_have_corners():
    assert set(suggested_corners(GZD5)) == {
        question.name for question in GZD5.questions if len(question.answers) >= 3
    }


def test_three_arms_or_more_share_a_corner_and_cannot_tell_is_left_out():
    assert ARMS.words == ("1 arm", "2 arms", "3, 4 or more than 4 arms")
    rounded = Corners(
        GZD5.question("merging"),
        (
            ("merging_merger", "merging_none"),
            ("merging_minor-disturbance",),
            ("merging_major-disturbance",),
        ),
    )
    assert rounded.words[0] == "Merger or not merging"
    assert ARMS.left_out == ("spiral-arm-count_cant-tell",)


def test_a_question_of_an_unknown_tree_groups_its_later_answers():
    four = Question("q", "Q", ("a", "b", "c", "d"), ("A", "B", "C", "D"))
    corners = suggested_corners(DecisionTree("t", (four,)))["q"]
    assert corners.groups == (("q_a",), ("q_b",), ("q_c", "q_d"))


@pytest.mark.parametrize(
    "groups",
    [
        (("bar_strong",), ("bar_weak",)),
        (("bar_strong",), ("bar_weak",), ()),
        (("bar_strong",), ("bar_weak",), ("merging_none",)),
    ],
)
def test_corners_that_are_not_three_groups_of_the_question_are_refused(groups):
    with pytest.raises(MorphError, match="not three groups of answers of bar"):
        Corners(GZD5.question("bar"), groups)


def test_an_answer_at_two_corners_is_refused():
    groups = (("bar_strong",), ("bar_weak",), ("bar_no", "bar_weak"))
    with pytest.raises(MorphError, match="at two corners"):
        Corners(GZD5.question("bar"), groups)


def test_shares_are_renormalised_over_the_corners_and_the_rest_hidden():
    probability = np.array(
        [
            [0.1, 0.3, 0.1, 0.0, 0.3, 0.2],  # 0.8 in the corners
            [0.1, 0.1, 0.1, 0.0, 0.1, 0.6],  # 0.4: hidden
            [0.2, 0.3, 0.0, 0.0, 0.0, 0.5],  # exactly half: kept
            [np.nan, 0.3, 0.1, 0.0, 0.3, 0.2],  # unknown, so not counted as hidden
        ]
    )
    share, hidden = share_of_corners(probability, ARMS)
    assert hidden == 1
    np.testing.assert_allclose(share[0], [0.125, 0.375, 0.5])
    np.testing.assert_allclose(share[2], [0.4, 0.6, 0])
    assert np.isnan(share[[1, 3]]).all()


def test_three_answers_of_their_own_are_never_hidden():
    probability = drawn(1000).astype(np.float32)
    share, hidden = share_of_corners(probability, BAR)
    assert hidden == 0
    np.testing.assert_allclose(share, probability, atol=1e-6)


def test_corners_of_a_dirichlet_are_its_summed_and_renormalised_draws():
    alpha = np.array([2.0, 5.0, 1.0, 1.5, 2.5, 4.0])
    share, _ = share_of_corners(
        np.random.default_rng(0).dirichlet(alpha, 200_000), ARMS
    )
    expected = sums_at_corners(alpha[None], ARMS)[0]
    np.testing.assert_allclose(expected, [2, 5, 5])
    kept = share[np.isfinite(share[:, 0])]  # the hidden ones do not depend on shares
    np.testing.assert_allclose(kept.mean(axis=0), expected / 12, atol=2e-3)
    variance = expected * (12 - expected) / (12**2 * 13)
    np.testing.assert_allclose(kept.var(axis=0), variance, atol=2e-4)


def test_a_wrong_number_of_answers_is_our_bug():
    with pytest.raises(ValueError, match="a column for each answer of bar"):
        share_of_corners(np.ones((4, 2)), BAR)


def test_nearest_node_is_the_nearest_of_all():
    share, steps = drawn(500), 7
    nodes = np.array(
        [(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]
    )
    places = np.stack(to_plane(nodes / steps), axis=1)
    points = np.stack(to_plane(share), axis=1)
    distance = np.linalg.norm(points[:, None] - places[None], axis=2)
    np.testing.assert_array_equal(
        nearest_node(share, steps), nodes[distance.argmin(axis=1)]
    )


def test_nodes_sum_to_the_steps_even_for_shares_between_two():
    share = np.array([[0, 0.5, 0.5], [0.5, 0.5, 0], [0.25, 0.25, 0.5], [1, 0, 0]])
    for steps in (1, 2, 5):
        node = nearest_node(share, steps)
        assert (node.sum(axis=1) == steps).all() and (node >= 0).all()


def test_displacement_is_the_mean_shift_of_each_hexagons_galaxies():
    before = np.repeat([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]], 20, axis=0)
    after = before.copy()
    after[:10] = [0.75, 0.25, 0.0]  # half of the first hexagon moves to the right
    shifts = displacement(before, after, steps=4).sort_values("x", ignore_index=True)
    assert shifts["galaxies"].tolist() == [20, 20]
    np.testing.assert_allclose(shifts["x"], [0, 0.625])
    np.testing.assert_allclose(shifts["y"], [0, HEIGHT / 4])
    np.testing.assert_allclose(shifts["dx"], [0, 0.125])
    np.testing.assert_allclose(shifts["dy"], [0, 0], atol=1e-12)


def test_displacement_leaves_out_unknown_galaxies_and_thin_hexagons():
    before = np.repeat([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]], [20, 9], axis=0)
    after = before.copy()
    after[3] = np.nan
    shifts = displacement(before, after, steps=4)
    assert shifts["galaxies"].tolist() == [19]


def test_displacement_of_no_galaxies_is_an_empty_table():
    shifts = displacement(np.empty((0, 3)), np.empty((0, 3)))
    assert len(shifts) == 0
    assert list(shifts) == ["x", "y", "dx", "dy", "galaxies"]


def test_table_counts_every_known_galaxy_in_its_cell():
    share = np.array([[0.05, 0.95, 0], [0.07, 0.93, 0], [1, 0, 0], [np.nan] * 3])
    table = count_table(cell_counts(share))
    assert table["galaxies"].tolist() == [2, 1]
    np.testing.assert_array_equal(cell_counts(share[:1], share[1:]), cell_counts(share))
    assert count_table(cell_counts()).empty
    first = table.iloc[0]
    np.testing.assert_allclose(
        [first.first_low, first.first_high, first.second_low, first.second_high],
        [0, 0.1, 0.9, 1],
    )
    assert table["first_high"].max() == 1


def test_draws_follow_each_galaxys_own_dirichlet():
    alpha = np.repeat([[6.0, 3.0, 1.0]], 100_000, axis=0)
    draws = draw_shares(alpha, seed=1)
    np.testing.assert_allclose(draws.sum(axis=1), 1)
    np.testing.assert_allclose(draws.mean(axis=0), [0.6, 0.3, 0.1], atol=2e-3)
    np.testing.assert_array_equal(draws, draw_shares(alpha, seed=1))


@pytest.mark.parametrize("seed", range(6))
def test_a_polygon_of_shares_holds_exactly_the_shares_in_range(seed):
    rng = np.random.default_rng(seed)
    ranges = np.sort(rng.uniform(0, 1, (3, 2)), axis=1)
    ranges[0, 0] = 0  # so that most of them leave something
    share = rng.dirichlet([1, 1, 1], 5000)
    expected = ((share >= ranges[:, 0]) & (share <= ranges[:, 1])).all(axis=1)
    polygon = share_polygon(ranges)
    if len(polygon) < 3:
        assert not expected.any()
        return
    np.testing.assert_allclose(polygon.sum(axis=1), 1)
    found = inside(*to_plane(share), np.column_stack(to_plane(polygon)))
    np.testing.assert_array_equal(found, expected)


def test_ranges_that_no_galaxy_can_have_leave_nothing():
    assert len(share_polygon([(0.6, 1), (0.6, 1), (0, 1)])) == 0
    np.testing.assert_array_equal(share_polygon([(0, 1)] * 3), np.eye(3))
