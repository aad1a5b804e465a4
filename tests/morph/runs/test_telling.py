"""What a run tells of itself: progress, events, status and log."""

import json
import time

import numpy as np
import pytest

from morph.runs import run_files
from morph.runs.active_run import ActiveRun, execute
from morph.runs.lifecycle import create_run, read_run
from morph.runs.run_files import tail_log
from tests.morph.runs.counting import SHORT


def test_progress_counts_the_finished_stages_and_estimates_the_rest(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("morph.runs.active_run.STATUS_INTERVAL_S", 0.0)
    folder = create_run(tmp_path, "counting", SHORT)
    seen = []

    def two(run: ActiveRun) -> None:
        run.progress(0, 10)
        time.sleep(0.05)
        run.progress(5, 10, "half")
        seen.append(read_run(folder))

    def work(run: ActiveRun) -> None:
        run.plan(("one", "two"))
        run.stage("one", lambda: None)
        run.stage("two", lambda: two(run))

    execute(folder, work)
    assert seen[0].progress == 0.75 and seen[0].message == "half"
    assert 0.04 < seen[0].eta_s < 1.0


def test_fitting_counts_for_most_of_a_run(tmp_path):
    folder = create_run(tmp_path, "fitting", SHORT)
    status = {
        "state": "running",
        "host": "gpu-7",
        "stages": ["fit", "predict", "map", "release"],
        "stage": "predict",
        "step": 1,
        "total": 2,
    }
    (folder / "status.json").write_text(json.dumps(status))
    assert read_run(folder).progress == (30 + 0.5) / (30 + 1 + 3 + 0.1)


def test_status_is_written_once_a_second_at_most(tmp_path, monkeypatch):
    folder = create_run(tmp_path, "counting", SHORT)
    writes = []
    monkeypatch.setattr("morph.runs.active_run.write_json", lambda *a: writes.append(a))

    def work(run: ActiveRun) -> None:
        writes.clear()
        for step in range(2000):
            run.progress(step, 2000)
        assert len(writes) <= 1

    monkeypatch.setattr("morph.runs.active_run.STATUS_INTERVAL_S", 1e6)
    assert execute(folder, work) == 0


def test_an_event_keeps_numbers_and_makes_null_of_those_that_are_not_finite(tmp_path):
    run_files.append_event(
        tmp_path, "epoch", loss=np.float32(0.5), rmse=[np.nan, 1.0], n=np.int64(3)
    )
    event = run_files.read_events(tmp_path)[0]
    assert (event["loss"], event["rmse"], event["n"]) == (0.5, [None, 1.0], 3)


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_torn_last_line_is_not_read_and_does_not_spoil_the_next(tmp_path, cut):
    run_files.append_event(tmp_path, "stage_finished", stage="one")
    whole = (tmp_path / "events.jsonl").read_bytes()
    run_files.append_event(tmp_path, "stage_finished", stage="two")
    torn = (tmp_path / "events.jsonl").read_bytes()[: len(whole) + cut]
    (tmp_path / "events.jsonl").write_bytes(torn)
    assert run_files.finished_stages(tmp_path) == {"one"}
    run_files.cut_torn_line(tmp_path)
    run_files.append_event(tmp_path, "stage_finished", stage="three")
    assert run_files.finished_stages(tmp_path) == {"one", "three"}
    for line in (tmp_path / "events.jsonl").read_text().splitlines():
        json.loads(line)


def test_the_end_of_the_log_is_read_whatever_bytes_are_in_it(tmp_path):
    (tmp_path / "log.txt").write_bytes(b"one\ntwo \xff\nthree\n")
    assert tail_log(tmp_path, lines=2) == ["two �", "three"]
    assert tail_log(tmp_path / "missing") == []


def test_the_log_is_read_from_its_end_and_not_through_a_link(tmp_path):
    many = "\n".join(f"line {number}" for number in range(20_000))
    (tmp_path / "log.txt").write_text(many)
    assert tail_log(tmp_path, lines=3) == ["line 19997", "line 19998", "line 19999"]
    kept = tail_log(tmp_path, lines=100_000)
    assert kept == [f"line {number}" for number in range(20_000 - len(kept), 20_000)]
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "log.txt").symlink_to(tmp_path / "log.txt")
    assert tail_log(linked) == []


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("status.json", '{"state": "ready"}', "state"),
        ("status.json", '{"state": ["failed"]}', "state"),
        ("status.json", "{}", "state"),
        ("status.json", '{"state": "failed", "error": {"a": 1}}', "error"),
        ("status.json", '{"state": "failed", "stages": "fit"}', "stages"),
        ("status.json", '{"state": "failed", "stages": [1]}', "stages"),
        ("status.json", '{"state": "failed", "step": "many"}', "step"),
        ("status.json", '{"state": "failed", "started": 7}', "started"),
        ("status.json", "[" * 100_000, "status.json"),
        ("config.json", "[" * 100_000, "config.json"),
        ("config.json", "null", "config.json"),
    ],
)
def test_a_run_with_files_that_no_run_writes_is_unreadable(tmp_path, file, text, named):
    folder = create_run(tmp_path, "odd", {})
    (folder / file).write_text(text)
    run = read_run(folder)
    assert run.state == "unreadable"
    assert named in run.error
