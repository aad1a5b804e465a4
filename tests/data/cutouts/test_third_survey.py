"""A survey that is a TOML file alone: one band, another pixel scale, no code.

From its file by cutouts of a local service and a store to a picture; a run that needs
three bands says so.
"""

import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from data.__main__ import main
from data.cutouts.table_to_store import chosen_survey
from data.synthetic.release import synthetic_release
from morph.errors import MorphError
from morph.images.store import find_cutout, open_store
from morph.new_run.checks import problems_of
from morph.new_run.ingredients import ingredients
from morph.runs.config_parts import ImageConfig
from morph.trees.decision_tree import GZD5
from pages.common.server.routes import picture_route
from tests.cutout_server import galaxy
from tests.training.tiny_stores import write_tiny_store
from tests.trees import GZ2
from training.pixels.galaxy_images import open_stores
from training.pixels.store_counts import store_counts

THIRD = """name = "third"
title = "A third survey"
credit = "Somebody, CC BY"
pixscale_arcsec = 0.5
bands = [{{name = "V", as_band = "r", fwhm_arcsec = 0.2, depth_mag = 26}}]

[service]
url = "{url}"
layer = "deep"
images_per_s = 1000

[footprint]
boxes = [[140, 160, 0, 10]]
"""


@pytest.fixture
def home(root, server, monkeypatch):
    monkeypatch.setenv("MORPH_HOME", str(root))
    (root / "surveys" / "third.toml").write_text(THIRD.format(url=server.url))
    (root / "surveys" / "broken.toml").write_text("name = 3")
    return root


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "targets.csv"
    places = pd.DataFrame({"ra": [150.0, 150.1, 150.2], "dec": [2.0, 2.1, 2.2]})
    places.assign(name=["a", "b", "c"]).to_csv(path, index=False)
    return path


def downloaded(table, *more):
    return main(["cutouts", str(table), "--survey", "third", "--size", "32", *more])


def test_resampled_cutouts_have_fluxes_per_pixel_of_the_survey(home, server, table):
    assert downloaded(table, "--pixel-scale", "0.8") == 0
    assert server.log[0].query["pixscale"] == "0.8"
    manifest = open_store(home / "cutouts" / "third").manifest
    scales = manifest.pixscale_arcsec, manifest.flux_pixscale_arcsec
    assert scales == (0.8, 0.5)


def test_a_third_survey_gives_cutouts_and_pictures(home, server, table, capsys):
    assert downloaded(table, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["stored"], told["failed"], told["survey"]) == (3, 0, "third")
    asked = server.log[0].query
    assert asked["bands"] == "V"
    assert (asked["layer"], asked["pixscale"], asked["size"]) == ("deep", "0.5", "32")
    store = open_store(home / "cutouts" / "third")
    assert (store.manifest.bands, store.manifest.pixscale_arcsec) == (("r",), 0.5)
    assert store.manifest.flux_pixscale_arcsec == 0.5
    assert store.pixels.shape == (3, 1, 32, 32)
    line = store.index.iloc[0]
    flux = find_cutout(store.folder, line["iauname"])
    drawn = galaxy(line["ra"], line["dec"], ("V",), 32, 0.5)[0]
    np.testing.assert_allclose(flux[1], drawn[::-1], rtol=2e-3, atol=1e-4)
    assert np.isnan(flux[[0, 2]]).all()
    app = Starlette(routes=[Route(picture_route.ROUTE, picture_route.respond)])
    for bands, is_grey in (("grz", True), ("r", True)):
        query = {"bands": bands}
        path = f"/picture/third/{line['iauname']}.png"
        answer = TestClient(app).get(path, params=query)
        assert answer.status_code == 200
        picture = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))
        assert picture.shape == (32, 32, 3)
        assert (np.ptp(picture, axis=2) == 0).all() == is_grey
        assert picture[16, 16, 0] > 2 * picture[0, 0, 0]  # a galaxy in the middle


def test_a_run_that_needs_three_bands_says_so(home, server, table):
    assert downloaded(table) == 0
    write_tiny_store(home, "three", size=32)
    says = "the cutout store third has the bands r; networks need g, r, z"
    with pytest.raises(MorphError, match=says):
        open_stores(home, ["three", "third"], ImageConfig())
    config = {"kind": "source", "stores": ["third"], "seed": 1}
    assert says in problems_of(config, ingredients(home))["stores"]


