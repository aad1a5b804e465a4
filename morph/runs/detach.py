"""Start a detached command, in a new session and with its output in a log.

This file is also the script that does so: the command is a child of this short-lived
process, so that init adopts it and it never becomes a zombie.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Environment variables that a run inherits; no others, so that no secrets leak.
ENVIRONMENT = (
    "MORPH_RUNS_AT_ONCE",
    "CUDA_VISIBLE_DEVICES",
    "HF_HOME",
    "HOME",
    "HTTPS_PROXY",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "MKL_NUM_THREADS",
    "MORPH_ZENODO",
    "NO_PROXY",
    "NUMBA_CACHE_DIR",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "PATH",
    "SLURM_CONF",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TORCH_HOME",
    "USER",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
    "https_proxy",
    "no_proxy",
)


def environment_of(run: Path, **more: str) -> dict[str, str]:
    """The environment of the process of a run, with ``more`` variables."""
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    home = str(run.parent.parent)
    return kept | {"MORPH_HOME": home, "PYTHONUNBUFFERED": "1"} | more


def start_detached(
    command: Sequence[str],
    *,
    log: Path,
    folder: Path,
    environment: Mapping[str, str],
    keep_open: Sequence[int] = (),
) -> int:
    """Start ``command`` in ``folder``, appending its output to ``log``.

    ``keep_open`` are file descriptors it inherits. Returns its process id, which is
    also that of its process group.
    """
    descriptors = ",".join(map(str, keep_open))
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    with log.open("ab") as output:  # here, for the error of a full disk
        done = subprocess.run(
            [*launcher, str(output.fileno()), descriptors, *command],
            cwd=folder,
            env=dict(environment),
            pass_fds=(*keep_open, output.fileno()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise OSError(f"{command[0]} cannot be started: {done.stderr.strip()}")
    return int(done.stdout)


def _launch(output: str, descriptors: str, *command: str) -> int:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=int(output),
        stderr=subprocess.STDOUT,
        pass_fds=tuple(int(n) for n in descriptors.split(",") if n),
        start_new_session=True,
    )
    return process.pid


if __name__ == "__main__":
    sys.stdout.write(str(_launch(*sys.argv[1:])))
