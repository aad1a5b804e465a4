"""`make demo` in a terminal: Ctrl-C ends it without a word of make."""

import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTHING_TO_INSTALL = ("-o", ".venv/.installed")
STOPS = """#!/bin/sh
exec {python} -c '
import sys, time
try:
    print("Serving", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("Stopped.")
    sys.exit(130)
'
"""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A program in the place of Python, which stops as the build does."""
    path = tmp_path / "python"
    path.write_text(STOPS.format(python=sys.executable))
    path.chmod(0o755)
    return path


def interrupted(program: Path) -> str:
    """What a terminal shows of `make demo` that is interrupted with Ctrl-C."""
    command = ["make", *NOTHING_TO_INSTALL, "demo", f"RUN={program}"]
    outside = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=outside,  # `make test` runs this in a make of its own
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: _in_terminal(theirs),
    ) as make:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
                if b"Serving\r\n" in shown and b"^C" not in shown:
                    os.write(ours, b"\x03")
        except OSError:  # Linux: the other end is closed
            pass
        make.wait(timeout=60)
    os.close(ours)
    return shown.decode()


def _in_terminal(end: int) -> None:
    """Make this process one of a terminal; a test in the background ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.login_tty(end)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_demonstration_stopped_by_a_person_is_no_error(build):
    shown = interrupted(build)
    assert "Stopped." in shown
    assert "Interrupt" not in shown and "Error" not in shown


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_failure_is_an_error():
    command = ["make", *NOTHING_TO_INSTALL, "demo", "RUN=false"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode and "Error 1" in ended.stderr
