"""`data status`: stores, releases, runs, and damage."""

import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd

from morph.atomic import write_json
from morph.images.store import StoreManifest, write_store
from morph.runs.lifecycle import create_run
from morph.runs.run_files import take_lock
from tests.data.cli.commands import ROOT, load

HEAVY = {"torch", "streamlit", "pandas", "pyarrow", "scipy", "astropy", "plotly"}


def test_status_names_the_runs_that_are_not_finished(root, run):
    for name in ("one", "two"):
        create_run(root, name, {})
    write_json(root / "runs" / "one" / "status.json", {"state": "finished"})
    failed = {"state": "failed", "error": "the disk is full"}
    write_json(root / "runs" / "two" / "status.json", failed)
    told = run("status")
    assert re.search("Runs +1 (finished|failed), 1 (finished|failed)", told)
    assert re.search("two +failed +the disk is full", told)
    assert not re.search("one +finished", told)
    create_run(root, "three", {})
    lock = take_lock(root / "runs" / "three" / "lock")
    going = {"stage": "fit", "stages": ["fit"], "step": 1, "total": 4, "eta_s": 200}
    here = {"pid": os.getpid(), "host": "elsewhere", "state": "running"}
    write_json(root / "runs" / "three" / "status.json", going | here)
    told = run("status")
    os.close(lock)
    assert re.search("three +running +25% · fit · about 3 min left in this stage", told)


def test_status_lists_stores_runs_and_damage(root, table, run):
    assert re.search("Releases +none", run("status"))
    assert not root.exists()
    run(*load(table))
    run(*load(table, "broken"))
    (root / "releases" / "broken" / "manifest.json").write_text("{")
    index = pd.DataFrame({"iauname": ["J1", "J2"], "ra": 1.0, "dec": 2.0})
    store = StoreManifest("bmz", "demonstration", "Two", galaxies=2, size=4)
    write_store(root / "cutouts" / "two", store, index, np.zeros((2, 3, 4, 4)))
    (root / "cutouts" / "half").mkdir()
    status = run("status", "--json")
    states = {entry["release"]: entry["state"] for entry in status["releases"]}
    assert states == {"mine": "loaded", "broken": "damaged"}
    assert status["images"] == 2 and status["runs"] == []
    stores = {entry["store"]: entry["state"] for entry in status["cutouts"]}
    assert stores == {"two": "finished", "half": "unfinished"}
    told = run("status")
    assert re.search("two +2 images +bmz +demonstration", told)
    assert re.search("half +unfinished: ", told)
    assert re.search("mine +12 galaxies +decals +real +loaded", told)
    assert re.search("broken +damaged +.*manifest.json cannot be read", told)


def test_status_names_a_release_with_wrong_values_and_lists_the_others(
    root, table, run
):
    run(*load(table))
    for name, values in (("bad", {"origin": "invented"}), ("worse", {"galaxies": [1]})):
        folder = root / "releases" / name
        shutil.copytree(root / "releases" / "mine", folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        write_json(folder / "manifest.json", manifest | {"release_id": name} | values)
    (root / "releases" / "folder" / "manifest.json").mkdir(parents=True)
    found = {one["release"]: one for one in run("status", "--json")["releases"]}
    assert found["mine"]["state"] == "loaded"
    assert "origin is 'invented'" in found["bad"]["message"]
    assert "galaxies is [1]; expected a whole number" in found["worse"]["message"]
    assert "not a finished release" in found["folder"]["message"]


def test_status_imports_nothing_that_takes_long(root, table, run):
    code = (
        "import sys, data.__main__ as m; m.main(['status']); "
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    run(*load(table))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_reader_that_ends_early_is_no_error(root):
    argv = [sys.executable, "-m", "data", "status"]
    environment = os.environ | {"MORPH_HOME": str(root)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, cwd=ROOT, env=environment, **pipes) as process:
        process.stdout.close()  # as `| head -0` does
        assert process.stderr.read() == b""
    assert process.returncode == 141
