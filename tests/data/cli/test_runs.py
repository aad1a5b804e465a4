"""`data runs`: list, new, start, watch, cancel, delete, compare, pack."""

import json
from functools import partial
from pathlib import Path

import pytest

from data.synthetic.release import synthetic_release
from morph.atomic import write_json
from morph.catalogue import contents
from morph.catalogue.connection import connect
from morph.errors import CatalogueHeld
from morph.home import catalogue_path
from morph.release.folder import verify_release
from morph.runs import lifecycle
from morph.runs.lifecycle import create_run, list_runs, read_run
from morph.runs.slurm.job import read_slurm_run
from tests.morph.new_run.small_home import fill, model, store
from tests.morph.runs.counting import COUNTING, SHORT, wait_for, wait_for_state
from tests.morph.runs.fake_slurm import CPU, RUNS_HERE, in_a_job


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
    assert "the state of one is: finished" in run("runs", "watch", "one")
    (listed,) = run("runs", "list", "--json")["runs"]
    assert (listed["run"], listed["state"], listed["progress"]) == (
        "one",
        "finished",
        1,
    )
    assert "Finished" in run("runs", "list")


def test_a_loaded_run_is_called_so_as_on_the_page(counting, run, monkeypatch):
    folder = create_run(counting, "made", SHORT)
    write_json(folder / "status.json", {"state": "finished"})
    synthetic_release(folder / "release", galaxies=20, release_id="made")
    assert "Finished" in run("runs", "list") and "Loaded" not in run("runs", "list")
    run("load-run", "made")
    assert "Loaded" in run("runs", "list")
    with connect(catalogue_path(counting)) as con:  # as a dashboard has it
        contents.write_contents(counting, con, 7)

    def held(path):
        raise CatalogueHeld("in use by a dashboard", pid=7)

    monkeypatch.setattr(contents, "look", held)
    assert "Loaded" in run("runs", "list")


def test_commands_are_printed_as_they_can_be_typed(counting, run, monkeypatch):
    monkeypatch.setattr(lifecycle, "start_run", lambda folder: None)
    python = Path.cwd() / ".venv/bin/python"
    monkeypatch.setattr("sys.executable", str(python))
    follow = "Follow it: .venv/bin/python -m data runs watch smoke-1"
    assert follow in run("runs", "new", "--preset", "smoke")


def test_watching_a_run_that_fails_is_a_failure(counting, run):
    create_run(counting, "bad", SHORT | {"fails_in": "one"})
    run("runs", "start", "bad")
    assert "the state of bad is: failed; " in run("runs", "watch", "bad", expect=1)


def test_a_run_is_cancelled_and_deleted(counting, run):
    folder = create_run(counting, "long", SHORT | {"steps": 600})
    run("runs", "start", "long")
    wait_for_state(folder, "running")
    assert "cancel it before" in run("runs", "delete", "long", expect=1)
    assert "Stopping long" in run("runs", "cancel", "long")
    wait_for_state(folder, "cancelled")
    assert "Moved long" in run("runs", "delete", "long")
    assert list_runs(counting) == []


def config_in(said: str) -> dict:
    """The configuration that is printed before other words."""
    return json.JSONDecoder().raw_decode(said)[0]


def test_a_preset_becomes_a_run(counting, run, monkeypatch):
    monkeypatch.setattr(lifecycle, "start_run", lambda folder: None)
    said = run("runs", "new", "--preset", "smoke")
    assert "Its images are simulated: decals.\n" in said and "Started smoke-1" in said
    config = read_run(counting / "runs" / "smoke-1").config
    assert config["stores"] == ["decals"]
    copied = config_in(run("runs", "new", "--like", "smoke-1", "--print"))
    assert copied["release"]["release_id"] == "smoke-test-2"
    said = run("runs", "new", "--preset", "none", expect=1)
    assert "expected one of: smoke, source" in said


def test_settings_are_typed_and_the_run_is_followed(counting, run, monkeypatch):
    typed = ("--set", "fit.epochs=5", "release.title=Bars, first try", "--print")
    config = config_in(run("runs", "new", "--preset", "smoke", *typed))
    assert config["fit"]["epochs"] == 5
    assert config["release"]["title"] == "Bars, first try"
    said = run("runs", "new", "--preset", "smoke", "--set", "epochs=5", expect=1)
    assert "'epochs=5' is not a setting of a run of this kind" in said
    said = run("runs", "new", "--preset", "smoke", "--set", "fit.epochs=0", expect=1)
    assert "fit.epochs is 0" in said
    named = ("--name", "seen", "--watch")
    said = run("runs", "new", "--preset", "smoke", *named, expect=1)
    assert "the state of seen is: failed" in said  # it has nothing to count


