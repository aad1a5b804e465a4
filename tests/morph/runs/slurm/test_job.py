"""Runs on Slurm: submitted, refused, and what is known of them."""

import os
import subprocess
from pathlib import Path

import pytest

from morph.atomic import write_json
from morph.errors import MorphError, RunError, SettingError
from morph.runs.lifecycle import create_run, read_run, start_run
from morph.runs.run_files import CONFIG
from morph.runs.slurm import job as slurm_job
from morph.runs.slurm.job import job_script, read_slurm_run, use_slurm
from morph.runs.slurm.job_settings import SlurmSettings
from tests.morph.runs.counting import (
    COUNTING,
    LONG,
    wait_for,
    wait_for_stage,
)
from tests.morph.runs.fake_slurm import CPU, ON_CPU, RUNS_HERE, in_a_job


def test_a_run_is_submitted_with_its_settings(submitted, slurm):
    run = read_slurm_run(submitted)
    assert (run.job, run.settings) == ("12", ON_CPU)
    [[parsable, path]] = slurm.calls("sbatch")
    assert (parsable, path) == ("--parsable", str(submitted / "slurm.sh"))
    script = Path(path).read_text()
    assert "#SBATCH --partition=gpu\n" in script
    assert "#SBATCH --time=60\n" in script
    assert "#SBATCH --signal=USR2@120\n" in script
    assert "#SBATCH --requeue\n" in script
    assert f"#SBATCH --output={submitted / 'log.txt'}\n" in script
    assert "gpus" not in script
    last = script.strip().split("\n")[-1]
    assert last.startswith("srun --unbuffered --kill-on-bad-exit=1 --cpus-per-task=4 ")
    assert last.endswith(f"-m tests.morph.runs.counting_run {submitted}")
    assert not list(submitted.glob("*.pkl"))


def test_a_job_gets_the_environment_of_a_run_and_no_more(
    tmp_path, slurm, monkeypatch, submitted
):
    monkeypatch.setenv("SECRET_TOKEN", "not for runs")
    monkeypatch.setenv("SLURM_PROCID", "3")  # the dashboard is part of another job
    monkeypatch.setenv("SBATCH_ACCOUNT", "another")
    folder = create_run(tmp_path, "another", LONG | CPU)
    use_slurm(folder, ON_CPU)
    start_run(folder, command=COUNTING)
    found = slurm.environment("sbatch")
    assert not {"SECRET_TOKEN", "SLURM_PROCID", "SBATCH_ACCOUNT"} & found.keys()
    assert found["MORPH_HOME"] == str(tmp_path)


def test_processes_and_gpus_are_those_of_the_device_settings(tmp_path):
    device = {"accelerator": "cuda", "devices": 4, "num_nodes": 2}
    folder = create_run(tmp_path, "large", {"kind": "count", "device": device})
    settings = SlurmSettings(gpus=4, nodes=2, cpus=8, memory_gb=200, account="sky")
    script = job_script(folder, settings, ["python"], work_in=tmp_path)
    for line in (
        "--nodes=2",
        "--ntasks-per-node=4",
        "--gpus-per-node=4",
        "--cpus-per-task=8",
        "--mem=200G",
        "--account=sky",
    ):
        assert f"#SBATCH {line}\n" in script
    assert "--partition" not in script


@pytest.mark.parametrize("name", ["a\nrm -rf b", "a b", "$(ls)", "Run"])
def test_a_folder_that_a_shell_could_execute_is_refused(tmp_path, slurm, name):
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    folder = folder.rename(folder.with_name(name))
    with pytest.raises(MorphError, match="cannot be the name of a run"):
        start_run(folder, command=COUNTING)
    assert slurm.calls("sbatch") == []


def test_new_settings_do_not_lose_the_job(submitted):
    use_slurm(submitted, SlurmSettings(gpus=0, minutes=90))
    run = read_slurm_run(submitted)
    assert (run.job, run.settings.minutes) == ("12", 90)


def test_a_linked_script_is_refused_not_followed(tmp_path, slurm):
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    (tmp_path / "outside").write_text("theirs")
    (folder / "slurm.sh").symlink_to(tmp_path / "outside")
    slurm.answers("sbatch", "12\n")
    with pytest.raises(RunError, match=r"slurm\.sh is a link"):
        start_run(folder, command=COUNTING)
    assert (tmp_path / "outside").read_text() == "theirs"


