"""The benchmark of the catalogue, small: its table, its goals, its brute force."""

import json

import numpy as np
import pytest

from morph.catalogue.connection import connect
from morph.catalogue.in_memory.kept_arrays import SPACE
from morph.catalogue.release_table import release
from morph.home import catalogue_path
from morph.selection.funnel import funnel
from tests.benchmarks import (
    catalogue,
    catalogue_selections,
    catalogue_similar,
    figures,
    synthetic_home,
)
from tests.benchmarks.cases import Case, Instead, measured
from tests.benchmarks.catalogue_selections import scans_of
from tests.benchmarks.drawn_selections import selections

ROWS = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a small release is kept, made once for all these tests."""
    kept = tmp_path_factory.mktemp("catalogue")
    with pytest.MonkeyPatch.context() as small:
        small.setattr(synthetic_home, "FEATURES", 24)
        small.setattr(synthetic_home, "PICTURES", 4)
        synthetic_home.prepared(kept, ROWS)
    return kept


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Run the benchmark; its exit status and its rows."""

    def carry_out(*options: str):
        command = ["catalogue", "--rows", str(ROWS), "--repeats", "5", "--json"]
        command += ["--home", str(folder), *options]
        monkeypatch.setattr("sys.argv", command)
        status = catalogue.main()
        return status, json.loads(capsys.readouterr().out)

    return carry_out


def test_every_count_is_the_brute_force_one(run):
    _, rows = run()
    assert len(rows) == 15
    assert not [row for row in rows if "brute force" in row["missed"]]
    assert not [row for row in rows if "differ" in row["missed"]]  # nor of numpy
    assert all(row["median ms"] <= row["p95 ms"] for row in rows)
    alone = [row["what"].split()[0] for row in rows if row["instead"] == "-"]
    assert alone == ["triangle:", "numpy", "similarity"]


def test_check_fails_where_a_goal_is_missed(run, monkeypatch):
    monkeypatch.setattr(catalogue_selections, "count", lambda *asked: -1)
    status, rows = run("--check")
    missed = figures.missed(rows)
    assert status == 1
    wrong = [line.split(": ") for line in missed if "6 of 6 answers differ" in line]
    assert [what for what, _ in wrong] == ["count", "count of P(rho > t) among all"]
    assert run()[0] == 0


def test_the_table_names_what_was_missed(folder, monkeypatch, capsys):
    row = figures.row("count", [0.5], goal=(60, 150))
    monkeypatch.setattr(catalogue, "rows", lambda home, repeats: [row])
    command = ["catalogue", "--rows", str(ROWS), "--home", str(folder)]
    monkeypatch.setattr("sys.argv", command)
    assert catalogue.main() == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:3] == ["what", "median", "ms"]
    assert printed[-2:] == [
        "missed:",
        "count: median 500 ms, at most 60; p95 500 ms, at most 150",
    ]


def test_a_home_is_made_once(folder):
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*.parquet")}
    assert before
    synthetic_home.prepared(folder, ROWS)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*.parquet")} == before


def test_many_galaxies_are_only_counted(run, monkeypatch):
    monkeypatch.setattr(catalogue_selections, "MANY", ROWS)
    monkeypatch.setattr(catalogue, "MANY", ROWS)
    _, rows = run()
    assert [(row["what"], row["goal ms"]) for row in rows] == [
        ("count", "- / 400"),
        ("funnel of 5 steps", "- / 1,000"),
    ]
    assert not figures.missed(rows)


def test_a_funnel_in_memory_takes_no_scan(folder):
    with connect(catalogue_path(folder / str(ROWS))) as con:
        found = release(con, synthetic_home.RELEASE)
        for wanted in selections(3):
            counted = funnel(con, found, wanted)
            assert scans_of(con, lambda c, wanted=wanted: funnel(c, found, wanted)) == 0
            assert counted == funnel(con, found, wanted)


def test_a_funnel_takes_one_scan_and_a_share_of_the_surest_one_more(
    folder, monkeypatch
):
    monkeypatch.setenv(SPACE, "0")  # nothing is kept in memory
    with connect(catalogue_path(folder / str(ROWS))) as con:
        found = release(con, synthetic_home.RELEASE)
        for wanted in selections(10):
            steps = funnel(con, found, wanted).rows
            scans = scans_of(con, lambda c, wanted=wanted: funnel(c, found, wanted))
            shares = [row for row in steps if "% of galaxies with" in row.step.words]
            assert len(steps) == 5 and scans == 1 + len(shares)


def test_selections_differ_and_repeat_with_their_seed():
    assert selections(30) == selections(30)
    assert len({str(one) for one in selections(30)}) == 30
    assert not any(
        "Surest" in str(one.certainty) for one in selections(30, one_scan=True)
    )


def test_the_first_parameter_only_warms_up():
    asked = []
    case = Case("x", [1, 2, 3], asked.append, instead=Instead("other", np.sqrt))
    row = measured(case)
    assert asked == [1, 2, 3]
    assert row["instead"] == "other" and row["missed"] == ""


def test_one_wrong_answer_is_told():
    case = Case("x", [1, 2, 3], lambda x: x, lambda x: min(x, 2))
    assert measured(case)["missed"] == "1 of 3 answers differ from brute force"


def test_an_alternative_that_answers_another_question_is_told():
    other = Instead("other", lambda x: -x)
    case = Case("x", [1, 2, 3], lambda x: x, lambda x: x, instead=other)
    assert measured(case)["missed"] == "3 of 3 answers of other differ"


def test_a_search_as_fast_as_memory_is_read_is_not_late():
    case = Case("similar", [0], lambda _: 0, goal=(100, 200))
    late = figures.row("similar", [0.3], goal=case.goal, instead=("product", 600.0))
    half, single = int(3e9), int(6e9)  # bytes: 10 GB a second, both
    found = catalogue_similar.beside_memory(late, case.goal, half, single, sums=9.0)
    assert found["missed"] == "" and "memory is the limit" in found["what"]
    found = catalogue_similar.beside_memory(late, case.goal, half, single, sums=13.0)
    assert found["missed"] == late["missed"] != ""
    wrong = late | {"missed": f"{late['missed']}; 2 of 3 answers differ"}
    found = catalogue_similar.beside_memory(wrong, case.goal, half, single, sums=9.0)
    assert found["missed"] == "2 of 3 answers differ"
