"""Slurm's commands, played by scripts on PATH that answer as a test says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from morph.runs.slurm import job as slurm_job
from morph.runs.slurm.job_settings import SlurmSettings
from morph.runs.slurm.states import Job, ask
from tests.morph.runs.counting import COUNTING

CPU = {"device": {"accelerator": "cpu"}}
ON_CPU = SlurmSettings(partition="gpu", gpus=0, minutes=60)
RUNS_HERE = "12|morph-counting|RUNNING|None|node1|gpu"
COMMANDS = ("sbatch", "squeue", "sacct", "scancel", "scontrol")
_SCRIPT = """#!{python}
import json, os, sys, time
from pathlib import Path
folder, name = Path({folder!r}), {name!r}
with (folder / f"{{name}}.calls").open("a") as file:
    file.write(json.dumps([sys.argv[1:], dict(os.environ)]) + "\\n")
answer = json.loads((folder / f"{{name}}.json").read_text())
time.sleep(answer["sleeps_s"])
for other, then in answer["then"].items():
    (folder / f"{{other}}.json").write_text(json.dumps(then))
sys.stderr.write(answer["error"])
sys.stdout.buffer.write(bytes.fromhex(answer["output"]))
sys.exit(answer["status"])
"""


def in_a_job(folder: Path, **more: str) -> subprocess.Popen:
    """The process of the run, as its job starts it."""
    environment = os.environ | {"MORPH_SUBMITTED": "1", "SLURM_JOB_ID": "12"} | more
    return subprocess.Popen([*COUNTING, str(folder)], env=environment)


class FakeSlurm:
    """The folder with the commands, their answers and their calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COMMANDS:
            path = folder / name
            path.write_text(
                _SCRIPT.format(python=sys.executable, folder=str(folder), name=name)
            )
            path.chmod(0o755)
            self.answers(name, "")

    def answers(
        self,
        name: str,
        output: str | bytes = "",
        *,
        error: str = "",
        status: int = 0,
        sleeps_s: float = 0.0,
    ) -> None:
        """From now on, the command answers so."""
        given = output if isinstance(output, bytes) else output.encode()
        answer = {"output": given.hex(), "error": error, "status": status}
        self._write(name, answer | {"sleeps_s": sleeps_s, "then": {}})

    def queue(self, *jobs: str) -> None:
        """``squeue`` lists these jobs: id|name|state|reason|nodes|partition."""
        self.answers("squeue", "".join(f"{job}\n" for job in jobs))

    def ends(self, name: str, *jobs: str) -> None:
        """Once the command is called, ``squeue`` lists these jobs."""
        before = self._answer("squeue")
        self.queue(*jobs)
        after = self._answer("squeue")
        self._write("squeue", before)
        self._write(name, self._answer(name) | {"then": {"squeue": after}})

    def forgets(self) -> None:
        """``squeue`` knows no job any more."""
        error = "slurm_load_jobs error: Invalid job id specified\n"
        self.answers("squeue", error=error, status=1)

    def accounts(self, *rows: str) -> None:
        """``sacct`` lists JobID|JobName|State|NodeList|Partition|ExitCode."""
        head = "JobID|JobName|State|NodeList|Partition|ExitCode"
        self.answers("sacct", "".join(f"{row}\n" for row in (head, *rows)))

    def calls(self, name: str) -> list[list[str]]:
        """Arguments of all calls of a command."""
        return [arguments for arguments, _environment in self._calls(name)]

    def environment(self, name: str) -> dict[str, str]:
        """Environment of the last call of a command."""
        return self._calls(name)[-1][1]

    def _answer(self, name: str) -> dict:
        return json.loads((self.folder / f"{name}.json").read_text())

    def _write(self, name: str, answer: dict) -> None:
        temporary = self.folder / f"{name}.new"
        temporary.write_text(json.dumps(answer))
        temporary.replace(self.folder / f"{name}.json")

    def _calls(self, name: str) -> list:
        path = self.folder / f"{name}.calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


def slurm_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    """Slurm's commands on PATH, asked at every look; no other Slurm is reached."""
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(slurm_job, "_watch", AskedAlways())
    return FakeSlurm(folder)


class AskedAlways:
    """Instead of a `JobWatch`: every look asks Slurm."""

    def job(self, job_id: str, name: str) -> Job:
        """The job with this number and name."""
        return ask([(job_id, name)])[job_id, name]
