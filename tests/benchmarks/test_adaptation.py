"""The adaptation benchmark's table and goals, on numbers made up for them."""

import pytest

from tests.benchmarks import adaptation

SEED = {
    "constant": 0.30,
    "source on source": 0.10,
    "direct (source on target)": 0.20,
    "adabn": 0.16,
    "simulation": 0.13,
    "physical (default)": 0.12,
    "kmeans": 0.22,
    "oracle": 0.10,
}


def test_the_gap_between_direct_and_oracle_is_what_is_closed():
    table = {row["prediction"]: row for row in adaptation.rows([SEED, SEED])}
    closed = {name: row["gap closed"] for name, row in table.items()}
    assert closed["direct (source on target)"] == "0%"
    assert closed["oracle"] == "100%"
    assert closed["physical (default)"] == "80%"
    assert closed["kmeans"] == "-20%"
    assert table["adabn"]["spread"] == 0


def test_every_method_of_the_config_is_compared():
    names = {adaptation._row_name(method) for method in adaptation.METHODS}
    assert names | {"constant", "source on source", "oracle"} == set(SEED)


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({}, 0),
        ({"source on source": 0.256}, 1),
        ({"physical (default)": 0.20}, 1),
        ({"source on source": 0.3, "physical (default)": 0.3}, 2),
    ],
)
def test_a_goal_missed_by_any_seed_is_a_miss(change, missed):
    assert len(adaptation.missed([SEED, SEED | change])) == missed