def test_a_file_may_be_named_in_place_of_a_survey(home, server, table, capsys):
    path = home / "elsewhere.toml"
    path.write_text(THIRD.format(url=server.url).replace('"third"', '"fourth"'))
    arguments = ["cutouts", str(table), "--survey", str(path), "--size", "16"]
    assert main(arguments) == 0
    assert "Copy the survey file to" in capsys.readouterr().out
    assert open_store(home / "cutouts" / "fourth").manifest.survey == "fourth"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--survey", "fifth"], "there is no survey 'fifth'; expected one of"),
        (["--survey", "sdss"], "sdss has no cutout service"),
        (["--survey", "third", "--size", "4"], "--size is 4; expected 16"),
        (["--survey", "third", "--pixel-scale", "99"], "the pixel scale is 99"),
        (["--survey", "third", "--connections", "99"], "1 to 8 connections"),
        (["--survey", "third", "--most-missing", "2"], "a fraction from 0 to 1"),
        (["--survey", "broken.toml"], "broken.toml cannot be used"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(home, table, capsys, more, says):
    assert main(["cutouts", str(table), *more]) == 1
    assert says in capsys.readouterr().err


def test_an_unknown_survey_names_the_files_that_are_wrong(home):
    with pytest.raises(MorphError, match=r"broken.toml cannot be used"):
        chosen_survey(home, "broken")


def test_a_table_without_positions_is_refused(home, tmp_path, capsys):
    path = tmp_path / "names.csv"
    path.write_text("iauname,mag_r\nalpha,15\nbeta,16\n")
    assert downloaded(path) == 1
    assert "position" in capsys.readouterr().err


def test_votes_of_the_table_are_kept_in_the_order_of_the_store(home, tmp_path):
    """As in the tables of GZ DECaLS: a total per question, a count per answer."""
    rng = np.random.default_rng(2)
    counts = {label: rng.integers(1, 9, 8) for label in GZD5.labels}
    totals = {
        f"{question.name}_total-votes": sum(counts[label] for label in question.labels)
        for question in GZD5.questions
    }
    table = pd.DataFrame({"ra": 150 + np.arange(8) / 10, "dec": 2.0} | counts | totals)
    table.to_csv(tmp_path / "first.csv", index=False)
    table.head(3).assign(dec=3.0)[["ra", "dec"]].to_csv(
        tmp_path / "second.csv", index=False
    )
    assert downloaded(tmp_path / "first.csv") == 0
    assert downloaded(tmp_path / "second.csv") == 0  # without votes
    store = open_store(home / "cutouts" / "third")
    kept = store_counts(store, GZD5)
    assert kept.shape == (11, len(GZD5.labels))
    given = table.set_index("ra")[list(GZD5.labels)]
    for line, votes in zip(store.index.itertuples(), kept, strict=True):
        expected = given.loc[round(line.ra, 6)] if line.dec == 2 else 0
        np.testing.assert_array_equal(votes, expected)


def test_a_release_gives_targets_with_its_votes(home, server, capsys):
    folder = home / "releases" / "nine"
    synthetic_release(folder, galaxies=9, release_id="nine", votes=True, tree=GZ2)
    assert downloaded("nine") == 1  # no survey has images of them
    assert "the galaxies of nine are simulated" in capsys.readouterr().err
    assert not (home / "cutouts" / "third").exists()
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"simulated"', '"real"'))
    dec = pd.read_parquet(folder / "galaxies.parquet")["dec"]
    border = float(dec.median())
    assert downloaded("nine", "--dec", f"{border}", "90") == 1
    assert "all 5 galaxies are outside the images" in capsys.readouterr().err
    survey = home / "surveys" / "third.toml"
    all_sky = survey.read_text().replace("[140, 160, 0, 10]", "[0, 360, -90, 90]")
    survey.write_text(all_sky)
    assert downloaded("nine", "--dec", f"{border}", "90") == 0
    store = open_store(home / "cutouts" / "third")
    assert len(store.names) == (dec >= border).sum() == 5
    votes = pd.read_parquet(folder / "votes.parquet").set_index("iauname")
    expected = votes.reindex(store.names).fillna(0)[list(GZ2.labels)]
    np.testing.assert_array_equal(store_counts(store, GZ2), expected)
    assert downloaded("nine", "--dec", "-90", f"{border}") == 0
    assert len(open_store(home / "cutouts" / "third").names) == 9
    assert len(server.log) == 9
    note = (home / "cutouts" / "third" / "releases.json").read_text()
    assert json.loads(note) == {"releases": ["nine"]}  # its galleries show it
    assert downloaded("nine", "--tree", "gzd5") == 1
    assert "is of the decision tree gz2, not gzd5" in capsys.readouterr().err
    assert downloaded("nine", "--dec", "-90", "-80") == 1
    assert "no galaxy has a declination from -90 to -80" in capsys.readouterr().err


def test_what_is_neither_a_table_nor_a_release_is_refused(home, capsys):
    assert downloaded("../elsewhere") == 1
    said = capsys.readouterr().err
    assert "neither a file nor a release '../elsewhere'" in said
    assert "there is none yet" in said
    assert downloaded("gz-decals-volunteers-5") == 1
    assert "data download gz-decals-volunteers-5" in capsys.readouterr().err


def test_a_table_with_other_positions_leaves_a_finished_store(
    home, server, table, capsys
):
    named = pd.read_csv(table).rename(columns={"name": "iauname"})
    named.to_csv(table, index=False)
    assert downloaded(table) == 0
    before = open_store(home / "cutouts" / "third")
    asked, pixels = len(server.log), np.array(before.pixels)
    named.assign(dec=named["dec"] + 1).to_csv(table, index=False)
    assert downloaded(table) == 1
    assert "correct the table, or give another name" in capsys.readouterr().err
    after = open_store(home / "cutouts" / "third")
    assert len(server.log) == asked
    pd.testing.assert_frame_equal(after.index, before.index)
    np.testing.assert_array_equal(after.pixels, pixels)
