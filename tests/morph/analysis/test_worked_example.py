"""The worked example against formulas on the row's concentrations."""

from math import comb, gamma

import numpy as np
import pytest
from scipy.stats import beta

from morph.analysis.worked_example import of_row
from morph.trees.decision_tree import GZD5

ALPHA = {
    "smooth-or-featured_smooth": 2.0,
    "smooth-or-featured_featured-or-disk": 7.0,
    "smooth-or-featured_artifact": 1.0,
    "disk-edge-on_yes": 3.0,
    "disk-edge-on_no": 9.0,
    "bar_strong": 20.0,
    "bar_weak": 6.0,
    "bar_no": 4.0,
}


@pytest.fixture
def example():
    return of_row("J0", ALPHA, GZD5.question("bar"), GZD5)


def test_mean_variance_and_tail_of_the_likeliest_answer(example):
    assert example.total == 30
    np.testing.assert_allclose(example.mean, [2 / 3, 0.2, 2 / 15])
    assert example.question.labels[example.largest] == "bar_strong"
    assert example.variance == pytest.approx(2 / 3 * 1 / 3 / 31)
    assert example.tail == pytest.approx(beta(20, 10).sf(0.5))


def test_asked_is_the_product_up_the_tree(example):
    assert [words for words, _ in example.path] == ["Featured or disk", "Not edge-on"]
    assert example.asked == pytest.approx(0.7 * 0.75)


def test_votes_are_whole_and_their_probability_is_that_of_the_formula(example):
    assert example.votes.tolist() == [3, 1, 1]
    terms = gamma(23) / gamma(20) * gamma(7) / gamma(6) * gamma(5) / gamma(4)
    choices = comb(5, 3) * comb(2, 1)
    expected = choices * gamma(30) / gamma(35) * terms
    assert example.votes_probability == pytest.approx(expected)
