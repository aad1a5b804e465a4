"""A dashboard in a terminal of its own, and pages of it in Chromium."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import MISSING, find_chromium, launched
from tests.browser.serving import free_port
from tests.faults.processes import PATIENCE_S, ROOT
from tests.faults.trials import Skipped

# Starts a run, if one is named, and becomes the dashboard: the run is then started by
# the dashboard's process, in its terminal.
_START = """
import os, sys
from pathlib import Path
from morph.runs.lifecycle import start_run
port, *runs = sys.argv[1:]
for run in runs:
    start_run(Path(run))
command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", port]
os.execv(sys.executable, [*command, "--server.headless", "true"])
"""


class Dashboard:
    """A dashboard over ``root``; its process leads the session of its terminal."""

    def __init__(self, root: Path, *, start: Path | None = None) -> None:
        port = free_port()
        self.url = f"http://localhost:{port}"
        self._terminal, other_end = pty.openpty()
        arguments = [str(port), *([str(start)] if start else [])]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            cwd=ROOT,
            env=os.environ | {"MORPH_HOME": str(root)},
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other_end)
        self.printed = b""
        threading.Thread(target=self._read, daemon=True).start()
        self._wait_until_served(port)

    def press_ctrl_c(self) -> None:
        """As in its terminal: all processes in the foreground are interrupted."""
        os.write(self._terminal, b"\x03")
        self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        with suppress(OSError):
            os.close(self._terminal)

    def _read(self) -> None:
        with suppress(OSError):  # the terminal is closed
            while part := os.read(self._terminal, 65_536):
                self.printed += part

    def _wait_until_served(self, port: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        self.close()
        raise AssertionError(f"the dashboard did not start: {self.printed[-2000:]!r}")


@contextmanager
def dashboard(root: Path, *, start: Path | None = None) -> Iterator[Dashboard]:
    """A dashboard over ``root`` until the block ends; it may be ended before."""
    served = Dashboard(root, start=start)
    try:
        yield served
    finally:
        served.close()


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of a browser of its own."""
    chromium = find_chromium()
    if chromium is None:
        raise Skipped(MISSING)
    with launched(chromium) as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE_S)
        yield page
