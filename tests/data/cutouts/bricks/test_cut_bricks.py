"""Stores cut from bricks: what is stored and listed, and going on after a kill."""

import io
import json
import multiprocessing
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from data.__main__ import main
from data.cutouts.bricks import cut_bricks, workers
from data.cutouts.bricks.brick_files import file_name
from data.cutouts.bricks.brick_grid import brick_at
from data.cutouts.bricks.cut_bricks import averaged, cut
from data.cutouts.growing_store import GrowingStore
from data.cutouts.outcomes import Target
from data.cutouts.table_to_store import recipe_of
from morph.errors import MorphError
from morph.images.store import find_cutout, open_store
from morph.runs.config_parts import ImageConfig
from pages.common.server.routes import picture_route
from tests.made_bricks import Made, Star, drawn, tan_header, write_brick
from training.pixels.galaxy_images import open_stores

WEST, EAST = brick_at(150.13, 2.01), brick_at(150.38, 2.01)
NORTH = brick_at(150.13, 2.2)
SIZE = 32
# Of every brick: some inside it, and one on the edge of two.
INSIDE = [(WEST.ra + i / 50, 2.01) for i in (-2, 0, 2)]
INSIDE += [(EAST.ra + i / 50, 1.98) for i in (-1, 1)]
EDGE = (WEST.ra_limits[1], 2.02)
STARS = [Star(ra, dec, 40.0 + i) for i, (ra, dec) in enumerate([*INSIDE, EDGE])]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two bricks beside one another."""
    made = tmp_path_factory.mktemp("bricks")
    for brick in (WEST, EAST):
        write_brick(made, brick, STARS)
    return made


@pytest.fixture
def targets():
    places = pd.DataFrame([*INSIDE, EDGE], columns=["ra", "dec"])
    # Not in the order of the bricks.
    return places.assign(iauname=[f"g{i}" for i in range(6)]).iloc[[3, 0, 5, 1, 4, 2]]


@pytest.fixture
def table(targets, tmp_path):
    path = tmp_path / "targets.csv"
    targets.to_csv(path, index=False)
    return path


@pytest.fixture
def home(root, monkeypatch):
    monkeypatch.setenv("MORPH_HOME", str(root))
    return root


def made_by(table, folder, *more):
    arguments = ["cutouts", str(table), "--survey", "made", "--bricks", str(folder)]
    return main([*arguments, "--size", str(SIZE), *more])


def problems(home):
    table = pd.read_parquet(home / "cutouts" / "made" / "problems.parquet")
    return table.set_index("iauname")


def test_the_command_makes_a_store_as_the_service_does(home, table, folder, capsys):
    assert made_by(table, folder, "--json") == 0
    told = capsys.readouterr()
    counts = json.loads(told.out)
    assert (counts["stored"], counts["no file"], counts["failed"]) == (6, 0, 0)
    assert "6 of 6 cut" in told.err
    store = open_store(home / "cutouts" / "made")
    manifest = store.manifest
    assert (manifest.survey, manifest.origin, manifest.size) == ("made", "real", SIZE)
    assert manifest.pixscale_arcsec == 1.572
    for row, line in enumerate(store.index.itertuples()):
        truth = drawn(tan_header(line.ra, line.dec, SIZE, 1.572), SIZE, STARS)
        flux = np.asarray(store.pixels[row], dtype=float)
        assert abs(flux[1] - truth).max() < 3e-3 * truth.max()
        assert abs(flux[0].sum() / (0.5 * truth.sum()) - 1) < 2e-3
    bricks = store.index.set_index("iauname")["bricks"]
    assert bricks["g0"] == WEST.name
    assert set(bricks["g5"].split()) == {WEST.name, EAST.name}
    first = (store.folder / "journal.jsonl").read_text().splitlines()[0]
    recipe = json.loads(first)["recipe"]
    assert recipe["service"] == "coadd bricks"
    assert recipe["layer"] == "ls-dr9-south|ls-dr9-north"


def test_a_brick_is_opened_once_for_all_its_galaxies(
    root, survey, targets, folder, bricks_of, monkeypatch
):
    opened = Counter()
    real = cut_bricks.OpenBrick

    def counting(where, brick, layer):
        opened[brick.name] += 1
        return real(where, brick, layer)

    monkeypatch.setattr(cut_bricks, "OpenBrick", counting)
    store = GrowingStore(root / "store", recipe_of(survey, SIZE, None, bricks=True))
    cut(store, targets, bricks_of(folder), most_missing=0.2)
    store.close()
    assert opened == {WEST.name: 1, EAST.name: 1}


def bin_of(light, times):
    """(S, S) means of bins of some pixels a side."""
    side = light.shape[0] // times
    return light.reshape(side, times, side, times).mean(axis=(1, 3))


def test_by_size_each_cutout_has_the_scale_of_its_galaxy(home, table, targets, folder):
    """0.04 half-light radii per pixel of 424; values stay surface brightness."""
    radius = np.array([4.0, 30.0, 90.0, np.nan, 10.0, 60.0])
    targets.assign(est_petro_th50=radius).to_csv(table, index=False)
    assert made_by(table, folder, "--by-size", "--most-missing", "0.9") == 0
    store = open_store(home / "cutouts" / "made")
    assert store.manifest.pixscale_arcsec is None
    assert store.manifest.flux_pixscale_arcsec == 1.572
    rows = dict(zip(store.index["iauname"], range(6), strict=True))
    for name, radius_arcsec in zip(targets["iauname"], radius, strict=True):
        line = store.index.iloc[rows[name]]
        field = 424 * max(0.04 * radius_arcsec, 0.1)
        scale = min(field, 400) / SIZE if field > 0 else 1.572
        assert line["pixscale_arcsec"] == pytest.approx(scale, rel=1e-3)
        scale = line["pixscale_arcsec"]
        # The same sky in the pixels of the bricks, or in finer ones, and then averaged.
        times = 12
        fine = tan_header(line["ra"], line["dec"], SIZE * times, scale / times)
        light = drawn(fine, SIZE * times, STARS, sigma_arcsec=1.8 * 1.572)
        per_pixel = (1.572 / (scale / times)) ** 2
        truth = bin_of(light * per_pixel, times)
        flux = np.asarray(store.pixels[rows[name]], dtype=float)[1]
        known = np.isfinite(flux)
        assert known.mean() > 0.5
        np.testing.assert_allclose(flux[known], truth[known], atol=0.02 * truth.max())
        total = flux[known].sum() / truth[known].sum()
        assert total == pytest.approx(1, abs=5e-3)


def test_bins_without_half_of_their_pixels_are_missing():
    flux = np.arange(16.0, dtype=np.float32).reshape(1, 4, 4)
    flux[0, :2, 0] = np.nan  # half of a bin
    flux[0, :2, 2:] = [[np.nan, np.nan], [np.nan, 7]]
    found = averaged(flux, 2)
    np.testing.assert_array_equal(found, [[[3, np.nan], [10.5, 12.5]]])
    assert averaged(flux, 1) is flux


@pytest.fixture
def no_main_module(monkeypatch):
    """New processes import the main module, which a page's test may have replaced."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.mark.slow
