"""Files that may be hostile, read by a module of ours in a process of its own.

A file can be made to cost its reader any amount of memory or time. What fails there
fails alone: it has little memory and time, and none of our environment's secrets.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

REFUSED = 3  # exit status of a file that cannot be used, with the reason told

_ROOT = Path(__file__).resolve().parent.parent
_KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def run(
    module: Sequence[str],
    *,
    limit_s: float,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str] | None:
    """A module of ours with its arguments as a process; None where it took too long.

    ``limit_s`` is of the clock on the wall; the module limits the rest by itself.
    """
    kept = {n: os.environ[n] for n in _KEPT_ENVIRONMENT if n in os.environ}
    # Threads reserve address space, which is what a child's limit is on.
    kept |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        return subprocess.run(
            [sys.executable, "-m", *module],
            cwd=_ROOT,
            env={**kept, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def limit(*, memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """Hold this process to its memory, time and file size, for good."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # The softer limit ends it with a signal of its own, which says why.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
