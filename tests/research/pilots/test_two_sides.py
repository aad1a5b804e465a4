"""Sides of a question, areas under ROC curves and their intervals."""

import numpy as np
import pandas as pd
import pytest

from morph.trees.decision_tree import GZD5
from tests.research.pilots import two_sides

YES = np.array([True, True, False, False, False])


def test_the_area_counts_pairs_in_order():
    score = np.array([3.0, 1.0, 2.0, 1.0, 0.0])
    # 3 is above all three; 1 is above one, equal to one, below one: 4.5 of 6.
    assert two_sides.auc(score, YES) == pytest.approx(4.5 / 6)


def test_a_perfect_ranking_of_few_has_a_wide_interval_and_chance_includes_a_half():
    perfect = YES.astype(float)
    found = two_sides.intervals(perfect, np.zeros(5), YES)
    low, high = found["auc"]
    assert low < 0.8 and high == pytest.approx(1)
    assert found["plain"] == (0.5, 0.5)
    many = np.tile(YES, 60)
    rng = np.random.default_rng(1)
    guessed = two_sides.intervals(rng.random(300), many.astype(float), many)
    assert guessed["auc"][0] < 0.5 < guessed["auc"][1]
    assert guessed["plain"][0] > 0.97 and guessed["gain"][1] < 0


def test_labels_are_on_a_side_of_their_question_and_artifacts_on_none():
    table = pd.DataFrame(
        [
            ("bar", "strong|weak"),
            ("bar", "no"),
            ("smooth-or-featured", "artifact"),
            ("smooth-or-featured", "smooth"),
            ("smooth-or-featured", "featured-or-disk"),
        ],
        columns=["question", "answers"],
    )
    bar = two_sides.sides(table, "bar")
    assert (list(bar.rows), list(bar.yes)) == ([0, 1], [True, False])
    smooth = two_sides.sides(table, "smooth-or-featured")
    assert (list(smooth.rows), list(smooth.yes)) == ([3, 4], [False, True])


def test_the_score_is_the_ratio_of_both_sides():
    fractions = np.full((1, len(GZD5.labels)), 0.9)
    for label, value in (("strong", 0.2), ("weak", 0.3), ("no", 0.5)):
        fractions[0, GZD5.labels.index(f"bar_{label}")] = value
    for label, value in (("smooth", 0.2), ("featured-or-disk", 0.6), ("artifact", 0.2)):
        at = GZD5.labels.index(f"smooth-or-featured_{label}")
        fractions[0, at] = value
    assert two_sides.score(fractions, "bar", GZD5) == pytest.approx(1.0)
    assert two_sides.score(fractions, "smooth-or-featured", GZD5) == pytest.approx(3.0)


def test_measures_other_than_shape_rank_what_they_separate():
    yes = np.arange(24) < 12
    measures = np.column_stack([yes + 0.01 * np.arange(24), np.ones(24)])
    assert two_sides.auc(two_sides.plain_score(measures, yes), yes) == 1
    assert not two_sides.plain_score(measures[10:14], yes[10:14]).any()  # too few
