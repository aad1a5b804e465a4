"""`data labels`: an export of a Zooniverse project becomes a table of labels."""

import pandas as pd
import pytest

from morph.labels.label_question import from_json
from tests.data.cli.commands import load
from tests.morph.labels.zooniverse_files import answered, export, row


@pytest.fixture
def votes(table, tmp_path):
    names = pd.read_csv(table)["iauname"]
    rows = [
        row(n, [answered("T0", answer)], subject=str(n), stated={"iauname": names[n]})
        for n, answer in enumerate(["Ring", "No ring", "Ring"])
    ]
    other = {"iauname": "J235959.00-010000.0"}
    rows.append(row(8, [answered("T0", "Ring")], subject="8", stated=other))
    rows.append(row(9, [answered("T0", "Ring")], subject="9"))
    path = tmp_path / "rings-classifications.csv"
    path.write_bytes(export(rows))
    return path


def test_an_export_becomes_a_table_and_its_question(root, table, votes, run, tmp_path):
    run(*load(table))
    target = tmp_path / "out.csv"
    told = run("labels", votes, "--of", "mine", "--output", target, "--json")
    assert (told["labels"], told["galaxies"], told["elsewhere"]) == (4, 4, 1)
    assert told["left_out"] == 1
    made = pd.read_csv(target)
    names = pd.read_csv(table)["iauname"].tolist()
    assert made["iauname"].tolist() == [*names[:3], "J235959.00-010000.0"]
    assert made["answer"].tolist() == ["Ring", "No ring", "Ring", "Ring"]
    asked = tmp_path / "out.question.json"
    assert from_json(asked.read_bytes(), "q").answers == ("Ring", "No ring")


def test_what_cannot_be_read_is_said_in_words(root, table, votes, run):
    run(*load(table))
    said = run("labels", votes, "--of", "mine", "--task", "T7", expect=1)
    assert "no votes on task T7" in said and "T0 of workflow 4711 (Rings)" in said
    assert "is no export of the Zooniverse" in run(
        "labels", table, "--of", "mine", expect=1
    )
    assert "neither a release" in run("labels", votes, "--of", "other", expect=1)
