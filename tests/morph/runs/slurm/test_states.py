"""What Slurm says of a job, in our words; and a Slurm that is slow, silent or wrong."""

import time

import pytest

from morph.errors import RunError
from morph.runs.lifecycle import read_run, start_run
from morph.runs.slurm.job_in_words import in_words
from morph.runs.slurm.states import Job, JobWatch, call
from tests.morph.runs.counting import COUNTING, wait_for
from tests.morph.runs.fake_slurm import RUNS_HERE

WAITS = "12|morph-counting|PENDING|Resources||gpu"
OFF = "Slurm accounting storage is disabled\n"


def test_a_waiting_job_is_queued_with_the_reason(submitted, slurm):
    state = read_run(submitted)
    assert state.state == "queued"
    assert state.message == "waiting for resources in partition gpu"
    with pytest.raises(RunError, match="queued"):
        start_run(submitted, command=COUNTING)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Priority", "waiting in partition gpu behind jobs of higher priority"),
        ("None", "waiting for Slurm to consider it"),
        ("(ReqNodeNotAvail, UnavailableNodes:n1)", "down, drained or reserved"),
        (
            "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher "
            "priority partitions",
            "the nodes of partition gpu are down, drained or reserved",
        ),
        (
            "PartitionTimeLimit",
            "partition gpu does not accept the job (PartitionTimeLimit)",
        ),
        ("JobHeldUser", "held; `scontrol release` releases it (JobHeldUser)"),
        ("AssocGrpGRES", "waiting: a limit of the account is reached (AssocGrpGRES)"),
        ("SomethingNew", "waiting in partition gpu (SomethingNew)"),
    ],
)
def test_reasons_are_said_in_words(reason, words):
    job = Job("PENDING", reason, "", "gpu")
    found = in_words(job, {"state": "queued"}, minutes=60)
    assert found["state"] == "queued" and words in found["message"]


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ("CANCELLED by 1007", "cancelled", None),
        ("CANCELLED", "cancelled", None),
        ("TIMEOUT", "failed", "time limit of 60 min"),
        ("OUT_OF_MEMORY", "failed", "memory_gb higher"),
        ("NODE_FAIL", "lost", "node7 failed"),
        ("PREEMPTED", "lost", "higher priority"),
        ("BOOT_FAIL", "lost", "node7 could not be booted"),
        ("DEADLINE", "failed", "deadline"),
        ("FAILED", "lost", "(signal 9)"),
        ("COMPLETED", "lost", "ended (COMPLETED) before the run"),
    ],
)
def test_a_job_that_ended_before_its_run_says_how(submitted, slurm, said, state, words):
    slurm.forgets()
    slurm.accounts(
        f"12|morph-counting|{said}|node7|gpu|0:9",
        "12.batch|batch|CANCELLED|node7||0:15",
        "12.0|python|COMPLETED|node7||0:0",
    )
    found = read_run(submitted)
    assert found.state == state and found.startable
    assert words is None or words in found.error


def test_who_cancelled_a_job_is_said(submitted, slurm):
    slurm.forgets()
    slurm.accounts("12|morph-counting|CANCELLED by 1007|None assigned|gpu|0:0")
    assert read_run(submitted).message == "its job was cancelled by user 1007"


def test_a_job_that_ended_a_moment_ago_needs_no_accounts(submitted, slurm):
    slurm.queue("12|morph-counting|NODE_FAIL|NodeDown|node7|gpu")
    assert read_run(submitted).state == "lost"
    assert slurm.calls("sacct") == []


def test_a_job_without_any_record_is_lost_where_accounts_are_off(submitted, slurm):
    slurm.forgets()
    slurm.answers("sacct", error=OFF, status=1)
    state = read_run(submitted)
    assert state.state == "lost" and "accounting is disabled" in state.error


