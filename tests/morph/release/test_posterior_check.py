"""What a release says of the check of its posteriors."""

from dataclasses import replace

import pytest

from morph.release.details import Details
from morph.release.manifest import Manifest
from morph.release.posterior_check import check_of, is_complete

EVALUATION = {
    "store": "overlap",
    "half": "test",
    "labels": "votes",
    "galaxies": 762,
    "questions": [
        {"question": "bar", "n": 374, "rmse": 0.192},
        {"question": "merging", "n": 0, "rmse": None},
    ],
    "coverage": [
        {"question": "bar", "mass": 0.5, "n": 1122, "coverage": 0.4},
        {"question": "bar", "mass": 0.9, "n": 1122, "coverage": 0.85, "exact": 0.926},
    ],
}
REAL = Manifest(
    "one", "real", "bmz", "", "", "", details=Details(evaluation=EVALUATION)
)


def test_a_check_names_its_galaxies_and_what_came_out():
    assert check_of(REAL, "bar").words == (
        "volunteers’ votes of 374 galaxies of overlap, test half: RMS error of vote "
        "fractions 0.192; 90% intervals contain 85% of the vote counts "
        "(those of an exact model: 93%)"
    )


def test_an_earlier_release_has_no_coverage_of_an_exact_model():
    rows = [{"question": "bar", "mass": 0.9, "coverage": 0.85}]
    details = Details(evaluation=EVALUATION | {"coverage": rows})
    words = check_of(replace(REAL, details=details), "bar").words
    assert words.endswith("90% intervals contain 85% of the vote counts")


def test_votes_of_a_simulation_and_its_truth_are_named_so():
    simulated = replace(REAL, origin="simulated")
    assert check_of(simulated, "bar").answers == "simulated votes"
    older = {name: part for name, part in EVALUATION.items() if name != "labels"}
    truth = replace(simulated, details=Details(evaluation=older))
    assert check_of(truth, "bar").answers == "the true simulated fractions"
    real = replace(REAL, details=Details(evaluation=older))
    assert check_of(real, "bar").answers == "volunteers’ votes"


def test_a_check_without_coverage_or_half():
    short = {"store": "s", "half": "all", "questions": [{"question": "bar", "n": 3}]}
    found = check_of(replace(REAL, details=Details(evaluation=short)), "bar")
    assert found.words == "volunteers’ votes of 3 galaxies of s"


@pytest.mark.parametrize(
    "evaluation",
    [None, {}, {"questions": 3}, {"questions": [7, {"question": "bar", "n": "many"}]}],
)
def test_no_check_where_none_is_recorded(evaluation):
    details = Details(evaluation=evaluation)
    assert check_of(replace(REAL, details=details), "bar") is None


def test_no_check_of_a_question_that_no_galaxy_reached():
    assert check_of(REAL, "merging") is None
    assert check_of(REAL, "bulge-size") is None


ROW = {"question": "bar", "n": 374, "rmse": 0.192}
ODD_ROWS = [
    7,
    None,
    ["bar"],
    {},
    ROW | {"question": 3},
    ROW | {"n": "many"},
    ROW | {"n": None},
    ROW | {"n": 1.5},
    ROW | {"n": 10**400},
    ROW | {"rmse": "0.1"},
    ROW | {"rmse": [0.1]},
    ROW | {"rmse_error": {"a": 1}},
    ROW | {"constant_rmse": 10**400},
]
ODD = [
    None,
    {},
    {"questions": {"bar": ROW}},
    {"galaxies": "762"},
    {"store": ["overlap"]},
    {"half": None},
    {"questions": [ROW, ROW]},  # twice the same
    *({"questions": [row]} for row in ODD_ROWS),
]


@pytest.mark.parametrize("changed", ODD, ids=lambda changed: f"{changed!r:.40}")
def test_an_odd_evaluation_is_not_what_compare_shows(changed):
    evaluation = changed and {**EVALUATION, **changed}
    details = Details(evaluation=evaluation)
    assert not is_complete(replace(REAL, details=details))
    assert check_of(replace(REAL, details=details), "no-such-question") is None


def test_errors_may_be_left_out_of_an_evaluation():
    rows = [ROW, {"question": "merging", "n": 0, "rmse": None}]
    details = Details(evaluation=EVALUATION | {"questions": rows})
    assert is_complete(replace(REAL, details=details))


def test_an_endless_coverage_is_none():
    coverage = [{"question": "bar", "mass": 0.9, "coverage": 10**400}]
    details = Details(evaluation=EVALUATION | {"coverage": coverage})
    assert check_of(replace(REAL, details=details), "bar").coverage is None
