"""Commands beside a process that has the catalogue open."""

import re
import time
from pathlib import Path

from morph.catalogue.connection import connect
from morph.catalogue.sync import sync
from morph.errors import CatalogueHeld
from morph.home import catalogue_path
from tests.data.cli.commands import load


def test_while_another_process_holds_the_catalogue_the_release_waits(
    root, table, run, holder
):
    told = run(*load(table), "--json")
    assert told["state"] == "waiting" and str(holder) in told["message"]
    status = run("status", "--json")
    assert status["catalogue"]["state"] == "held"
    assert str(holder) in status["catalogue"]["message"]
    (listed,) = status["releases"]
    assert listed["release"] == "mine" and listed["state"] == "published"
    assert re.search(r"mine +12 galaxies +decals +real +published", run("status"))
    told = run("remove", "mine", "--json")
    assert told["state"] == "waiting" and str(holder) in told["message"]


def test_beside_a_dashboard_commands_end_when_it_has_followed(
    root, table, run, beside_dashboard
):
    told = run(*load(table))
    assert "Loaded mine: 12 galaxies (decals, real)." in told
    assert f"The dashboard (process {beside_dashboard} " in told
    assert "shows it." in told and "all is well" not in told
    status = run("status")
    assert re.search(r"mine +12 galaxies +decals +real +loaded", status)
    assert f"1 release loaded, open in the dashboard (process {beside_dashboard}" in (
        status
    )
    told = run("remove", "mine")
    assert "Removed mine." in told and "no longer shows it" in told
    assert "0 releases loaded" in run("status")


def test_status_tells_why_the_dashboard_does_not_load_a_release(
    root, table, run, beside_dashboard
):
    run(*load(table))
    aside = run("remove", "mine", "--json")["kept"]
    cut = Path(aside) / "posteriors.parquet"
    cut.write_bytes(cut.read_bytes()[:-1])
    Path(aside).rename(root / "releases" / "mine")
    end = time.monotonic() + 60
    while "refused" not in (told := run("status")) and time.monotonic() < end:
        time.sleep(0.1)
    assert re.search("mine .*refused +.*posteriors.parquet", told)


def test_the_holder_loads_and_unloads_what_the_command_line_left_to_it(
    root, table, run, monkeypatch
):
    with connect(catalogue_path(root)) as con:
        monkeypatch.setattr("data.load_or_wait.connect", _held)
        run(*load(table))
        assert [r.state for r in sync(con, root / "releases")] == ["loaded"]
        undo = run("remove", "mine", "--json")["undo"]
        assert [r.state for r in sync(con, root / "releases")] == ["unloaded"]
        run(*undo.split()[3:])
        assert [r.state for r in sync(con, root / "releases")] == ["loaded"]


def _held(path, **options):
    raise CatalogueHeld(f"{path} is held by process 1")


def test_rebuild_leaves_a_catalogue_alone_that_is_open(run, root, holder):
    before = catalogue_path(root).read_bytes()
    assert "is in use by process" in run("rebuild", expect=1)
    assert catalogue_path(root).read_bytes() == before
