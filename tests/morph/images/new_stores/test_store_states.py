"""How far the stores are, by their runs and files."""

from dataclasses import asdict

import pandas as pd
import pytest

from morph.atomic import write_json
from morph.errors import MorphError
from morph.images.new_stores.store_states import (
    problems_csv,
    read_problems,
    read_stores,
)
from morph.images.store_manifest import StoreManifest
from morph.runs.lifecycle import create_run


def write_store(root, name):
    folder = root / "cutouts" / name
    folder.mkdir(parents=True)
    manifest = StoreManifest("decals", "real", name, galaxies=3, size=16)
    write_json(folder / "manifest.json", asdict(manifest))
    return folder


def test_stores_with_runs_come_first_and_say_what_is_missing(tmp_path):
    folder = write_store(tmp_path, "done")
    problems = {"iauname": ["=cmd()", "b"], "state": ["failed", "rejected"]}
    pd.DataFrame(problems).assign(ra=1.0, dec=2.0, missing=0.5, why="x").to_parquet(
        folder / "problems.parquet"
    )
    write_store(tmp_path, "alone")
    (tmp_path / "cutouts" / "begun").mkdir()
    done = create_run(tmp_path, "run", {"kind": "cutouts", "store": "done"})
    write_json(done / "status.json", {"state": "finished"})
    create_run(tmp_path, "new", {"kind": "cutouts", "store": "begun"})
    create_run(tmp_path, "odd", {"kind": "cutouts", "store": "../up"})
    create_run(tmp_path, "fit", {"kind": "source", "store": "other"})
    found = {one.name: one for one in read_stores(tmp_path)}
    assert set(found) == {"done", "alone", "begun", "../up"}
    assert (found["done"].state, found["done"].failed) == ("finished", 1)
    assert (found["alone"].state, found["alone"].run) == ("finished", None)
    assert found["begun"].state == "stopped"
    assert "'=cmd()" in problems_csv(tmp_path, "done")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("refused.csv", b"", "cannot be read"),
        ("refused.csv", b"\xff\xfe", "cannot be read"),
        ("refused.csv", b"x,y\n1,2\n", "has no column iauname"),
        ("problems.parquet", b"none", "cannot be read"),
    ],
)
def test_one_damaged_list_does_not_hide_the_stores(tmp_path, name, data, says):
    (write_store(tmp_path, "done") / name).write_bytes(data)
    (found,) = read_stores(tmp_path)
    assert (found.state, found.problems) == ("finished", {})
    with pytest.raises(MorphError, match=says):
        read_problems(tmp_path, "done")


def test_a_table_of_problems_without_states_is_refused(tmp_path):
    path = write_store(tmp_path, "done") / "problems.parquet"
    pd.DataFrame({"iauname": ["a"], "why": ["x"]}).to_parquet(path)
    assert len(read_stores(tmp_path)) == 1
    with pytest.raises(MorphError, match="has no column state"):
        read_problems(tmp_path, "done")
