"""A run makes a store from a folder of images, and says what it left out."""

import numpy as np
import pandas as pd
from PIL import Image

from data.execute import main
from morph.images.new_stores import pictures_run
from morph.images.new_stores.pictures_run import PicturesConfig, begin
from morph.images.new_stores.store_states import made_by, read_problems, read_stores
from morph.images.store import open_store
from morph.runs.lifecycle import read_run
from morph.trees.decision_tree import GZD5


def test_a_run_makes_a_store_with_the_votes_of_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures_run, "read_cells", lambda *_: None)
    folder = tmp_path / "images"
    folder.mkdir()
    rng = np.random.default_rng(3)
    for number in range(3):
        pixels = rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"g{number}.png")
    (folder / "bad.png").write_bytes(b"none")
    table = pd.DataFrame({"file": [f"g{n}.png" for n in range(3)], "ra": [1.0, 2, 3]})
    table = table.assign(dec=4.0, **{f"{one}_count": [1, 2, 3] for one in GZD5.labels})
    wanted = PicturesConfig("mine", str(folder), "sdss", labels="t.csv", size=32)
    run = begin(tmp_path, wanted, table.to_csv(index=False).encode())
    assert main([str(run)]) == 0
    store = open_store(tmp_path / "cutouts" / "mine")
    assert (len(store.index), store.manifest.size) == (3, 32)
    votes = pd.read_parquet(store.folder / "votes.parquet")
    assert votes["bar_no"].tolist() == [1, 2, 3]
    assert made_by(read_run(run)) == "Cutout store mine: images 3, left out 1"
    assert read_problems(tmp_path, "mine")["iauname"].tolist() == ["bad.png"]
    (found,) = read_stores(tmp_path)
    assert (found.state, found.problems) == ("finished", {"left out": 1})