def test_processes_cut_the_same_and_each_galaxy_once(
    root, survey, targets, folder, bricks_of, monkeypatch, no_main_module
):
    monkeypatch.setattr(cut_bricks, "FEWEST", 2)
    recipe = recipe_of(survey, SIZE, None, bricks=True)
    rows = {}
    for number in (1, 2):
        bricks = bricks_of(folder)
        bricks.workers = number
        store = GrowingStore(root / "cutouts" / f"by-{number}", recipe)
        seen = []
        cut(
            store,
            targets,
            bricks,
            most_missing=0.2,
            progress=lambda done, total, seen=seen: seen.append((done, total)),
        )
        store.finish("A test", without_position=[])
        store.close()
        made = open_store(root / "cutouts" / f"by-{number}")
        rows[number] = made.index, np.array(made.pixels)
        assert seen[-1] == (6, 6)
    pd.testing.assert_frame_equal(rows[1][0], rows[2][0])
    np.testing.assert_array_equal(rows[1][1], rows[2][1])


@pytest.mark.slow
def test_a_process_that_ends_by_itself_is_told_and_what_was_cut_is_kept(
    root, survey, targets, folder, bricks_of, monkeypatch, no_main_module
):
    monkeypatch.setattr(cut_bricks, "FEWEST", 2)
    monkeypatch.setattr(workers, "_PART", 1)
    monkeypatch.setattr(workers, "_AHEAD", 1)
    bricks = bricks_of(folder)
    bricks.workers = 2
    store = GrowingStore(root / "store", recipe_of(survey, SIZE, None, bricks=True))

    def kill(done, total):
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(MorphError, match=r"ended by itself.*what was cut is kept"):
        cut(store, targets, bricks, most_missing=0.2, progress=kill)
    assert 1 <= sum("got" in line for line in store.answered.values()) < 6
    bricks.workers = 1
    cut(store, targets, bricks, most_missing=0.2)
    assert store.finish("A test", without_position=[]).galaxies == 6
    store.close()


