"""Few untrusted files are read at once, and none for ever."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from morph import sandbox
from morph.errors import MorphError


@pytest.fixture
def reading(monkeypatch):
    """Child processes that end when told; how many run, and the most that did."""
    counted, end = {"now": 0, "most": 0}, threading.Event()
    changed = threading.Condition()

    def process(argv, **_):
        with changed:
            counted["now"] += 1
            counted["most"] = max(counted.values())
            changed.notify_all()
        end.wait()
        with changed:
            counted["now"] -= 1
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(sandbox.subprocess, "run", process)
    yield counted, changed, end
    end.set()


def test_no_more_than_two_files_are_read_at_once(reading):
    counted, changed, end = reading
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(sandbox.run, ["any"], limit_s=1) for _ in range(8)]
        with changed:
            assert changed.wait_for(lambda: counted["now"] == sandbox.AT_ONCE, 60)
        end.set()
        assert [job.result().returncode for job in jobs] == [0] * 8
    assert counted["most"] == sandbox.AT_ONCE


def test_who_waits_too_long_is_told_to_try_again(reading, monkeypatch):
    counted, changed, end = reading
    with ThreadPoolExecutor(sandbox.AT_ONCE) as pool:
        for _ in range(sandbox.AT_ONCE):
            pool.submit(sandbox.run, ["any"], limit_s=1)
        with changed:
            assert changed.wait_for(lambda: counted["now"] == sandbox.AT_ONCE, 60)
        monkeypatch.setattr(sandbox, "PATIENCE_S", 0.01)
        with pytest.raises(MorphError, match="upload this one again"):
            sandbox.run(["any"], limit_s=1)
        end.set()
    monkeypatch.setattr(sandbox, "PATIENCE_S", 60)
    assert sandbox.run(["any"], limit_s=1).returncode == 0  # the places are free again


def test_a_failed_start_frees_its_place(monkeypatch):
    def fail(*_, **__):
        raise OSError("no memory for a process")

    with monkeypatch.context() as patched:
        patched.setattr(sandbox.subprocess, "run", fail)
        for _ in range(sandbox.AT_ONCE + 1):
            with pytest.raises(OSError, match="no memory"):
                sandbox.run(["any"], limit_s=1)
    assert sandbox.run(["timeit", "-n1", "-r1"], limit_s=60).returncode == 0
