"""Read untrusted files in a separate process.

A malicious file can use any amount of memory or time. The process has limits for both,
and no secrets in its environment. At most two such processes run at once.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from morph.errors import MorphError

REFUSED = 3  # exit status for an unusable file, with the reason in the output
TOO_LONG = -signal.SIGXCPU  # exit status of a process that took too long

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # of unshare(2)

AT_ONCE = 2  # processes; their memory together is bounded
PATIENCE_S = 60.0  # for earlier ones to end
_free = threading.BoundedSemaphore(AT_ONCE)

_ROOT = Path(__file__).resolve().parent.parent
KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def run(
    module: Sequence[str],
    *,
    limit_s: float,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one of our modules with arguments in a process.

    ``limit_s`` is wall-clock time; the module sets the other limits with `limit`.

    Raises
    ------
    MorphError
        If other files are being read for longer than `PATIENCE_S`.
    """
    if not _free.acquire(timeout=PATIENCE_S):
        raise MorphError(
            f"{AT_ONCE} other files are being read; upload this one again in a minute"
        )
    try:
        return _run(module, limit_s, environment or {})
    finally:
        _free.release()


def _run(
    module: Sequence[str], limit_s: float, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    kept = {n: os.environ[n] for n in KEPT_ENVIRONMENT if n in os.environ}
    # Threads reserve address space, which is limited.
    kept |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        return subprocess.run(
            [sys.executable, "-m", *module],
            cwd=_ROOT,
            env={**kept, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(error.cmd, TOO_LONG, "", "took too long")


def limit(*, memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """Limit the memory, CPU time and file size of this process permanently.

    All processes together get at most the memory of this computer.
    """
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory_bytes = min(memory_bytes, there // AT_ONCE)
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # The soft limit ends the process by SIGXCPU, hence as TOO_LONG.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))


def without_network() -> bool:
    """Cut this process off from all networks, if the system lets it; whether it did.

    To be called before there are threads. Linux gives the process an own network, with
    no way out; containers may forbid that.
    """
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):  # not Linux
        return False
    return unshare(_NEW_USER | _NEW_NETWORK) == 0
