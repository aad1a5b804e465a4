"""Serve the dashboard as a child process of the build."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from morph.atomic import write_json
from morph.errors import MorphError
from morph.runs.demo_status import demo_folder
from morph.runs.run_files import read_json

ROOT = Path(__file__).resolve().parent.parent.parent
RECORD = "dashboard.json"
LOG = "dashboard.txt"
START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard."""

    url: str
    process: psutil.Process

    def wait(self) -> None:
        """Wait until it ends."""
        self.process.wait()


@contextmanager
def dashboard(root: Path, port: int) -> Iterator[Dashboard]:
    """Serve the dashboard on ``port`` until the block ends.

    A dashboard left by a killed build is reused.

    Raises
    ------
    MorphError
        If the port is taken or the dashboard does not start.
    """
    served = _left_behind(root) or _start(root, port)
    try:
        yield served
    finally:
        _stop(served.process)


def _left_behind(root: Path) -> Dashboard | None:
    path = demo_folder(root) / RECORD
    if not path.exists():
        return None
    record = read_json(path)
    try:
        process = psutil.Process(record["pid"])
        if process.create_time() != record["create_time"]:
            return None
    except psutil.NoSuchProcess:
        return None
    return Dashboard(record["url"], process)


def _start(root: Path, port: int) -> Dashboard:
    _check_free(port)
    folder = demo_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    with (folder / LOG).open("wb") as log:
        child = psutil.Popen(
            [*command, "--server.port", str(port), "--server.headless", "true"],
            cwd=ROOT,
            env=os.environ | {"MORPH_HOME": str(root)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    _wait_until_served(child, port, folder / LOG)
    url = f"http://localhost:{port}"
    record = {"url": url, "pid": child.pid, "create_time": child.create_time()}
    write_json(folder / RECORD, record)
    return Dashboard(url, child)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise MorphError(
                f"cannot serve the dashboard on port {port} ({error}); stop the "
                f"program that uses it, or choose another: make demo PORT={port + 1}"
            ) from error


def _wait_until_served(child: psutil.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_PATIENCE_S
    while child.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    _stop(child)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
    raise MorphError(f"the dashboard did not start; last lines of {log}:\n{last}")


def _stop(process: psutil.Process) -> None:
    """End it, unless the same Ctrl-C has already done so."""
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(STOP_PATIENCE_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()
