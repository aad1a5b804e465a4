"""Every address, release, run and subset made before the reorganisation still opens.

What it gave at commit b8d0659 is in ``addresses.txt`` and ``recorded.json``.
"""

import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.__main__ import main as data
from morph.catalogue import release_table, sync
from morph.export import export
from morph.home import catalogue_path
from morph.runs.evaluation_file import read_evaluation
from morph.runs.lifecycle import create_run, read_run
from morph.runs.run_files import STATE_TITLES
from morph.selection import funnel
from morph.selection.recipe_json import from_json
from morph.subsets import combine, rerun, saved
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from tests.compatibility.addresses import file_of, recorded, see
from tests.pages.conftest import SHELL
from tests.pages.opening import opened
from training.__main__ import main as training

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))
RELEASES, SUBSETS = RECORDED["releases"], RECORDED["subsets"]
STATES = {
    "old-source": "finished",
    "old-adapted": "finished",
    "old-direct": "finished",
    "old-features": "finished",
    "old-failed": "failed",
    "old-cancelled": "cancelled",
    "old-created": "created",
}


@pytest.fixture
def con(old_home):
    with database.cursor(old_home) as con:
        yield con


def test_status_reports_everything(own_home, capsys):
    assert data(["status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["catalogue"]["state"] == "free"
    states = {one["release"]: one["state"] for one in found["releases"]}
    assert states == dict.fromkeys(RELEASES, "loaded") | {"old-bmz-direct": "unloaded"}
    assert {one["run"]: one["state"] for one in found["runs"]} == STATES
    assert {one["state"] for one in found["cutouts"]} == {"finished"}
    assert found["images"] == 90


def numbers(con) -> dict:
    """Of each release what was recorded of it."""
    found = {}
    for one in release_table.releases(con):
        columns = RELEASES[one.release_id]["columns"]
        asked = ", ".join(f'"{column}"' for column in columns)
        sql = f"SELECT iauname, {asked} FROM {one.table} ORDER BY iauname LIMIT 3"
        rows = [list(row) for row in con.execute(sql).fetchall()]
        found[one.release_id] = {
            "galaxies": one.galaxies,
            "key": one.key,
            "columns": columns,
            "rows": rows,
        }
    return found


def test_the_old_catalogue_has_the_same_numbers(con):
    assert numbers(con) == RELEASES


def test_a_release_has_the_one_map_it_had(con):
    for one in release_table.releases(con):
        mapped = "umap_x" in one.columns
        assert [m.columns for m in one.maps] == [("umap_x", "umap_y", "trust")] * mapped
        assert [m.plane.of for m in one.maps] == [(one.release_id,)] * mapped


def test_a_new_catalogue_has_the_same_numbers(own_home):
    catalogue_path(own_home).unlink()
    with database.cursor(own_home) as con:
        done = sync.sync(con, own_home / "releases")
        assert {one.state for one in done} == {"loaded"}
        shutil.rmtree(own_home / "releases" / "old-bmz-direct")
        sync.sync(con, own_home / "releases")
        assert numbers(con) == RELEASES


def test_a_removed_release_comes_back(own_home, capsys):
    (folder,) = (own_home / "releases" / ".removed").iterdir()
    assert data(["load", str(folder), "--json"]) == 0
    loaded = json.loads(capsys.readouterr().out)
    assert (loaded["release"], loaded["galaxies"]) == ("old-fractions", 20)


@pytest.mark.slow
@pytest.mark.parametrize(("address", "expected"), tuple(recorded()))
def test_an_address_opens_as_before(old_home, address, expected):
    page = AppTest.from_file(SHELL, default_timeout=60)
    assert see(page, address) == expected


def test_subsets_hold_what_they_held(con):
    for one in SUBSETS:
        found = saved.subset(con, one["subset_id"])
        assert (found.name, found.kind) == (one["name"], one["kind"])
        assert (found.deleted is not None) == one["deleted"]
        assert found.owner is None  # everybody's
        names = saved.members(con, one["subset_id"])
        assert len(names) == one["galaxies"] == found.galaxies
        assert saved.digest_of(list(names)) == one["digest"] == found.digest
    listed = {s.subset_id for s in saved.subsets(con)}
    assert listed == {one["subset_id"] for one in SUBSETS if not one["deleted"]}


def test_subsets_run_again_give_the_same_galaxies(con):
    for one in SUBSETS:
        release = release_table.release(con, one["of"])
        done = rerun.rerun(con, one["subset_id"], release)
        assert saved.digest_of(list(done.names)) == one["digest"]
        assert not len(done.entered) + len(done.left) + len(done.missing)


def test_a_recipe_kept_as_json_selects_the_same_galaxies(con):
    kept = [saved.subset(con, one["subset_id"]) for one in SUBSETS]
    recipes = [one for one in kept if "selection" in one.recipe]
    assert len(recipes) >= 6
    for one in recipes:
        release = release_table.release(con, one.release_id)
        selection = from_json(json.loads(json.dumps(one.recipe["selection"])))
        assert funnel.count(con, release, selection) == one.galaxies


@pytest.mark.parametrize("form", export.FORMATS)
def test_a_subset_is_exported(con, form):
    one = next(one for one in SUBSETS if one["name"] == "Combined by or")
    found = saved.subset(con, one["subset_id"])
    release = release_table.release(con, one["of"])
    selection = saved.as_selection(found, release)
    file = export.export(con, release, selection, format=form)
    assert file.rows == one["galaxies"]
    if form == "parquet":
        names = pd.read_parquet(BytesIO(file.data))["iauname"]
        assert saved.digest_of(sorted(names)) == one["digest"]


def test_a_subset_of_before_combines_with_another(own_home):
    first, second = (one for one in SUBSETS if one["name"] in ("Uploaded", "Pins"))
    ids = [first["subset_id"], second["subset_id"]]
    with database.cursor(own_home) as con:
        wanted = set(saved.members(con, ids[0])) | set(saved.members(con, ids[1]))
        made = combine.save(con, "or", ids, name="Both")
        assert set(saved.members(con, made.subset_id)) == wanted


def test_runs_are_shown_with_what_became_of_them(old_home):
    page = AppTest.from_file(SHELL, default_timeout=60)
    page = opened(page, file_of("runs"), {"run": ["old-adapted"]})
    assert not page.exception
    table = page.dataframe[0].value.set_index("run")["state"]
    shown = {run: STATE_TITLES[state] for run, state in STATES.items()}
    loaded = dict.fromkeys(("old-source", "old-adapted", "old-features"), "Loaded")
    assert table.to_dict() == shown | loaded
    choice = (old_home / "runs" / "old-adapted" / "choice.json").read_text()
    (verdict,) = (one.value for one in page.warning)
    assert json.loads(choice)["sentence"].partition(" (")[0][1:] in verdict


@pytest.mark.parametrize("run", ["old-source", "old-adapted", "old-direct"])
def test_evaluations_are_read_whole(old_home, run):
    folder = old_home / "runs" / run
    found = read_evaluation(folder, GZD5)
    rows = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    errors = np.array([row["rmse"] for row in rows["questions"]], dtype=float)
    np.testing.assert_array_equal(found.tables["questions"]["rmse"], errors)
    assert np.isfinite(errors).any()


@pytest.mark.slow
def test_an_adapted_model_predicts_the_same_posteriors(own_home):
    folder = create_run(own_home, "again", _predicting("old-adapted"))
    assert training([str(folder)]) == 0, read_run(folder).error
    now = pd.read_parquet(folder / "release" / "posteriors.parquet")
    before = pd.read_parquet(own_home / "releases" / "old-bmz" / "posteriors.parquet")
    both = before.merge(now, on="iauname", suffixes=("", "_now"))
    assert len(both) == len(now) == 20
    columns = list(before.columns.drop("iauname"))
    again = both[[f"{column}_now" for column in columns]].to_numpy()
    np.testing.assert_allclose(again, both[columns].to_numpy(), rtol=1e-5)


@pytest.mark.slow
def test_a_run_that_was_cancelled_goes_on(own_home):
    folder = own_home / "runs" / "old-cancelled"
    (folder / "cancel").unlink(missing_ok=True)
    assert training([str(folder)]) == 0, read_run(folder).error
    assert read_run(folder).state == "finished"


def _predicting(model_run: str) -> dict:
    release = {"release_id": "again", "stores": ["old-bmz"], "projection": None}
    return {"kind": "predict", "model_run": model_run, "release": release}
