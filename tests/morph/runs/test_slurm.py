"""Runs on Slurm: submitted, requeued, cancelled."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from morph.atomic import write_json
from morph.errors import MorphError, RunError, SettingError
from morph.runs.cancel import stop_run
from morph.runs.config_parts import DeviceConfig
from morph.runs.lifecycle import cancel_run, create_run, read_run, start_run
from morph.runs.run_files import read_json
from morph.runs.settings import settings_of
from morph.runs.slurm.job import (
    SlurmSettings,
    check_device,
    job_script,
    read_slurm_run,
    use_slurm,
)
from morph.typed_json import problems
from tests.morph.runs.counting import (
    COUNTING,
    LONG,
    SHORT,
    stages_done,
    wait_for,
    wait_for_stage,
    wait_for_state,
)
from tests.morph.runs.fake_slurm import CPU, ON_CPU

RUNS_HERE = "12|morph-counting|RUNNING|None|node1|gpu"


def in_a_job(folder: Path, **more: str) -> subprocess.Popen:
    """The process of the run, as its job starts it."""
    environment = os.environ | {"MORPH_SUBMITTED": "1", "SLURM_JOB_ID": "12"} | more
    return subprocess.Popen([*COUNTING, str(folder)], env=environment)


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


@pytest.mark.parametrize(
    ("settings", "device", "wrong"),
    [
        (SlurmSettings(nodes=2), DeviceConfig(), "nodes"),
        (SlurmSettings(gpus=2), DeviceConfig(devices=4), "gpus"),
        (SlurmSettings(gpus=0), DeviceConfig(accelerator="cuda"), "gpus"),
        (SlurmSettings(gpus=1), DeviceConfig(accelerator="cpu"), "gpus"),
    ],
)
def test_a_job_that_contradicts_the_run_is_refused(settings, device, wrong):
    with pytest.raises(SettingError) as caught:
        check_device(settings, device)
    assert caught.value.path == wrong


@pytest.mark.parametrize(
    ("settings", "device"),
    [
        (SlurmSettings(), DeviceConfig()),
        (SlurmSettings(gpus=0), DeviceConfig(accelerator="cpu", devices=4)),
        (SlurmSettings(gpus=0), DeviceConfig(devices=4)),  # "auto" finds CPUs
        (SlurmSettings(gpus=4, nodes=2), DeviceConfig(devices=4, num_nodes=2)),
    ],
)
def test_a_job_that_agrees_with_the_run_is_not(settings, device):
    check_device(settings, device)


@pytest.mark.parametrize(
    "name", ["gpu\nrm -rf /", "gpu; ls", "$(ls)", "`ls`", "a b", "'", "x" * 200]
)
def test_a_name_that_a_shell_could_execute_is_refused(name):
    for setting in ("partition", "account", "qos", "constraint"):
        with pytest.raises(SettingError, match=setting):
            SlurmSettings(**{setting: name})


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


def test_a_job_shorter_than_its_warning_is_refused():
    with pytest.raises(SettingError, match="minutes higher"):
        SlurmSettings(minutes=1)


def test_every_setting_says_what_it_is_for_a_form():
    settings = settings_of(SlurmSettings)
    assert all(setting.means for setting in settings)
    assert all(setting.limits for setting in settings if setting.type is int)
    wrong = problems(SlurmSettings, {"gpus": 65, "partition": "a b"})
    assert "from 0 to 64" in wrong["gpus"]


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
    with pytest.raises(RunError, match="expected the job's number"):
        start_run(folder, command=COUNTING)


def test_a_machine_without_slurm_says_so(tmp_path, monkeypatch):
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match="sbatch is not found"):
        start_run(folder, command=COUNTING)


def test_a_submission_that_was_killed_is_lost_until_its_job_begins(submitted, slurm):
    record = read_json(submitted / "slurm.json")
    write_json(submitted / "slurm.json", record | {"job": None})
    state = read_run(submitted)
    assert state.state == "lost" and "morph-counting" in state.error
    process = in_a_job(submitted)
    wait_for(lambda: read_slurm_run(submitted).job == "12")
    (submitted / "cancel").touch()
    assert process.wait(timeout=30) == 130


def test_the_process_in_a_job_needs_no_slot_and_writes_the_folder(submitted, slurm):
    other = create_run(submitted.parent.parent, "here", LONG)
    start_run(other, command=COUNTING)  # has the slot of this machine
    wait_for_state(other, "running")
    slurm.queue(RUNS_HERE)
    assert read_run(submitted).message == "starting on node1"
    process = in_a_job(submitted)
    wait_for_stage(submitted, "one")
    assert read_run(submitted).state == "running"
    (submitted / "cancel").touch()
    assert process.wait(timeout=30) == 130
    assert read_run(submitted).state == "cancelled"
    stop_run(other)


def test_a_run_stops_at_the_signal_of_slurm_and_its_job_is_requeued(tmp_path, slurm):
    folder = create_run(tmp_path, "counting", SHORT | CPU | {"steps": 40})
    use_slurm(folder, ON_CPU)
    slurm.answers("sbatch", "12\n")
    start_run(folder, command=COUNTING)
    process = in_a_job(folder)
    wait_for(lambda: (folder / "did.txt").exists() and "two" in stages_done(folder))
    process.send_signal(signal.SIGUSR2)
    assert process.wait(timeout=30) == 143
    assert slurm.calls("scontrol") == [["requeue", "12"]]
    slurm.queue("12|morph-counting|PENDING|BeginTime||gpu")
    state = read_run(folder)
    assert state.state == "queued" and "delays a requeued job" in state.message
    slurm.queue(RUNS_HERE)
    assert in_a_job(folder, SLURM_RESTART_COUNT="1").wait(timeout=60) == 0
    assert read_run(folder).state == "finished"
    assert stages_done(folder) == ["one", "two", "two"]


@pytest.mark.parametrize(
    ("restarts", "refusal", "words"),
    [
        ("20", "", "requeued 20 times"),
        ("0", "Requested operation is disabled", "disab"),
    ],
)
def test_a_job_that_is_not_requeued_has_failed_and_says_why(
    submitted, slurm, restarts, refusal, words
):
    slurm.answers("scontrol", error=refusal, status=1)
    process = in_a_job(submitted, SLURM_RESTART_COUNT=restarts)
    wait_for(lambda: (submitted / "did.txt").exists())
    process.send_signal(signal.SIGUSR2)
    assert process.wait(timeout=30) == 1
    state = read_run(submitted)
    assert state.state == "failed" and words in state.error and state.startable


def test_a_preempted_run_is_queued_until_slurm_gives_it_a_machine(submitted, slurm):
    process = in_a_job(submitted)
    wait_for(lambda: (submitted / "did.txt").exists())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 143
    assert slurm.calls("scontrol") == []  # Slurm requeues it, or a person ended it
    assert read_run(submitted).state == "queued"
    slurm.forgets()
    slurm.accounts("12|morph-counting|CANCELLED by 0|node1|gpu|0:0")
    assert read_run(submitted).state == "cancelled"


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


def test_a_run_submitted_again_is_left_alone_by_its_earlier_job(submitted, slurm):
    process = in_a_job(submitted, SLURM_JOB_ID="11")
    assert process.wait(timeout=30) == 1
    assert not (submitted / "did.txt").exists()
    assert read_run(submitted).state == "queued"


def test_a_waiting_job_is_cancelled_at_once(submitted, slurm):
    cancel_run(submitted)
    assert read_run(submitted).state in ("cancelling", "cancelled")
    wait_for(lambda: slurm.calls("scancel"))
    assert slurm.calls("scancel")[0] == ["--name=morph-counting", "12"]
    assert read_run(submitted).state == "cancelling"  # until Slurm has ended it
    slurm.queue("12|morph-counting|CANCELLED|None||gpu")
    wait_for(lambda: not (submitted / "cancel").exists())
    state = read_run(submitted)
    assert (state.state, state.message) == ("cancelled", "cancelled")


def test_a_running_job_may_end_by_itself_before_it_is_ended(submitted, slurm):
    slurm.queue(RUNS_HERE)
    process = in_a_job(submitted)
    wait_for_stage(submitted, "one")
    cancel_run(submitted)
    assert process.wait(timeout=30) == 130
    slurm.queue("12|morph-counting|FAILED|NonZeroExitCode|node1|gpu")
    wait_for(lambda: "cancelled" in read_json(submitted / "status.json")["state"])
    assert slurm.calls("scancel") == []


def test_a_deaf_job_is_ended_by_slurm(submitted, slurm):
    slurm.queue(RUNS_HERE)
    slurm.ends("scancel", "12|morph-counting|CANCELLED|None|node1|gpu")
    stop_run(submitted, patience_s=0.1)
    assert read_run(submitted).state == "cancelled"


def test_a_damaged_record_is_an_error_of_that_run_alone(submitted):
    for text in ("[]", '{"settings": {"gpus": -1}}', '{"settings": {}, "job": "1 2"}'):
        (submitted / "slurm.json").write_text(text)
        assert read_run(submitted).state == "unreadable"
        with pytest.raises(MorphError):
            start_run(submitted, command=COUNTING)
