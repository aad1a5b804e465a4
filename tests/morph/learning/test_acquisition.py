"""What to ask next, against sums written out."""

from itertools import combinations

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from morph.learning.models import acquisition

RNG = np.random.default_rng(5)


def test_entropy_and_margin():
    probability = np.array([[0.5, 0.5, 0], [1, 0, 0], [0.7, 0.2, 0.1]])
    assert acquisition.entropy(probability)[:2] == pytest.approx([1, 0])
    assert acquisition.margin(probability) == pytest.approx([1, 0, 0.5])


def test_mutual_information_is_that_of_the_joint_distribution():
    members = RNG.dirichlet(np.ones(3), (4, 6))  # (B, n, A)
    found = acquisition.mutual_information(members)
    for galaxy in range(6):
        joint = members[:, galaxy] / 4
        marginals = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
        assert found[galaxy] == pytest.approx(
            (joint * np.log2(joint / marginals)).sum()
        )


def test_members_that_agree_have_nothing_to_tell():
    uncertain = np.full((5, 1, 2), 0.5)
    assert acquisition.mutual_information(uncertain) == pytest.approx([0])
    certain = np.array([[[1.0, 0]], [[0.0, 1]]])
    assert acquisition.mutual_information(certain) == pytest.approx([1])


@pytest.mark.parametrize("mean, error", [(2.0, 1.0), (4.6, 0.3), (5.5, 0.5)])
def test_expected_improvement_is_the_integral(mean, error):
    def gained(rating):
        return max(rating - 4 - 0.5, 0) * norm.pdf(rating, mean, error)

    expected = integrate.quad(gained, 4.5, mean + 12 * error + 5)[0]
    found = acquisition.expected_improvement(np.array([mean]), np.array([error]), 4.0)
    assert found == pytest.approx([expected], abs=1e-7)


def test_the_upper_bound_prefers_what_is_unknown():
    found = acquisition.upper_bound(np.array([3.0, 2.0]), np.array([0.1, 1.0]))
    assert found == pytest.approx([3.2, 4.0])


def test_k_centre_takes_the_farthest_each_time():
    points = RNG.normal(size=(30, 2))
    found = acquisition.k_centre(points, 6)
    chosen = [0]
    while len(chosen) < 6:
        apart = [min(np.linalg.norm(p - points[c]) for c in chosen) for p in points]
        chosen.append(int(np.argmax(apart)))
    assert found.tolist() == chosen


def test_a_batch_differs_more_than_the_best_alone():
    points = np.repeat(RNG.normal(size=(20, 2)), 10, axis=0)
    points += RNG.normal(0, 0.01, points.shape)  # near-duplicates
    scores = -np.arange(200.0)
    allowed = np.ones(200, bool)
    rows, drawn = acquisition.batch(
        scores, allowed, points, number=10, at_random=0, seed=1
    )
    assert not drawn.any() and 0 in rows
    assert rows.max() < 100  # of the ten times as many with the largest scores

    def nearest(some):
        return min(
            np.linalg.norm(points[a] - points[b]) for a, b in combinations(some, 2)
        )

    assert nearest(rows) > 10 * nearest(np.arange(10))


def test_a_share_of_a_batch_is_random_and_nothing_else_is_asked():
    allowed = RNG.random(500) < 0.5
    scores = RNG.random(500)
    scores[:20] = np.nan
    rows, drawn = acquisition.batch(
        scores, allowed, RNG.normal(size=(500, 3)), number=50, at_random=0.2, seed=2
    )
    assert (len(rows), len(set(rows.tolist())), drawn.sum()) == (50, 50, 10)
    assert allowed[rows].all() and np.isfinite(scores[rows]).all()
    assert not drawn[:10].all()  # in random order


def test_a_batch_is_at_most_what_is_left():
    allowed = np.array([True, False, True, True])
    rows, _ = acquisition.batch(
        np.arange(4.0), allowed, np.eye(4), number=50, at_random=0.5, seed=0
    )
    assert sorted(rows.tolist()) == [0, 2, 3]
