"""What the benchmarks share, and the one of the posteriors on a handful of galaxies."""

import json

import numpy as np
import pytest

from tests.benchmarks import posteriors, report


def test_every_repeat_is_timed_after_one_call_to_warm_up():
    calls = []
    seconds = report.measure(lambda: calls.append(1), repeats=4)
    assert (len(calls), len(seconds)) == (5, 4)
    assert min(seconds) >= 0
    assert report.median_ms(lambda: None, repeats=3) < 1000


def test_a_table_is_aligned(capsys):
    rows = [{"what": "count", "ms": 12.345}, {"what": "funnel", "ms": 12345.6}]
    report.print_table(rows)
    assert capsys.readouterr().out.splitlines() == [
        "what        ms",
        "------  ------",
        "count    12.35",
        "funnel  12,346",
    ]


def test_a_table_can_be_json(capsys):
    rows = [{"what": "count", "ms": 12.345}]
    report.print_table(rows, json=True)
    assert json.loads(capsys.readouterr().out) == rows


@pytest.mark.parametrize(
    ("goal_ms", "checked", "status"), [(1e9, True, 0), (0, True, 1), (0, False, 0)]
)
def test_the_posteriors_benchmark_fails_only_where_a_goal_is_missed_and_checked(
    capsys, monkeypatch, goal_ms, checked, status
):
    monkeypatch.setattr(posteriors, "GOAL_MS", goal_ms)
    command = ["posteriors", "--rows", "50", "--repeats", "1", "--json"]
    monkeypatch.setattr("sys.argv", command + ["--check"] * checked)
    assert posteriors.main() == status
    rows = json.loads(capsys.readouterr().out)
    assert [row["what"] for row in rows][-2:] == ["all together", "all, the first time"]
    assert not [row for row in rows if "off" in row["missed"]]


def test_another_value_than_that_of_scipy_is_a_miss(monkeypatch):
    monkeypatch.setitem(posteriors.QUANTITIES, "entropy", lambda a: np.zeros((50, 10)))
    rows = posteriors.rows(posteriors.concentrations(50), 1)
    assert ["entropy" in row["what"] for row in rows if row["missed"]] == [True]
