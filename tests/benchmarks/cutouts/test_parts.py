"""The table of the parts: ratios, goals and the exit status."""

import json
import sys

import pytest

from tests.benchmarks.cutouts import __main__ as command
from tests.benchmarks.cutouts.row import Row


def run(monkeypatch, rows, *arguments):
    monkeypatch.setattr(command, "PARTS", {"one": lambda folder, galaxies: rows})
    monkeypatch.setattr(sys, "argv", ["cutouts", *arguments])
    return command.main()


def test_a_row_has_the_ratio_to_its_alternative():
    row = Row("reads", 30, "1/s", "zarr", 10, goal="2 times", met=True).as_dict()
    assert (row["ratio"], row["met"]) == (3.0, "yes")
    alone = Row("size", 5, "bytes").as_dict()
    assert (alone["theirs"], alone["ratio"], alone["met"]) == ("-", "-", "-")


@pytest.mark.parametrize(("met", "status"), [(True, 0), (None, 0), (False, 1)])
def test_only_a_missed_goal_is_a_failure(monkeypatch, capsys, met, status):
    rows = [Row("reads", 30, "1/s", goal="60", met=met)]
    assert run(monkeypatch, rows, "--check") == status
    assert ("missed: reads" in capsys.readouterr().out) == (met is False)
    assert run(monkeypatch, rows) == 0


def test_rows_are_printed_as_json(monkeypatch, capsys):
    assert run(monkeypatch, [Row("reads", 30, "1/s")], "--json", "--only", "one") == 0
    assert json.loads(capsys.readouterr().out)[0]["morph"] == 30