def test_a_preset_says_what_is_not_there(root, run):
    said = run("runs", "new", "--preset", "source", expect=1)
    assert "the preset source needs a cutout store with votes" in said
    for preset in ("adapt-fast", "predict", "evaluate"):
        said = run("runs", "new", "--preset", preset, expect=1)
        assert f"the preset {preset} needs a fitted model, and there is none" in said


def test_a_preset_names_what_is_simulated_where_nothing_real_is_there(counting, run):
    model(counting, "of-simulated")
    store(counting, "sky", origin="real", galaxies=6)
    said = run("runs", "new", "--preset", "predict", expect=1)
    assert "needs a model fitted to real images, and there is none" in said
    assert "name simulated ones: --set model_run=NAME, such as of-simulated" in said
    said = run("runs", "new", "--preset", "source", expect=1)
    assert "needs a cutout store of real images with votes, and there is none" in said
    assert "name simulated ones: --set stores=NAME, such as decals" in said


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


def test_a_run_of_slurm_is_listed_watched_cancelled_and_resumed(counting, run, slurm):
    folder = create_run(counting, "counting", SHORT | CPU | {"steps": 400})
    slurm.answers("sbatch", "12\n")
    slurm.queue("12|morph-counting|PENDING|Priority||gpu")
    run("runs", "start", "counting", "--slurm", "minutes=60", "partition=gpu")
    settings = read_slurm_run(folder).settings
    assert (settings.minutes, settings.gpus, settings.partition) == (60, 0, "gpu")
    assert "waiting in partition gpu behind jobs" in run("runs", "list")
    assert "counting is queued" in run("runs", "start", "counting", expect=1)
    slurm.queue(RUNS_HERE)
    first = in_a_job(folder)
    wait_for_state(folder, "running")
    run("runs", "cancel", "counting")
    assert first.wait(timeout=30) == 130
    slurm.queue("12|morph-counting|FAILED|NonZeroExitCode|node1|gpu")
    wait_for(lambda: not (folder / "cancel").exists())
    said = run("runs", "watch", "counting", expect=1)
    assert "the state of counting is: cancelled" in said

    write_json(folder / "config.json", SHORT | CPU)  # little is left to do
    slurm.answers("sbatch", "13\n")
    slurm.queue("13|morph-counting|RUNNING|None|node1|gpu")
    run("runs", "start", "counting", "--slurm", "minutes=90")
    resumed = read_slurm_run(folder)
    assert (resumed.job, resumed.settings.minutes) == ("13", 90)
    assert resumed.settings.partition == "gpu"  # as before
    second = in_a_job(folder, SLURM_JOB_ID="13")
    assert "the state of counting is: finished" in run("runs", "watch", "counting")
    assert second.wait(timeout=30) == 0


def test_a_new_run_is_a_job_that_agrees_with_it(counting, run, slurm):
    slurm.answers("sbatch", "12\n")
    run("runs", "new", "--preset", "smoke", "--slurm", "account=sky")
    folder = counting / "runs" / "smoke-1"
    assert read_slurm_run(folder).settings.account == "sky"
    assert slurm.calls("sbatch") == [["--parsable", str(folder / "slurm.sh")]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("hours=3", "'hours=3' is not a setting of a job"),
        ("account=$(ls)", "account is '$(ls)'; expected at most 128 letters"),
        ("nodes=2", "the job requests 2 machines"),
    ],
)
def test_a_wrong_job_makes_no_run(counting, run, slurm, given, said):
    words = ("runs", "new", "--preset", "smoke", "--slurm", given)
    assert said in run(*words, expect=1)
    assert list_runs(counting) == []
    folder = create_run(counting, "mine", SHORT | CPU)
    assert said in run("runs", "start", "mine", "--slurm", given, expect=1)
    assert not (folder / "slurm.json").exists()
    assert slurm.calls("sbatch") == []


def test_what_slurm_refuses_is_said(counting, run, slurm):
    error = "sbatch: error: Batch job submission failed: Invalid account\n"
    slurm.answers("sbatch", error=error, status=1)
    said = run("runs", "new", "--preset", "smoke", "--slurm", expect=1)
    assert "sbatch failed" in said and "Invalid account" in said
    assert read_run(counting / "runs" / "smoke-1").state == "failed"
