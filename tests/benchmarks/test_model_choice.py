"""Rank correlations and refusals, on numbers made up for them."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from morph.atomic import write_json
from tests.benchmarks import model_choice

TABLE = pd.DataFrame(
    {
        "seed": [1, 1, 1, 1, 2, 2, 2, 2],
        "method": ["none", "good", "better", "bad"] * 2,
        "error": [0.20, 0.15, 0.10, 0.30, 0.40, 0.30, 0.20, 0.50],
        "pairs": [0.5, 0.4, 0.3, 0.6, 0.5, 0.4, 0.3, 0.6],
        "conditional": [0.5, 0.6, 0.3, 0.4, 0.5, 0.4, 0.3, 0.2],
        "information": [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0],
    }
)


def rows() -> dict[str, dict]:
    found = model_choice.rows(TABLE, direct="none")
    return {row["measure"]: row for row in found}


def test_measures_are_read_from_the_runs(tmp_path):
    """A run that did nothing has no choice; what it is worth stands in the others."""
    folders = {}
    for method, seed, pairs in (("good", 1, 0.4), ("bad", 2, 0.6), ("none", 1, 0)):
        folders[method, seed] = tmp_path / f"{method}-{seed}"
        folders[method, seed].mkdir()
        if method != "none":
            made = {"adapted": {"parts": {"pairs": pairs}}}
            if method == "good":
                made["adapted"]["parts"]["remaining"] = 0.3
            made |= {"unadapted": {"parts": {"pairs": 0.5}}}
            write_json(folders[method, seed] / "choice.json", made)
    errors = {("good", 1): 0.1, ("bad", 2): 0.3, ("none", 1): 0.2, ("none", 2): 0.25}
    found = model_choice.measured(folders, errors, direct="none")
    rows = found.set_index(["method", "seed"]).sort_index()
    assert rows["error"].to_dict() == errors
    assert rows["pairs"].tolist() == [0.6, 0.4, 0.5, 0.5]
    assert rows["remaining"].tolist() == [0.6, 0.3, 0.5, 0.5]


def test_a_measure_that_ranks_as_the_votes_do():
    row = rows()["pairs"]
    assert row["Spearman"] == 1 and row["error above the best"] == 0
    assert row["90 % interval"] == "1.00 to 1.00"
    assert row["harmful rejected"] == "2 of 2" and row["others rejected"] == "0 of 6"


def test_a_measure_that_errs():
    row = rows()["conditional"]
    assert row["harmful rejected"] == "0 of 2" and row["others rejected"] == "1 of 6"
    assert row["error above the best"] == pytest.approx((0 + 0.3) / 2)


def test_a_measure_of_which_more_is_better_is_turned_round():
    row = rows()["information"]
    expected = spearmanr([-1, -2, -3, -4], [0.20, 0.15, 0.10, 0.30]).statistic
    assert row["Spearman"] == round(expected, 2)
    assert row["harmful rejected"] == "0 of 2"


def test_only_measures_that_were_taken_have_a_row():
    assert set(rows()) == {"pairs", "conditional", "information"}


def test_rank_correlation_is_that_of_scipy_seed_by_seed():
    rng = np.random.default_rng(0)
    values, errors = rng.random((2, 9, 3))
    each = [spearmanr(values[:, i], errors[:, i]).statistic for i in range(3)]
    found = model_choice.rank_correlation(values, errors)
    assert found == pytest.approx(np.mean(each))
    low, high = model_choice.interval(values, errors)
    assert low < found < high
