"""Steps of the demonstration that need no run."""

import shutil

from data.demo.plan import SMALL, releases
from data.demo.steps import load
from data.synthetic.release import synthetic_release
from morph.catalogue import release_table
from morph.catalogue.connection import connect
from morph.home import catalogue_path, release_folder


def test_a_release_that_was_loaded_before_it_was_replaced_is_loaded_again(tmp_path):
    for name in releases(SMALL):
        folder = release_folder(tmp_path, name)
        synthetic_release(folder, galaxies=10, release_id=name)
    load(True, tmp_path, SMALL, lambda *_: None)
    replaced = release_folder(tmp_path, "demo-bmz")
    shutil.rmtree(replaced)
    synthetic_release(replaced, galaxies=20, seed=1, release_id="demo-bmz")
    load(True, tmp_path, SMALL, lambda *_: None)
    with connect(catalogue_path(tmp_path)) as con:
        found = {r.release_id: r.galaxies for r in release_table.releases(con)}
    assert found == dict.fromkeys(releases(SMALL), 10) | {"demo-bmz": 20}
