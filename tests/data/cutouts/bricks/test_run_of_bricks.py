"""A run that cuts from bricks: stopped, continued, and again once a file is whole."""

from dataclasses import replace

import pandas as pd
import pytest

from data.cutouts.bricks.brick_files import file_name
from data.cutouts.bricks.brick_grid import brick_at
from data.cutouts.bricks.cut_bricks import Bricks
from data.execute import main
from morph.errors import MorphError
from morph.images.new_stores import store_states
from morph.images.new_stores.cutouts_run import (
    CutoutsConfig,
    begin,
    begin_again,
    problem_with_store,
)
from morph.images.store import open_store
from morph.runs.lifecycle import read_run
from morph.runs.run_files import CANCEL
from tests.made_bricks import Star, write_brick

BRICK = brick_at(150.13, 2.01)
PLACES = [(BRICK.ra + i / 50, 2.01) for i in (-2, -1, 0, 1)]


@pytest.fixture
def folder(root):
    write_brick(root / "images" / "coadds", BRICK, [Star(*one, 40) for one in PLACES])
    return root / "images" / "coadds"


@pytest.fixture
def begun(root, folder):
    targets = pd.DataFrame(PLACES, columns=["ra", "dec"])
    targets = targets.assign(iauname=["a", "b", "c", "d"], radius_arcsec=20.0)
    wanted = CutoutsConfig("mine", "made", size=16, by_size=True, bricks=str(folder))
    return begin(root, wanted, targets)


def test_a_cancelled_run_is_continued_and_cuts_each_galaxy_once(
    root, begun, monkeypatch
):
    cut, real = [], Bricks.outcome

    def stopping(self, target):
        cut.append(target.name)
        if len(cut) == 2:
            (begun / CANCEL).touch()
        return real(self, target)

    monkeypatch.setattr(Bricks, "outcome", stopping)
    assert main([str(begun)]) == 130
    assert store_states.read_stores(root)[0].state == "stopped"
    assert main([str(begun)]) == 0
    assert cut == ["a", "b", "c", "d"]
    store = open_store(root / "cutouts" / "mine")
    assert store.names.tolist() == cut
    assert store.index["pixscale_arcsec"].tolist() == [21.2] * 4  # 424 x 0.8 / 16
    assert store_states.made_by(read_run(begun)) == "Cutout store mine: stored 4"


def test_galaxies_of_a_broken_file_are_cut_again_once_it_is_whole(root, folder, begun):
    path = next(folder.rglob(file_name(BRICK, "image", "r")))
    whole = path.read_bytes()
    path.write_bytes(whole[:5000])
    assert main([str(begun)]) == 1
    (found,) = store_states.read_stores(root)
    assert (found.state, found.failed) == ("stopped", 4)
    path.unlink()
    assert main([str(begun)]) == 1
    assert store_states.read_problems(root, "mine")["state"].tolist() == ["no file"] * 4
    path.write_bytes(whole)
    names = store_states.failed_names(root, "mine")
    assert main([str(begin_again(root, read_run(begun), names))]) == 0
    assert not store_states.read_stores(root)[0].failed


def test_a_folder_that_is_gone_leaves_a_finished_store_as_it_was(root, folder, begun):
    assert main([str(begun)]) == 0
    more = pd.DataFrame({"iauname": ["e"], "ra": [150.1], "dec": [2.0]})
    wanted = CutoutsConfig("mine", "made", size=16, by_size=True, bricks=str(folder))
    added = begin(root, wanted, more)
    folder.rename(folder.with_name("away"))
    assert main([str(added)]) == 1
    assert "is not a folder; expected that of the coadds" in read_run(added).error
    assert len(open_store(root / "cutouts" / "mine").index) == 4


def test_a_store_of_bricks_takes_no_cutouts_of_a_service(root, folder, begun):
    assert main([str(begun)]) == 0
    of_service = CutoutsConfig("mine", "made", size=16, by_size=True)
    problem = problem_with_store(root, of_service)
    assert "was started with service coadd bricks, not" in problem
    fine = CutoutsConfig("fine", "made", size=3000, pixscale_arcsec=9, bricks="x")
    with pytest.raises(MorphError, match=r"18,000 pixels .* of coadds of 1\.572"):
        problem_with_store(root, fine)


def test_coadds_may_be_outside_the_images_of_the_service(root, folder):
    targets = pd.DataFrame({"iauname": ["a"], "ra": [150.0], "dec": [2.0]})
    wanted = CutoutsConfig("north", "bmz", bricks=str(folder))
    assert begin(root, wanted, targets).is_dir()
    of_service = replace(wanted, store="other", bricks="")
    with pytest.raises(MorphError, match="the galaxy is outside the images of BASS"):
        begin(root, of_service, targets)
