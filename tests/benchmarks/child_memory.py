"""Commands run as child processes: their time, memory and the lines they print."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
_EVERY_S = 0.1


@dataclass(frozen=True)
class Ran:
    """What a command took; memory is of all its processes together."""

    status: int
    seconds: float
    cpu_seconds: float
    peak_gib: float
    lines: tuple[str, ...]  # of its output and its errors


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Ran:
    """Run a command in the working tree, reading its memory ten times a second.

    Memory is what the processes hold themselves (anonymous and shared pages): mapped
    files, which the system drops at need, are left out.
    """
    start, before = time.perf_counter(), _cpu_of_children()
    lines: list[str] = []
    with psutil.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        reader = threading.Thread(target=lambda: lines.extend(child.stdout))
        reader.start()
        peak, cpu = 0, 0.0
        while child.poll() is None:
            bytes_held, used = _of_all(child)
            peak, cpu = max(peak, bytes_held), max(cpu, used)
            time.sleep(_EVERY_S)
        reader.join()
        seconds = time.perf_counter() - start
    cpu = max(cpu, _cpu_of_children() - before)  # with what was used since last read
    told = tuple(line.rstrip() for line in lines)
    return Ran(child.returncode, seconds, cpu, peak / 2**30, told)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of_all(process: psutil.Process) -> tuple[int, float]:
    """Bytes held, and CPU seconds used, by a process and its descendants."""
    bytes_held, used = 0, 0.0
    with suppress(psutil.NoSuchProcess):
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                bytes_held += held(one)
                times = one.cpu_times()
                used += times.user + times.system
    return bytes_held, used


def held(process: psutil.Process) -> int:
    """Bytes of a process that are not mapped files; of Linux alone all but shared."""
    memory = process.memory_info()
    status = Path(f"/proc/{process.pid}/status")
    try:
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        kib = (fields[name].split()[0] for name in ("RssAnon", "RssShmem"))
        return 1024 * sum(map(int, kib))
    except (OSError, KeyError):
        return memory.rss
