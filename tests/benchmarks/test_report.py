"""What the benchmarks share, and the one of the posteriors on a handful of galaxies."""

import json

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


def test_the_posteriors_benchmark_fails_only_where_a_goal_is_missed_and_checked(
    capsys, monkeypatch
):
    monkeypatch.setattr(posteriors, "LOOPED", 1)
    command = ["posteriors", "--rows", "50", "--repeats", "1", "--json"]
    for goal_ms, checked, status in ((1e9, True, 0), (0, True, 1), (0, False, 0)):
        monkeypatch.setattr(posteriors, "GOAL_MS", goal_ms)
        monkeypatch.setattr("sys.argv", command + ["--check"] * checked)
        assert posteriors.main() == status
        rows = json.loads(capsys.readouterr().out)
        assert [row["quantity"] for row in rows][-2:] == [
            "all together",
            "all, the first time",
        ]
