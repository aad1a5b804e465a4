"""What is drawn of a plane, against counts of single galaxies."""

import numpy as np
import pandas as pd
import pytest

from morph.geometry.density import (
    Window,
    answer_weights,
    count_table,
    density_image,
    draw_sample,
    landmarks,
    mean_image,
    mean_trust,
    nearest_point,
    special_answers,
    window_around,
)
from morph.posterior.dirichlet import asked_probability
from morph.trees.decision_tree import GZD5

UNIT = Window(0.0, 1.0, 0.0, 1.0)


def clouds(galaxies: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """A crowded place and a sparse one."""
    rng = np.random.default_rng(0)
    crowd = rng.normal([0.3, 0.3], 0.02, (galaxies, 2))
    few = rng.uniform(0.5, 0.95, (galaxies // 40, 2))
    return tuple(np.concatenate([crowd, few]).astype(np.float32).T)


def test_every_galaxy_is_in_one_pixel_and_edges_belong_to_the_window():
    x = np.array([0.0, 1.0, 0.5, 0.26, 0.26, 1.2, np.nan])
    y = np.array([0.0, 1.0, 0.99, 0.1, 0.1, 0.5, 0.5])
    image = density_image(x, y, UNIT, pixels=4)
    expected = np.zeros((4, 4))
    expected[0, 0], expected[3, 3], expected[3, 2], expected[0, 1] = 1, 1, 1, 2
    np.testing.assert_array_equal(image, expected)


def test_density_agrees_with_numpys_histogram():
    x, y = clouds()
    expected, _, _ = np.histogram2d(y, x, bins=50, range=[[0, 1], [0, 1]])
    np.testing.assert_array_equal(density_image(x, y, UNIT, pixels=50), expected)


def test_mean_image_averages_known_values_only():
    x, y = np.array([0.1, 0.2, 0.1, 0.9]), np.array([0.1, 0.2, 0.2, 0.9])
    values = np.array([1.0, 3.0, np.nan, 5.0])
    image = mean_image(x, y, values, UNIT, pixels=2)
    np.testing.assert_array_equal(image, [[2, np.nan], [np.nan, 5]])


def test_window_has_every_point_and_a_margin():
    window = window_around(np.array([1.0, 3.0, np.nan]), np.array([5.0, 6.0, 7.0]))
    assert (window.left, window.right) == pytest.approx((0.94, 3.06))
    assert (window.low, window.high) == pytest.approx((4.94, 7.06))


@pytest.mark.parametrize("points", [[], [np.nan], [2.0]])
def test_window_of_one_point_or_none_has_a_size(points):
    window = window_around(np.array(points), np.array(points))
    assert window.right > window.left and window.high > window.low
    assert not points or np.isnan(points[0]) or window.holds(2.0, 2.0)


def test_sample_is_reproducible_distinct_and_within_the_window():
    x, y = clouds()
    window = Window(0.25, 0.9, 0.25, 0.9)
    rows = draw_sample(x, y, window, size=500, seed=3)
    np.testing.assert_array_equal(rows, draw_sample(x, y, window, size=500, seed=3))
    assert len(np.unique(rows)) == 500 and (np.diff(rows) > 0).all()
    assert window.holds(x[rows], y[rows]).all()
    assert set(rows) != set(draw_sample(x, y, window, size=500, seed=4))


def test_a_window_with_few_galaxies_shows_them_all():
    x, y = clouds()
    window = Window(0.5, 1.0, 0.5, 1.0)
    rows = draw_sample(x, y, window, size=500)
    np.testing.assert_array_equal(rows, np.flatnonzero(window.holds(x, y)))


def test_an_even_sample_thins_crowds_and_a_plain_one_does_not():
    x, y = clouds()
    sparse = x > 0.5
    plain = np.mean(
        [sparse[draw_sample(x, y, UNIT, size=400, seed=s, even=0)] for s in range(20)]
    )
    assert plain == pytest.approx(sparse.mean(), abs=0.01)
    assert sparse[draw_sample(x, y, UNIT, size=400)].mean() > 3 * sparse.mean()


def test_zooming_in_keeps_the_points_already_drawn():
    x, y = clouds()
    wide = draw_sample(x, y, UNIT, size=400, even=0)
    window = Window(0.29, 0.31, 0.0, 1.0)
    near = draw_sample(x, y, window, size=400, even=0)
    assert set(wide[window.holds(x[wide], y[wide])]) <= set(near)


def test_landmarks_are_galaxies_far_apart_that_cover_the_clouds():
    x, y = clouds()
    rows = landmarks(x, y, UNIT, count=8)
    assert len(set(rows)) == len(rows) == 8
    assert (x[rows] > 0.5).any() and (x[rows] < 0.5).any()


def test_a_landmark_is_the_galaxy_nearest_to_its_cells_mean():
    x = np.array([0.10, 0.20, 0.31, 0.9, 0.9, 0.9])
    y = np.full(6, 0.5)
    rows = landmarks(x, y, UNIT, count=2, cells=2)
    assert rows[0] in (1, 3) and set(rows) <= {1, 3, 4, 5} and 1 in rows


def test_no_galaxies_have_no_landmarks():
    assert len(landmarks(np.empty(0), np.empty(0), UNIT)) == 0


def test_a_click_finds_the_nearest_galaxy_within_reach():
    x, y = np.array([0.5, 0.52, np.nan]), np.array([0.5, 0.5, 0.5])
    assert nearest_point(x, y, (0.515, 0.5), Window(0.5, 0.53, 0.48, 0.52)) == 1
    assert nearest_point(x, y, (0.8, 0.8), Window(0.78, 0.82, 0.78, 0.82)) is None


def test_the_mean_trust_is_that_of_galaxies_on_the_map():
    assert mean_trust(np.array([0.25, np.nan, 0.75])) == 0.5
    assert np.isnan(mean_trust(np.array([np.nan]))) and np.isnan(
        mean_trust(np.empty(0))
    )


def posteriors(galaxies: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    parts = [rng.dirichlet([1] * len(q.answers), galaxies) for q in GZD5.questions]
    return np.concatenate(parts, axis=1)


def special(probability: np.ndarray, mask: np.ndarray) -> pd.DataFrame:
    return special_answers(answer_weights(probability, GZD5), mask, GZD5)


def test_special_answers_are_means_weighted_by_who_is_asked():
    probability = posteriors(400)
    mask = np.arange(400) < 100
    probability[mask, 0:3] = [0.1, 0.8, 0.1]  # featured here
    table = special(probability, mask)
    assert table["label"][0] == "smooth-or-featured_featured-or-disk"
    assert (np.diff(table["difference"].abs()) <= 0).all()
    asked = asked_probability(probability, GZD5)[:, 3]
    bar = probability[:, GZD5.labels.index("bar_strong")]
    row = table.set_index("label").loc["bar_strong"]
    assert row.here == pytest.approx(np.average(bar[mask], weights=asked[mask]))
    assert row.elsewhere == pytest.approx(np.average(bar[~mask], weights=asked[~mask]))
    assert row.asked == pytest.approx(asked[mask].sum())
    assert row.difference == pytest.approx(row.here - row.elsewhere, abs=1e-6)


def test_special_answers_say_nothing_of_a_question_hardly_asked_here():
    probability = posteriors(400)
    mask = np.arange(400) < 100
    probability[mask, 0:3] = [0.98, 0.01, 0.01]  # one featured galaxy is expected here
    labels = set(special(probability, mask)["label"])
    assert "bar_strong" not in labels and "how-rounded_round" in labels


def test_of_two_answers_only_the_more_frequent_one_is_special():
    probability = posteriors(400)
    probability[:200, 3:5] = [0.9, 0.1]
    labels = set(special(probability, np.arange(400) < 200)["label"])
    assert "disk-edge-on_yes" in labels and "disk-edge-on_no" not in labels


@pytest.mark.parametrize("here", [0, 400])
def test_nobody_or_everybody_has_nothing_special(here):
    assert len(special(posteriors(400), np.arange(400) < here)) == 0


def test_unknown_galaxies_do_not_count():
    probability, mask = posteriors(400), np.arange(400) < 100
    expected = special(probability, mask)
    wider = np.concatenate([probability, np.full((50, 34), np.nan)])
    found = special(wider, np.append(mask, np.full(50, True)))
    # Sums of float32 in another order.
    pd.testing.assert_frame_equal(found, expected, atol=1e-6)


def test_a_question_without_fractions_leaves_the_other_questions_known():
    probability, mask = posteriors(400), np.arange(400) < 100
    expected = special(probability, mask).set_index("label")
    probability[::2, GZD5.columns(GZD5.question("how-rounded"))] = np.nan
    found = special(probability, mask).set_index("label")
    assert found.loc["merging_none", "here"] == expected.loc["merging_none", "here"]
    label = "how-rounded_round"
    assert 0 < found.loc[label, "asked"] < expected.loc[label, "asked"]


def test_the_table_of_a_plane_counts_every_galaxy_once():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-0.2, 1.2, (2, 500))
    values = np.where(x > 0.5, np.nan, 10 * y)
    table = count_table(x, y, UNIT, values=values, bins=4)
    held = UNIT.holds(x, y)
    assert table["galaxies"].sum() == held.sum()
    assert table["galaxies"].is_monotonic_decreasing
    for row in table.itertuples():
        there = (x >= row.left) & (x < row.right) & (y >= row.low) & (y < row.high)
        assert there.sum() == row.galaxies
        known = values[there & np.isfinite(values)]
        expected = known.mean() if len(known) else np.nan
        assert row.mean == pytest.approx(expected, nan_ok=True)
    assert list(count_table(x, y, UNIT).columns)[-1] == "galaxies"
    nobody = np.full(3, np.nan)
    assert count_table(nobody, nobody, UNIT).empty