def test_what_slurm_says_against_a_job_is_the_error_of_the_run(tmp_path, slurm):
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    error = "sbatch: error: Batch job submission failed: Invalid account\n"
    slurm.answers("sbatch", error=error, status=1)
    with pytest.raises(RunError, match="Invalid account"):
        start_run(folder, command=COUNTING)
    state = read_run(folder)
    assert state.state == "failed" and "Invalid account" in state.error
    assert state.startable
    slurm.answers("sbatch", "13;cluster\n")
    start_run(folder, command=COUNTING)
    assert read_slurm_run(folder).job == "13"


@pytest.mark.parametrize("said", ["", "Submitted\n", b"\xff\xfe\x00", "job 12 of 7\n"])
def test_an_answer_without_a_number_is_an_error(tmp_path, slurm, said):
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    slurm.answers("sbatch", said)
    with pytest.raises(RunError, match="expected a job ID"):
        start_run(folder, command=COUNTING)


def test_a_machine_without_slurm_says_so(tmp_path, monkeypatch):
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match="sbatch was not found"):
        start_run(folder, command=COUNTING)


def test_a_killed_process_is_lost_as_soon_as_slurm_says_so(submitted, slurm):
    slurm.queue(RUNS_HERE)
    process = in_a_job(submitted)
    wait_for(lambda: (submitted / "did.txt").exists())
    process.kill()
    process.wait()
    assert read_run(submitted).state == "running"  # maybe on another machine
    slurm.queue("12|morph-counting|FAILED|NonZeroExitCode|node1|gpu")
    assert read_run(submitted).state == "lost"


def test_a_living_process_outweighs_a_late_account(submitted, slurm):
    slurm.queue("12|morph-counting|FAILED|NonZeroExitCode|node1|gpu")
    process = in_a_job(submitted)
    wait_for_stage(submitted, "one")
    assert read_run(submitted).state == "running"
    process.terminate()
    process.wait(timeout=30)


def test_a_damaged_record_is_an_error_of_that_run_alone(submitted):
    for text in ("[]", '{"settings": {"gpus": -1}}', '{"settings": {}, "job": "1 2"}'):
        (submitted / "slurm.json").write_text(text)
        assert read_run(submitted).state == "unreadable"
        with pytest.raises(MorphError):
            start_run(submitted, command=COUNTING)


def test_a_slow_sbatch_may_have_submitted_the_job(tmp_path, slurm, monkeypatch):
    monkeypatch.setattr(slurm_job, "SUBMIT_TIMEOUT_S", 0.3)
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    slurm.answers("sbatch", "12\n", sleeps_s=60)
    with pytest.raises(RunError, match="If `squeue --name=morph-counting` shows a job"):
        start_run(folder, command=COUNTING)
    state = read_run(folder)
    assert state.state == "failed" and state.startable
    assert "`scancel --name=morph-counting` ends it" in state.error
    process = in_a_job(folder)  # it had
    wait_for_stage(folder, "one")
    slurm.queue(RUNS_HERE)
    assert (read_run(folder).state, read_slurm_run(folder).job) == ("running", "12")
    (folder / "cancel").touch()
    assert process.wait(timeout=30) == 130


def test_a_run_that_no_longer_agrees_with_its_job_says_so(submitted, slurm):
    slurm.queue("12|morph-counting|CANCELLED|None||gpu")
    assert read_run(submitted).state == "cancelled"
    write_json(submitted / CONFIG, LONG | {"device": {"num_nodes": 2}})
    with pytest.raises(SettingError, match=r"device\.num_nodes"):
        start_run(submitted, command=COUNTING)
    state = read_run(submitted)
    assert state.state == "failed" and "device.num_nodes" in state.error


def test_a_path_is_one_word_of_the_script_whatever_is_in_it(tmp_path):
    root = tmp_path / 'a b\'s "c" $HOME `id` 100%j #1 é'
    folder = create_run(root, "odd", LONG | CPU)
    command = ["python", "-m", "training", str(folder)]
    script = job_script(folder, ON_CPU, command, work_in=root)
    (tmp_path / "srun").write_text('#!/bin/sh\nfor one in "$@"; do echo "$one"; done\n')
    (tmp_path / "srun").chmod(0o755)
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-4:] == command
    assert done.stderr == ""
