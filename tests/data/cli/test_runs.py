"""`data runs`: list, new, start, watch, cancel, delete, compare, pack."""

import json
from functools import partial

import pytest

from data.synthetic.release import synthetic_release
from morph.atomic import write_json
from morph.release.folder import verify_release
from morph.runs import lifecycle
from morph.runs.lifecycle import create_run, list_runs, read_run
from tests.morph.new_run.small_home import fill
from tests.morph.runs.counting import COUNTING, SHORT, wait_for_state


@pytest.fixture
def counting(root, monkeypatch):
    """A home with stores, in which runs count instead of training."""
    fill(root)
    start = partial(lifecycle.start_run, command=COUNTING)
    monkeypatch.setattr(lifecycle, "start_run", start)
    return root


def test_a_run_is_started_watched_and_listed(counting, run):
    create_run(counting, "one", SHORT)
    assert "Started one." in run("runs", "start", "one")
    assert "one is finished" in run("runs", "watch", "one")
    (listed,) = run("runs", "list", "--json")["runs"]
    assert (listed["run"], listed["state"], listed["progress"]) == (
        "one",
        "finished",
        1,
    )
    assert "finished" in run("runs", "list")


def test_watching_a_run_that_fails_is_a_failure(counting, run):
    create_run(counting, "bad", SHORT | {"fails_in": "one"})
    run("runs", "start", "bad")
    assert "bad is failed: " in run("runs", "watch", "bad", expect=1)


def test_a_run_is_cancelled_and_deleted(counting, run):
    folder = create_run(counting, "long", SHORT | {"steps": 600})
    run("runs", "start", "long")
    wait_for_state(folder, "running")
    assert "cancel it before" in run("runs", "delete", "long", expect=1)
    assert "Stopping long" in run("runs", "cancel", "long")
    wait_for_state(folder, "cancelled")
    assert "Moved long" in run("runs", "delete", "long")
    assert list_runs(counting) == []


def test_a_preset_becomes_a_run(counting, run, monkeypatch):
    monkeypatch.setattr(lifecycle, "start_run", lambda folder: None)
    assert "Started smoke-1" in run("runs", "new", "--preset", "smoke")
    config = read_run(counting / "runs" / "smoke-1").config
    assert config["stores"] == ["decals"]
    copied = json.loads(run("runs", "new", "--like", "smoke-1", "--print"))
    assert copied["release"]["release_id"] == "smoke-test-2"
    said = run("runs", "new", "--preset", "none", expect=1)
    assert "expected one of: smoke, source" in said


def test_a_config_that_cannot_work_is_refused(counting, run, tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"kind": "source", "stores": ["gone"], "seed": -1}')
    said = run("runs", "new", "--config", path, expect=1)
    assert "seed is -1" in said and "no cutout store of that name" in said
    assert list_runs(counting) == []


def test_runs_are_compared_by_what_differs(counting, run):
    first = create_run(counting, "a", {"kind": "source", "seed": 1, "tree": "gzd5"})
    create_run(counting, "b", {"kind": "source", "seed": 2, "tree": "gzd5"})
    write_json(first / "evaluation.json", {"mean_rmse": 0.07})
    found = run("runs", "compare", "a", "b", "--json")
    assert found == {
        "a": {"seed": 1, "mean RMSE": 0.07},
        "b": {"seed": 2, "mean RMSE": None},
    }
    assert "there is no run 'c'; runs: " in run("runs", "compare", "a", "c", expect=1)


def test_a_packed_release_is_loaded_elsewhere(counting, run, tmp_path, monkeypatch):
    folder = create_run(counting, "made", SHORT) / "release"
    synthetic_release(folder, galaxies=20, release_id="mine")
    packed = run("runs", "pack", "made", tmp_path, "--json")["file"]
    assert packed.endswith("mine.morph.zip")
    monkeypatch.setenv("MORPH_HOME", str(tmp_path / "other"))
    assert "Loaded" in run("load", packed)
    assert verify_release(tmp_path / "other" / "releases" / "mine").galaxies == 20
    assert "no run with a release" in run("runs", "pack", "gone", expect=1)
