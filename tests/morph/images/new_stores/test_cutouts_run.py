"""Runs that download cutouts: what they take, and when one is continued or refused."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from morph.errors import MorphError, RunError
from morph.images.new_stores import cutouts_run, pictures_run
from morph.images.new_stores.cutouts_run import JOURNAL, CutoutsConfig, begin
from morph.images.new_stores.pictures_run import PicturesConfig
from morph.images.surveys import survey_called
from morph.runs.lifecycle import create_run, read_run

WANTED = CutoutsConfig(store="mine", survey="decals", size=64)
TARGETS = pd.DataFrame({"iauname": ["a", "b"], "ra": [150.0, 151.0], "dec": [2.0, 3.0]})


def write_journal(root, **more):
    recipe = {"survey": "decals", "size": 64, "pixscale_arcsec": 0.262}
    recipe |= {"service": survey_called("decals").service.url} | more
    folder = root / "cutouts" / "mine"
    folder.mkdir(parents=True)
    (folder / JOURNAL).write_text(json.dumps({"recipe": recipe}) + "\n")


def test_a_run_has_its_galaxies_and_is_continued_by_the_same_alone(tmp_path):
    folder = begin(tmp_path, WANTED, TARGETS)
    assert folder.name == "mine"
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "targets.parquet"), TARGETS)
    assert cutouts_run.read_cutouts(read_run(folder).config) == WANTED
    assert begin(tmp_path, WANTED, TARGETS) == folder
    assert begin(tmp_path, WANTED, TARGETS.head(1)).name == "mine-2"
    again = cutouts_run.begin_again(tmp_path, read_run(folder), ["a", "b"])
    assert pd.read_parquet(again / "targets.parquet").equals(TARGETS)


def test_what_failed_in_an_earlier_run_is_asked_for_again_with_its_votes(tmp_path):
    begin(tmp_path, WANTED, TARGETS.assign(smooth=[5, 6], radius_arcsec=[1.0, 2.0]))
    newest = read_run(begin(tmp_path, WANTED, TARGETS.tail(1)))
    again = cutouts_run.begin_again(tmp_path, newest, ["a", "b"])
    table = pd.read_parquet(again / "targets.parquet").set_index("iauname")
    assert table["smooth"].to_dict() == {"a": 5, "b": 6}
    assert table["radius_arcsec"].to_dict() == {"a": 1.0, "b": 2.0}
    again = cutouts_run.begin_again(tmp_path, newest, ["a"])
    assert pd.read_parquet(again / "targets.parquet")["iauname"].tolist() == ["a"]
    with pytest.raises(MorphError, match="no run has the galaxies of mine"):
        cutouts_run.begin_again(tmp_path, newest, ["other"])


def test_galaxies_without_a_position_are_refused(tmp_path):
    with pytest.raises(MorphError, match="none of the galaxies has a position"):
        begin(tmp_path, WANTED, TARGETS.assign(ra=None))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        ({"size": 128}, {}, "started with size 128, not 64"),
        ({}, {"by_size": True}, "started with by_size None, not True"),
        ({}, {"pixscale_arcsec": 0.5}, "pixscale_arcsec 0.262, not 0.5"),
        ({}, {"survey": "bmz"}, "survey decals, not bmz"),
        ({"service": "coadd bricks"}, {}, "service coadd bricks, not https"),
        ({}, {}, ""),
        ({}, {"pixscale_arcsec": 0.262}, ""),
    ],
)
def test_a_store_takes_cutouts_of_one_kind(tmp_path, before, now, says):
    write_journal(tmp_path, **before)
    problem = cutouts_run.problem_with_store(tmp_path, replace(WANTED, **now))
    assert says in problem and bool(says) == bool(problem)


def test_a_store_that_was_not_downloaded_is_not_added_to(tmp_path):
    folder = tmp_path / "cutouts" / "mine"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(MorphError, match="was not downloaded"):
        begin(tmp_path, WANTED, TARGETS)


def test_a_store_is_downloaded_to_by_one_run_at_a_time(tmp_path, monkeypatch):
    folder = begin(tmp_path, WANTED, TARGETS)
    active = replace(read_run(folder), state="running")
    monkeypatch.setattr(cutouts_run, "list_runs", lambda root: [active])
    with pytest.raises(RunError, match="store mine is being made by the run mine"):
        begin(tmp_path, WANTED, TARGETS)
    assert cutouts_run.is_active(tmp_path, "mine")


@pytest.mark.parametrize("kind", ["cutouts", "pictures"])
def test_no_other_kind_of_run_makes_the_same_store(tmp_path, monkeypatch, kind):
    other = create_run(tmp_path, "other", {"kind": kind, "store": "mine"})
    active = replace(read_run(other), state="running")
    for module in (cutouts_run, pictures_run):
        monkeypatch.setattr(module, "list_runs", lambda root: [active])
    assert cutouts_run.is_active(tmp_path, "mine")
    for begun in (
        lambda: begin(tmp_path, WANTED, TARGETS),
        lambda: pictures_run.begin(tmp_path, PicturesConfig("mine", "/x", "sdss")),
    ):
        with pytest.raises(RunError, match="store mine is being made by the run other"):
            begun()


def test_the_cost_is_that_of_the_files_and_of_the_rate():
    """248,088 galaxies of 3 x 256 x 256 in two bytes each, at ten a second."""
    cost = cutouts_run.cost_of(survey_called("decals"), 256, 248_088)
    assert cost.bytes == 248_088 * 3 * 256 * 256 * 2
    assert cost.seconds == pytest.approx(24_808.8)


def test_the_bytes_of_a_store_are_those_of_its_pixels(tmp_path):
    assert cutouts_run.bytes_in(tmp_path, "mine") == 0
    write_journal(tmp_path)
    folder = tmp_path / "cutouts" / "mine"
    (folder / "pixels.npy.part").write_bytes(b"x" * 300)
    assert cutouts_run.bytes_in(tmp_path, "mine") == 300
    (folder / "pixels.npy.part").rename(folder / "pixels.npy")
    assert cutouts_run.bytes_in(tmp_path, "mine") == 300