def test_parts_are_of_one_brick_and_of_limited_size():
    targets = [Target(f"g{i}", *place) for i, place in enumerate([*INSIDE, EDGE])]
    parts = [[one.name for one in part] for part in workers.parts_of(targets, 1)]
    assert parts == [["g0", "g1", "g2"], ["g3", "g4", "g5"]]
    large = list(workers.parts_of(targets, 9 << 20))
    assert [len(part) for part in large] == [1] * 6


class Killed(BaseException):
    """In place of SIGKILL: nothing of the process may put anything right."""


@pytest.mark.parametrize("after", [1, 4])
def test_what_was_cut_is_not_cut_again_after_a_kill(
    root, survey, targets, folder, bricks_of, after
):
    recipe = recipe_of(survey, SIZE, None, bricks=True)
    asked = Counter()

    def counted(bricks):
        outcome = bricks.outcome

        def counting(target):
            asked[target.name] += 1
            return outcome(target)

        bricks.outcome = counting
        return bricks

    def kill(done, total):
        if done == after:
            raise Killed

    store = GrowingStore(root / "store", recipe)
    with pytest.raises(Killed):
        cut(store, targets, counted(bricks_of(folder)), most_missing=0.2, progress=kill)
    store.close()
    again = GrowingStore(root / "store", recipe)
    cut(again, targets, counted(bricks_of(folder)), most_missing=0.2)
    assert again.finish("A test", without_position=[]).galaxies == 6
    again.close()
    assert asked == dict.fromkeys(targets["iauname"], 1)


def test_galaxies_without_a_brick_are_listed_and_cut_once_it_is_there(
    home, targets, table, folder, tmp_path, capsys
):
    folder = shutil.copytree(folder, tmp_path / "bricks")
    far = pd.DataFrame({"iauname": ["far"], "ra": [NORTH.ra], "dec": [2.25]})
    pd.concat([targets, far]).to_csv(table, index=False)
    assert made_by(table, folder) == 0
    words = capsys.readouterr().out
    assert "stored 6" in words
    assert "no file 1" in words
    assert "Add or replace the files that it names" in words
    line = problems(home).loc["far"]
    assert line["state"] == "no file"
    first = file_name(NORTH, "image", "g")
    assert line["why"].startswith(f"none of its pixels has data; not there: {first}")
    assert line["why"].endswith("and 4 more")
    write_brick(folder, NORTH, STARS)
    assert made_by(table, folder) == 0
    assert "stored 7" in capsys.readouterr().out
    assert problems(home).empty


def test_a_brick_without_a_band_gives_what_is_asked_for(
    home, targets, tmp_path, folder
):
    place = write_brick(tmp_path / "bricks", NORTH, [Star(NORTH.ra, 2.25, 40.0)])
    (place / file_name(NORTH, "image", "z")).unlink()
    table = tmp_path / "one.csv"
    table.write_text(f"iauname,ra,dec\none,{NORTH.ra},2.25\n")
    assert made_by(table, tmp_path / "bricks") == 1
    assert problems(home).loc["one", "why"].startswith("no data in z; not there: ")
    (place / file_name(NORTH, "image", "z")).touch()  # there, but broken
    assert made_by(table, tmp_path / "bricks", "--most-missing", "1") == 1
    assert problems(home).loc["one", "state"] == "failed"
    (place / file_name(NORTH, "image", "z")).unlink()
    assert made_by(table, tmp_path / "bricks", "--most-missing", "1") == 0
    flux = find_cutout(home / "cutouts" / "made", "one")
    assert np.isnan(flux[2]).all()
    assert np.isfinite(flux[:2]).all()


def test_a_larger_limit_cuts_what_lacked_too_many_pixels(home, tmp_path):
    place = write_brick(tmp_path / "bricks", NORTH, [Star(NORTH.ra, 2.25, 40.0)])
    (place / file_name(NORTH, "image", "z")).unlink()
    table = tmp_path / "one.csv"
    table.write_text(f"iauname,ra,dec\none,{NORTH.ra},2.25\n")
    assert made_by(table, tmp_path / "bricks") == 1
    assert problems(home).loc["one", "state"] == "no file"
    assert made_by(table, tmp_path / "bricks", "--most-missing", "1") == 0
    assert problems(home).loc["one", "state"] == "stored, partly missing"