@pytest.mark.parametrize(
    "misbehaves",
    [
        {"error": "Unable to contact slurm controller (connect failure)\n"},
        {"error": "", "output": b"\xff\xfe"},
    ],
)
def test_a_run_is_not_lost_because_slurm_is_silent(submitted, slurm, misbehaves):
    slurm.answers("squeue", status=1, **misbehaves)
    state = read_run(submitted)
    assert state.state == "queued"
    assert "Slurm cannot be queried about its job: squeue failed" in state.message


@pytest.mark.parametrize(
    "given",
    [
        {"error": "sacct: error: Sending PersistInit msg: refused\n", "status": 1},
        {"output": "no table\nat|all\n"},
        {"output": b"\x00\xff|\n|||"},
    ],
)
def test_nor_because_its_accounts_are(submitted, slurm, given):
    slurm.forgets()
    slurm.answers("sacct", **given)
    assert read_run(submitted).state == "queued"


def test_garbage_of_squeue_is_no_state(submitted, slurm):
    slurm.answers("squeue", "12|morph-counting\n\x1b[31m|||||\n12\n")
    slurm.accounts(RUNS_HERE.replace("|None", ""))
    assert read_run(submitted).state in ("queued", "lost")


def test_the_job_of_somebody_else_with_this_number_is_not_ours(submitted, slurm):
    slurm.queue("12|their-job|RUNNING|None|node1|gpu")
    slurm.accounts("12|their-job|RUNNING|node1|gpu|0:0")
    assert read_run(submitted).state == "lost"


def test_a_slow_command_is_given_up(slurm):
    slurm.answers("squeue", sleeps_s=60)
    with pytest.raises(RunError, match="did not answer within"):
        call(["squeue"], timeout_s=0.2)


def test_a_look_waits_for_no_slow_slurm(slurm):
    slurm.answers("squeue", WAITS + "\n", sleeps_s=1.5)
    watch = JobWatch(every_s=60.0, wait_s=0.1)
    assert watch.job("12", "morph-counting").state == "UNKNOWN"
    wait_for(lambda: watch.job("12", "morph-counting").state == "PENDING")
    assert len(slurm.calls("squeue")) == 1
    slurm.queue(WAITS, WAITS.replace("12", "13", 1))
    watch = JobWatch(every_s=60.0, wait_s=20.0)
    for _ in range(5):
        assert watch.job("12", "morph-counting").state == "PENDING"
    assert watch.job("13", "morph-counting").state == "PENDING"  # new: asked at once
    assert len(slurm.calls("squeue")) == 3


def test_a_job_that_has_left_the_queue_is_lost_where_there_is_no_sacct(
    submitted, slurm, monkeypatch
):
    slurm.forgets()
    (slurm.folder / "sacct").unlink()
    monkeypatch.setenv("PATH", str(slurm.folder))
    state = read_run(submitted)
    assert state.state == "lost" and "sacct is not on this machine" in state.error
    assert state.startable


def test_accounts_that_missed_the_end_of_a_job_are_not_believed(submitted, slurm):
    slurm.forgets()
    slurm.accounts("12|morph-counting|RUNNING|node1|gpu|0:0")
    state = read_run(submitted)
    assert state.state == "lost" and "still list the job as RUNNING" in state.error


def test_two_jobs_that_were_given_one_number_are_told_apart(slurm):
    slurm.queue("12|morph-new|RUNNING|None|node1|gpu")
    slurm.accounts("12|morph-new|RUNNING|node1|gpu|0:0")
    watch = JobWatch(every_s=60.0, wait_s=20.0)
    for _ in range(2):
        assert watch.job("12", "morph-new").state == "RUNNING"
        assert watch.job("12", "morph-before").state == "GONE"


def test_a_list_of_runs_waits_once_for_a_silent_slurm(slurm):
    slurm.answers("squeue", sleeps_s=10)
    watch = JobWatch(every_s=60.0, wait_s=1.0)
    begin = time.monotonic()
    for number in range(12):
        assert watch.job(str(number), "morph-counting").state == "UNKNOWN"
    assert time.monotonic() - begin < 6.0  # 12, if one after another
