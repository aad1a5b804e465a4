"""A home, a table to load into it, and others who have it open."""

import json
import os
import subprocess
import sys

import pytest

from data.__main__ import main
from morph.home import catalogue_path
from tests.data.cli.commands import ROOT
from tests.morph.runs.fake_slurm import FakeSlurm, slurm_on_path


@pytest.fixture
def root(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("MORPH_HOME", str(home))
    return home


@pytest.fixture
def table(concentrations, tmp_path):
    path = tmp_path / "table.csv"
    concentrations.to_csv(path, index=False)
    return path


@pytest.fixture
def run(root, capsys):
    """Carry out a command; its exit status, what it printed, and its JSON."""

    def carry_out(*arguments, expect: int = 0):
        status = main([str(a) for a in arguments])
        printed = capsys.readouterr()
        assert status == expect, printed
        if "--json" in arguments:
            return json.loads(printed.out)
        return printed.out + printed.err

    return carry_out


@pytest.fixture
def slurm(tmp_path_factory, monkeypatch) -> FakeSlurm:
    """Slurm's commands on PATH, asked at every look; no other Slurm is reached."""
    return slurm_on_path(tmp_path_factory.mktemp("slurm"), monkeypatch)


@pytest.fixture
def holder(root):
    """Another process that has the catalogue open; its PID."""
    root.mkdir(parents=True, exist_ok=True)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from morph.catalogue.connection import connect\n"
        "con = connect(Path(sys.argv[1]))\nprint('open', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(catalogue_path(root))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout.readline() == b"open\n"
        yield process.pid
        process.stdin.close()
        process.wait()


@pytest.fixture
def beside_dashboard(root):
    """What a dashboard does in a process of its own: load, unload, and tell of it."""
    root.mkdir(parents=True, exist_ok=True)
    code = (
        "import os, sys, time\nfrom pathlib import Path\n"
        "from morph.catalogue import contents, sync\n"
        "from morph.catalogue.connection import connect\n"
        "from morph.home import catalogue_path\n"
        "root = Path(sys.argv[1])\ncon = connect(catalogue_path(root))\n"
        "while os.getppid() == int(sys.argv[2]):\n"
        "    sync.sync(con, root / 'releases')\n"
        "    contents.write_contents(root, con, os.getpid())\n"
        "    print('told', flush=True)\n"
        "    time.sleep(0.1)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(root), str(os.getpid())],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout.readline() == b"told\n"
        yield process.pid
        process.kill()
