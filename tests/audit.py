"""Known vulnerabilities of what requirements.lock has: ``python -m tests.audit``.

PyPI is asked by pip-audit. A mirror may answer without vulnerabilities, which reads as
if there were none; so it is asked first about a version that is known to have some.
Exits with 1 if there are any, and with 2 where there was no answer.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
TOOL = (str(UV), "tool", "run", "--quiet", "pip-audit")
OPTIONS = ("--strict", "--disable-pip", "--progress-spinner", "off")
VULNERABLE = "requests==2.19.1"  # CVE-2018-18074
NO_ANSWER = 2


def main(tool: Sequence[str] = TOOL) -> int:
    """Exit status; what was found, or why nothing was, is printed."""
    command = [*tool, *OPTIONS]
    problem = _unanswered(command)
    if not problem:
        lock = ["--require-hashes", "--requirement", str(ROOT / "requirements.lock")]
        done = _run([*command, *lock])
        if done.returncode == 0 or "Fix Versions" in done.stdout:
            print((done.stdout + done.stderr).strip())
            return done.returncode
        problem = _last_line(done.stderr)
    print(
        f"Nothing was audited: PyPI did not say which versions have vulnerabilities "
        f"({problem}). Run it where https://pypi.org itself is reached.",
        file=sys.stderr,
    )
    return NO_ANSWER


def _unanswered(command: Sequence[str]) -> str:
    """Why vulnerabilities would not be found, or ""."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"{VULNERABLE}\n")
        file.flush()
        about = ["--no-deps", "--format", "json", "--requirement", file.name]
        done = _run([*command, *about])
    try:
        (package,) = json.loads(done.stdout)["dependencies"]
        return "" if package["vulns"] else f"{VULNERABLE} has none in its answer"
    except (ValueError, LookupError, TypeError):
        return _last_line(done.stderr)


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1][:300]


if __name__ == "__main__":
    sys.exit(main())
