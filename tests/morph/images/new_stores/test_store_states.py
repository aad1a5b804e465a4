"""How far the stores are, by their runs and files."""

from dataclasses import asdict

import pandas as pd

from morph.atomic import write_json
from morph.images.new_stores.store_states import problems_csv, read_stores
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
