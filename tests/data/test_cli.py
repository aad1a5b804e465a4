"""`python -m data`: load, status, remove, load-run, and what they print."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import publishing
from data.__main__ import main
from morph.catalogue import connect, releases
from morph.cutouts import StoreManifest, open_store, write_store
from morph.durable import write_json
from morph.home import catalogue_path
from morph.release import read_manifest, verify_release
from morph.run_files import take_lock
from morph.runs import create_run
from morph.syncing import sync
from morph.tree import GZD5

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "real"
needs_real = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"the real tables are not at {REAL}; see its README"
)
HEAVY = {"torch", "streamlit", "pandas", "pyarrow", "scipy", "astropy", "plotly"}
COLUMNS = [f"{label}_concentration" for label in GZD5.labels]


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
def holder(root):
    """Another process that has the catalogue open; its PID."""
    root.mkdir(parents=True, exist_ok=True)
    code = (
        "import sys\nfrom pathlib import Path\nfrom morph.catalogue import connect\n"
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
        "from morph import holding, syncing\n"
        "from morph.catalogue import connect\nfrom morph.home import catalogue_path\n"
        "root = Path(sys.argv[1])\ncon = connect(catalogue_path(root))\n"
        "while os.getppid() == int(sys.argv[2]):\n"
        "    syncing.sync(con, root / 'releases')\n"
        "    holding.tell(root, con, os.getpid())\n"
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


def _load(table, name="mine", *more):
    return ("load", table, "--release", name, "--survey", "decals", *more)


def _in_catalogue(root) -> dict[str, pd.DataFrame]:
    with connect(catalogue_path(root)) as con:
        return {
            found.release_id: con.table(found.table).df() for found in releases(con)
        }


def _release_names(root) -> list[str]:
    return sorted(path.name for path in (root / "releases").glob("*"))


def test_load_writes_a_release_and_loads_it(root, table, run, concentrations):
    told = run(*_load(table), "--json")
    expected = {"release": "mine", "galaxies": 12, "origin": "real", "survey": "decals"}
    assert told | expected | {"state": "loaded"} == told
    verify_release(root / "releases" / "mine")
    found = _in_catalogue(root)["mine"].set_index("iauname")
    given = concentrations.set_index("iauname")
    np.testing.assert_array_equal(found.loc[given.index, COLUMNS], given[COLUMNS])


def test_concentrations_of_random_ids_are_those_of_the_file(root, run, tmp_path):
    rng = np.random.default_rng(11)
    ra, dec = rng.uniform(0, 360, 3000), rng.uniform(-80, 80, 3000)
    alpha = pd.DataFrame(1 + 100 * rng.random((3000, 34)).round(6), columns=COLUMNS)
    path = tmp_path / "table.csv.gz"
    alpha.assign(ra=ra, dec=dec, id_str=[f"g{i}" for i in range(3000)]).to_csv(path)
    assert run(*_load(path), "--json")["galaxies"] == 3000
    found = _in_catalogue(root)["mine"].set_index("source_id")
    for row in rng.choice(3000, 20, replace=False):
        assert found.loc[f"g{row}", COLUMNS].tolist() == alpha.loc[row].tolist()
        assert found.loc[f"g{row}", "ra"] == ra[row]


@needs_real
@pytest.mark.parametrize("step", [1, 4])
def test_the_real_posteriors_load_as_they_are(step, root, run):
    path = REAL / "posteriors" / f"decals_1628_step{step}.csv.gz"
    told = run(*_load(path, "real-decals"), "--json")
    assert told["galaxies"] == 1628 and told["origin"] == "real"
    assert f"redshifted in six steps. This is step {step}." in told["note"]
    (listed,) = run("status", "--json")["releases"]
    assert listed["release"] == "real-decals" and listed["origin"] == "real"
    assert listed["state"] == "loaded" and listed["note"] == told["note"]
    found = _in_catalogue(root)["real-decals"].set_index("iauname")
    given = pd.read_csv(path, dtype=str).set_index("iauname").map(float)
    for name in np.random.default_rng(step).choice(given.index, 20, replace=False):
        assert found.loc[name, COLUMNS].tolist() == given.loc[name, COLUMNS].tolist()


@needs_real
@pytest.mark.parametrize(
    ("name", "galaxies", "placed"),
    [("gzd5_full_tree", 1089, 960), ("gzd5_first_question", 7828, 7828)],
)
def test_the_real_votes_load_as_they_are(name, galaxies, placed, root, run):
    path = REAL / "votes" / f"{name}.csv"
    told = run(*_load(path, "votes"), "--json")
    assert told["galaxies"] == galaxies and told["posterior"] == "fraction"
    assert "no model" in told["note"]
    found = _in_catalogue(root)["votes"]
    assert len(found) == galaxies and found["ra"].notna().sum() == placed
    given = pd.read_csv(path, dtype={"subject_id": str}).set_index("subject_id")
    single = found[~found["source_id"].str.contains("|", regex=False)]
    counts = given.loc[single["source_id"]]
    expected = (
        counts["smooth-or-featured_smooth"] / counts["smooth-or-featured_total-votes"]
    )
    smooth = single["smooth-or-featured_smooth_probability"]
    np.testing.assert_allclose(smooth, expected, rtol=1e-6)


def test_the_shown_command_works_from_a_shell(root, table):
    command = [sys.executable, "-m", "data", *map(str, _load(table)), "--json"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert json.loads(told.stdout)["galaxies"] == 12


def test_loading_the_same_again_changes_nothing(root, table, run):
    first = run(*_load(table), "--json")
    written = read_manifest(root / "releases" / "mine")
    assert run(*_load(table), "--json") == first
    assert read_manifest(root / "releases" / "mine") == written
    assert len(_in_catalogue(root)["mine"]) == 12


def test_a_taken_name_is_refused_and_says_what_to_do(root, table, run, tmp_path):
    run(*_load(table))
    other = tmp_path / "other.csv"
    pd.read_csv(table).head(5).to_csv(other, index=False)
    before = read_manifest(root / "releases" / "mine")
    for command in (_load(other), _load(table, "mine", "--note", "Another note.")):
        told = run(*command, "--json", expect=1)
        assert "python -m data remove mine" in told["error"]
    assert read_manifest(root / "releases" / "mine") == before


def test_title_note_and_origin_can_be_given(root, table, run):
    words = ("--title", "My table", "--note", "Made up.", "--origin", "simulated")
    told = run(*_load(table, "mine", *words), "--json")
    assert told["title"] == "My table" and told["note"] == "Made up."
    assert told["origin"] == "simulated"


@pytest.mark.parametrize(
    ("name", "survey"),
    [("../out", "decals"), (".hidden", "decals"), ("A", "decals"), ("a", "De Cals")],
)
def test_names_that_could_leave_their_folder_are_refused(
    name, survey, root, table, run
):
    told = run("load", table, "--release", name, "--survey", survey, "--json", expect=1)
    assert "use 1 to" in told["error"]
    assert not root.exists()


def test_a_table_needs_a_name_and_a_survey(table, run):
    assert "--release" in run("load", table, expect=1)


def test_a_refused_table_leaves_nothing_behind(root, run, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("iauname,ra,dec\nJ1,1,2\n")
    assert "34" in run(*_load(path), expect=1)
    assert not root.exists()


def test_a_load_that_fails_half_way_leaves_nothing_behind(
    root, table, run, monkeypatch
):
    def fail(folder, *_, **__):
        (folder / "galaxies.parquet").write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(publishing, "write_release", fail)
    with pytest.raises(OSError, match="No space"):
        run(*_load(table))
    assert _release_names(root) == []


def test_what_a_killed_load_left_is_no_release_and_goes_in_time(root, table, run):
    left = root / "releases" / ".mine.1.tmp"
    left.mkdir(parents=True)
    (left / "galaxies.parquet").write_bytes(b"half")
    assert run("status", "--json")["releases"] == []
    run(*_load(table))
    assert left.exists()  # it may be another load that is still writing
    os.utime(left, (0, 0))
    run("remove", "mine")
    run(*_load(table))
    assert not left.exists()


def test_while_another_process_holds_the_catalogue_the_release_waits(
    root, table, run, holder
):
    told = run(*_load(table), "--json")
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
    told = run(*_load(table))
    assert "Loaded mine: 12 galaxies of decals, real." in told
    assert f"The dashboard (process {beside_dashboard} " in told
    assert "shows it." in told and "all is well" not in told
    status = run("status")
    assert re.search(r"mine +12 galaxies +decals +real +loaded", status)
    assert f"1 release loaded, shown by the dashboard (process {beside_dashboard}" in (
        status
    )
    told = run("remove", "mine")
    assert "Removed mine." in told and "no longer shows it" in told
    assert "0 releases loaded" in run("status")


def test_status_tells_why_the_dashboard_does_not_load_a_release(
    root, table, run, beside_dashboard
):
    run(*_load(table))
    aside = run("remove", "mine", "--json")["kept"]
    cut = Path(aside) / "posteriors.parquet"
    cut.write_bytes(cut.read_bytes()[:-1])
    Path(aside).rename(root / "releases" / "mine")
    end = time.monotonic() + 60
    while "refused" not in (told := run("status")) and time.monotonic() < end:
        time.sleep(0.1)
    assert re.search("mine .*refused +.*posteriors.parquet", told)


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


def test_the_holder_loads_and_unloads_what_the_command_line_left_to_it(
    root, table, run, monkeypatch
):
    with connect(catalogue_path(root)) as con:
        monkeypatch.setattr("data.entering.connect", _held)
        run(*_load(table))
        assert [r.state for r in sync(con, root / "releases")] == ["loaded"]
        undo = run("remove", "mine", "--json")["undo"]
        assert [r.state for r in sync(con, root / "releases")] == ["unloaded"]
        run(*undo.split()[3:])
        assert [r.state for r in sync(con, root / "releases")] == ["loaded"]


def _held(path):
    from morph.errors import CatalogueHeld

    raise CatalogueHeld(f"{path} is held by process 1")


def test_remove_can_be_undone_as_it_says(root, table, run):
    run(*_load(table))
    told = run("remove", "mine", "--json")
    assert told["state"] == "unloaded"
    assert _in_catalogue(root) == {} and run("status", "--json")["releases"] == []
    verify_release(Path(told["kept"]))
    run(*told["undo"].split()[3:])
    assert len(_in_catalogue(root)["mine"]) == 12
    assert "no release 'other'" in run("remove", "other", expect=1)


def test_a_folder_keeps_its_name(root, table, run):
    run(*_load(table))
    folder = root / "releases" / "mine"
    assert "keeps its name" in run("load", folder, "--release", "b", expect=1)
    assert "mine: 12 galaxies" in run("load", folder)
    assert "no manifest.json" in run("load", root, expect=1)


def test_a_release_deleted_by_hand_makes_room_for_another(root, table, run, tmp_path):
    run(*_load(table))
    (root / "releases" / "mine").rename(tmp_path / "elsewhere")
    (gone,) = run("status", "--json")["releases"]
    assert gone["state"] == "loaded" and "folder is gone" in gone["message"]
    other = tmp_path / "other.csv"
    pd.read_csv(table).head(5).to_csv(other, index=False)
    assert run(*_load(other), "--json")["state"] == "loaded"
    assert len(_in_catalogue(root)["mine"]) == 5


def test_load_run_takes_the_release_of_a_run_by_name_or_folder(root, table, run):
    run(*_load(table))
    folder = root / "runs" / "first" / "release"
    folder.parent.mkdir(parents=True)
    (root / "releases" / "mine").rename(folder)
    assert "no finished release" in run("load-run", "second", expect=1)
    assert run("load-run", "first", "--json")["galaxies"] == 12
    assert run("load-run", folder.parent, "--json")["state"] == "loaded"
    assert _release_names(root) == ["mine"]


def test_status_lists_stores_runs_and_damage(root, table, run):
    assert re.search("Releases +none", run("status"))
    assert not root.exists()
    run(*_load(table))
    run(*_load(table, "broken"))
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
    assert re.search("two +2 pictures +bmz +demonstration", told)
    assert re.search("half +unfinished: ", told)
    assert re.search("mine +12 galaxies +decals +real +loaded", told)
    assert re.search("broken +damaged +.*manifest.json cannot be read", told)


def test_rebuild_makes_the_catalogue_again_of_all_releases(run, root):
    assert "no release" in run("rebuild")
    for name, galaxies in (("one", 20), ("two", 30)):
        run("synthetic", "--galaxies", galaxies, "--release", name)
    path = catalogue_path(root)
    path.write_bytes(b"no catalogue any more")
    told = run("rebuild", "--json")["releases"]
    assert sorted((r["release_id"], r["state"]) for r in told) == [
        ("one", "loaded"),
        ("two", "loaded"),
    ]
    with connect(path) as con:
        assert {r.release_id: r.galaxies for r in releases(con)} == {
            "one": 20,
            "two": 30,
        }


def test_rebuild_tells_what_it_refused(run, root):
    run("synthetic", "--galaxies", 20, "--release", "whole")
    run("synthetic", "--galaxies", 20, "--release", "broken")
    damaged = root / "releases" / "broken" / "posteriors.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    told = run("rebuild", expect=1)
    assert re.search("whole +loaded +20 galaxies", told)
    assert re.search("broken +refused", told)


def test_rebuild_leaves_a_catalogue_alone_that_is_open(run, root, holder):
    before = catalogue_path(root).read_bytes()
    assert "is held by process" in run("rebuild", expect=1)
    assert catalogue_path(root).read_bytes() == before


def test_synthetic_makes_a_release_of_its_size(run):
    told = run("synthetic", "--galaxies", 30, "--release", "made", "--json")
    assert told["galaxies"] == 30 and told["origin"] == "simulated"


def test_synthetic_makes_pictures_of_the_strongest_bars(run, root):
    run("synthetic", "--rows", 60, "--release", "made", "--pictures", 4, "--projection")
    assert read_manifest(root / "releases" / "made").cutouts == ("made",)
    store = open_store(root / "cutouts" / "made")
    assert store.manifest.origin == "simulated" and store.pixels.std() > 0
    with connect(catalogue_path(root)) as con:
        strongest = con.execute(
            "SELECT iauname FROM r1 ORDER BY bar_asked * bar_strong_probability DESC "
            "LIMIT 4"
        ).fetchall()
    assert sorted(store.names) == sorted(name for (name,) in strongest)
    told = run("synthetic", "--rows", 3, "--release", "few", "--pictures", 4, expect=1)
    assert "4 pictures were asked for of 3 galaxies" in told


def test_status_imports_nothing_that_takes_long(root, table, run):
    code = (
        "import sys, data.__main__ as m; m.main(['status']); "
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    run(*_load(table))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
