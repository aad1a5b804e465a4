"""Runs compared: curves, settings, errors and predictions; their lineage."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from morph.atomic import write_json
from morph.runs.lifecycle import create_run
from morph.runs.run_files import STATUS, append_event
from tests.morph.release.test_changes import written
from tests.morph.report.judged_run import write_run
from tests.pages.opening import opened, said

PATH = "runs/runs.py"
CONFIG = {"kind": "source", "stores": ["a"], "fit": {"epochs": 2}}
COMPARE = {"runs_view": "Compare", "runs_compared": ["one", "two"]}


def finished(root, name, config, losses):
    folder = create_run(root, name, config)
    write_json(folder / STATUS, {"state": "finished"})
    for epoch, loss in enumerate(losses, start=1):
        append_event(folder, "epoch", fit="source", epoch=epoch, loss=loss)
    return folder


@pytest.fixture
def two(empty_home):
    first = finished(empty_home, "one", CONFIG, [9.0, 8.0])
    second = finished(empty_home, "two", CONFIG | {"seed": 7}, [9.5, 7.0])
    written(first / "release", ["x", "y"], [0.9, 0.2])
    written(second / "release", ["y", "z"], [0.8, 0.5])
    return empty_home


def test_two_runs_are_compared(two, dashboard):
    page = opened(dashboard, PATH, COMPARE)
    assert not page.exception
    (chart,) = page.get("plotly_chart")
    traces = json.loads(chart.proto.spec)["data"]
    assert [trace["name"] for trace in traces] == [
        f"{run}: Fit to votes" for run in ("one", "two")
    ]
    settings, agreement = (table.value for table in page.dataframe)
    assert settings.values.tolist() == [["seed", "default", "7"]]
    row = agreement.iloc[0]
    assert (row["Run"], row["Galaxies"], row["Same answer"]) == ("two", 1, 0.0)
    assert np.isclose(row["RMS change"], np.sqrt(2 * 0.6**2 / 3))
    assert "None of these runs was evaluated." in said(page)


def test_a_release_made_again_is_compared_again(two, dashboard):
    opened(dashboard, PATH, COMPARE)
    release = two / "runs" / "two" / "release"
    shutil.rmtree(release)
    written(release, ["x", "y", "z"], [0.9, 0.2, 0.5])
    page = opened(dashboard, PATH, COMPARE)
    agreement = page.dataframe[-1].value
    assert agreement["Galaxies"].iloc[0] == 2
    assert agreement["RMS change"].iloc[0] == 0.0


def test_one_run_is_not_compared(two, dashboard):
    page = opened(dashboard, PATH, COMPARE | {"runs_compared": ["one"]})
    assert page.info[0].value == "Choose at least two runs to compare."


def test_errors_have_their_standard_errors(two, dashboard):
    folder = write_run(two)
    names = [folder.name, "one"]
    page = opened(dashboard, PATH, COMPARE | {"runs_compared": names})
    assert not page.exception
    tables = [t.value for t in page.dataframe if "Question" in t.value]
    assert any(tables[0][folder.name].str.contains("±"))
    assert tables[0]["Question"].iloc[-1] == "Mean"


def test_the_lineage_is_drawn_with_links(two, dashboard):
    page = opened(dashboard, PATH, {"runs_view": "Lineage"})
    assert not page.exception
    dot = page.get("graphviz_chart")[0].proto.spec
    assert '"store:a" -> "run:one"' in dot
    assert 'URL="runs?run=one"' in dot


def test_ticked_rows_can_be_compared(two, dashboard):
    page = opened(dashboard, PATH)
    assert set(page.dataframe[0].value["loss"]) == {8.0, 7.0}
    assert isinstance(page.dataframe[0].value, pd.DataFrame)