def test_a_cutout_that_lacks_few_pixels_is_stored_and_names_the_files(
    home, tmp_path, folder
):
    """A few of its columns are in the brick beside it, which is not there."""
    bricks = tmp_path / "bricks"
    write_brick(bricks, WEST, STARS)
    overlap = (600 * 1.572 / 3600 - 0.25) / 2  # degrees
    ra = WEST.ra_limits[1] + (overlap - 14 * 1.572 / 3600) / np.cos(np.radians(2.02))
    table = tmp_path / "one.csv"
    table.write_text(f"iauname,ra,dec\none,{ra},2.02\n")
    assert made_by(table, bricks) == 0
    listed = problems(home).loc["one"]
    assert listed["state"] == "stored, partly missing"
    assert 0 < listed["missing"] < 0.2
    first = file_name(EAST, "image", "g")
    assert f"without data are NaN; not there: {first}" in listed["why"]


def test_mostly_missing_cutouts_are_rejected_and_broken_files_named(
    home, tmp_path, capsys
):
    bricks = tmp_path / "bricks"

    def change(planes):
        planes["invvar-r"][:, 300:] = 0

    write_brick(bricks, WEST, STARS, Made(change=change))
    write_brick(bricks, EAST, STARS, Made(release=9011))
    table = tmp_path / "three.csv"
    rows = [("half", WEST.ra, 2.0), ("whole", WEST.ra + 0.05, 2.0)]
    rows += [("other", EAST.ra, 2.0)]
    pd.DataFrame(rows, columns=["iauname", "ra", "dec"]).to_csv(table, index=False)
    assert made_by(table, bricks) == 0
    listed = problems(home)
    assert dict(listed["state"]) == {"half": "rejected", "other": "failed"}
    assert listed.loc["half", "why"] == "50% of its pixels have no data"
    assert "is of the north (DRVERSIO 9011)" in listed.loc["other", "why"]


def got(journal):
    """Names of the cutouts in a journal; a torn last line does not count."""
    lines = journal.read_bytes().rpartition(b"\n")[0].splitlines()
    return [line["got"] for line in map(json.loads, lines) if "got" in line]


@pytest.mark.slow
def test_a_process_that_is_killed_twice_cuts_every_galaxy_once(home, tmp_path, folder):
    number = 240
    rng = np.random.default_rng(1)
    places = {"ra": rng.uniform(WEST.ra - 0.1, EAST.ra + 0.1, number)}
    places |= {"dec": 2 + rng.uniform(-0.08, 0.08, number)}
    table, journal = tmp_path / "many.csv", home / "cutouts" / "made" / "journal.jsonl"
    pd.DataFrame(places).assign(
        iauname=[f"g{place}" for place in range(number)]
    ).to_csv(table, index=False)
    arguments = [str(table), "--survey", "made", "--bricks", str(folder)]
    command = [sys.executable, "-m", "data", "cutouts", *arguments, "--size", "64"]
    for least in (1, 30):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            if journal.exists() and len(got(journal)) >= least:
                process.kill()
            time.sleep(0.002)
        assert process.wait() == -signal.SIGKILL
    before = got(journal)
    alone = [*command, "--workers", "1"]
    subprocess.run(alone, check=True, capture_output=True)
    names = got(journal)
    assert names[: len(before)] == before
    assert len(before) < number
    assert sorted(names) == sorted(f"g{place}" for place in range(number))
    assert len(open_store(journal.parent).pixels) == number


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--bricks", "nowhere"], "nowhere is not a folder"),
        (["--size", "4"], "--size is 4"),
        (["--workers", "99"], "--workers is 99; expected 1 to 16"),
        (["--pixel-scale", "60", "--size", "99"], "3,861 pixels per side of coadds"),
        (["--survey", "sdss", "--pixel-scale", "-1"], "the pixel scale is -1"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(home, table, folder, capsys, more, says):
    assert made_by(table, folder, *more) == 1
    assert says in capsys.readouterr().err


def test_a_store_of_the_service_is_not_continued_from_bricks(
    home, survey, table, folder, capsys
):
    store = GrowingStore(home / "cutouts" / "made", recipe_of(survey, SIZE, None))
    store.close()
    assert made_by(table, folder) == 1
    says = "was started with service '', not 'coadd bricks'"
    assert says in capsys.readouterr().err


def test_training_and_pages_read_the_store(home, table, folder):
    assert made_by(table, folder) == 0
    (opened,) = open_stores(home, ["made"], ImageConfig())
    assert len(opened.index) == 6
    app = Starlette(routes=[Route(picture_route.ROUTE, picture_route.respond)])
    answer = TestClient(app).get("/picture/made/g0.png")
    assert answer.status_code == 200
    picture = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture[SIZE // 2, SIZE // 2].min() > picture[0, 0].max()
