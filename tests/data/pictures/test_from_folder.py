"""Cutout stores from folders of images: pixels, names, votes, and what is refused."""

import fcntl
import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from PIL import Image

from data.__main__ import main
from data.pictures.from_folder import ImageFolder, store_from_folder
from morph.errors import MorphError
from morph.images.new_stores.store_credit import read_credit
from morph.images.store import find_cutout, open_store, pixscale_of
from morph.images.store_manifest import read_store_manifest
from morph.images.stretch import colour_picture
from morph.trees.decision_tree import GZD5

NAMES = ("J121842.00+114354.4", "J004200.00-003000.0", "J235957.60+021500.0")


def a_galaxy(side: int, seed: int = 0) -> np.ndarray:
    """(3, side, side) fluxes of a round galaxy in noise."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    shape = np.exp(-np.hypot(x, y) / (side / 12))
    noise = np.random.default_rng(seed).normal(0, 0.003, (3, side, side))
    return np.array([0.2, 0.4, 0.6])[:, None, None] * shape + noise


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images = tmp_path / "images"
    (images / "more").mkdir(parents=True)
    for i, name in enumerate(NAMES):
        where = images / "more" if i == 2 else images
        Image.fromarray(colour_picture(a_galaxy(64, i))).save(where / f"{name}.png")
    return images


def ordered(folder: Path, **changes: object) -> ImageFolder:
    facts = {"store": "mine", "survey": "sdss", "size": 64, "tree": GZD5.name}
    return ImageFolder(folder, **(facts | changes))


def made(root: Path, order: ImageFolder) -> dict:
    return store_from_folder(root, order, progress=lambda *_: None).result


def votes_table(path: Path, names: tuple[str, ...] = NAMES, **columns: object) -> Path:
    counts = {label: np.arange(len(names)) + 1 for label in GZD5.labels}
    totals = {
        f"{q.name}_total-votes": sum(counts[label] for label in q.labels)
        for q in GZD5.questions
    }
    pd.DataFrame({**columns, "iauname": names, **counts, **totals}).to_csv(
        path, index=False
    )
    return path


def test_a_colour_image_keeps_its_colours(tmp_path: Path, folder: Path) -> None:
    result = made(tmp_path, ordered(folder))
    assert (result["galaxies"], result["votes"]) == (3, False)
    flux = find_cutout(tmp_path / "cutouts" / "mine", NAMES[0])
    before = colour_picture(a_galaxy(64, 0)).astype(int)
    assert np.abs(colour_picture(flux).astype(int) - before).max() <= 1


def test_galaxies_are_named_and_placed_by_file_names(
    tmp_path: Path, folder: Path
) -> None:
    made(tmp_path, ordered(folder))
    index = open_store(tmp_path / "cutouts" / "mine").index.set_index("iauname")
    assert set(index.index) == set(NAMES)
    # 12h18m42.00s is 184.675 degrees, +11d43m54.4s is 11.73178.
    assert index.loc[NAMES[0], "ra"] == pytest.approx(184.675, abs=1e-4)
    assert index.loc[NAMES[0], "dec"] == pytest.approx(11.73178, abs=1e-4)


def test_votes_follow_their_images_whatever_the_order(
    tmp_path: Path, folder: Path
) -> None:
    labels = votes_table(tmp_path / "labels.csv")
    made(tmp_path, ordered(folder, labels=labels))
    store = tmp_path / "cutouts" / "mine"
    votes = pd.read_parquet(store / "votes.parquet")
    assert votes["iauname"].tolist() == open_store(store).names.tolist()
    counts = votes.set_index("iauname")["bar_weak"]
    assert counts.loc[list(NAMES)].tolist() == [1, 2, 3]


def test_images_are_found_by_the_file_names_of_a_table(
    tmp_path: Path, folder: Path
) -> None:
    Image.fromarray(colour_picture(a_galaxy(64, 9))).save(folder / "tile_7.jpg")
    names = ("J010000.00+000000.0", "J020000.00+000000.0")
    paths = ["/data/elsewhere/tile_7.jpg", "/data/elsewhere/tile_8.jpg"]
    labels = votes_table(tmp_path / "labels.csv", names, file_loc=paths)
    result = made(tmp_path, ordered(folder, labels=labels))
    votes = pd.read_parquet(tmp_path / "cutouts" / "mine" / "votes.parquet")
    assert votes.set_index("iauname").loc[names[0], "bar_weak"] == 1
    assert votes.set_index("iauname").loc[NAMES[0], "bar_weak"] == 0
    assert "images matched by the column 'file_loc': 1" in result["report"]
    assert "images without a row in labels.csv: 3" in result["report"]
    assert "rows of labels.csv without an image: 1" in result["report"]


def test_a_column_of_file_names_is_enough(tmp_path: Path, folder: Path) -> None:
    labels = votes_table(tmp_path / "labels.csv")
    table = pd.read_csv(labels).rename(columns={"iauname": "filename"})
    table["filename"] += ".png"
    table.to_csv(labels, index=False)
    assert made(tmp_path, ordered(folder, labels=labels))["votes"]
    votes = pd.read_parquet(tmp_path / "cutouts" / "mine" / "votes.parquet")
    assert votes.set_index("iauname").loc[list(NAMES), "bar_weak"].tolist() == [1, 2, 3]


def test_a_table_without_votes_gives_names_and_positions(
    tmp_path: Path, folder: Path
) -> None:
    labels = tmp_path / "rings.csv"
    table = {"iauname": NAMES, "ra": [1.0, 2, 3], "dec": [4.0, 5, 6], "ring": [0, 1, 1]}
    pd.DataFrame(table).to_csv(labels, index=False)
    with pytest.raises(MorphError, match="names that disagree with the positions"):
        made(tmp_path, ordered(folder, labels=labels))
    order = ordered(folder, labels=labels, positions_from="table")
    assert made(tmp_path, order)["votes"] is False
    index = open_store(tmp_path / "cutouts" / "mine").index
    assert sorted(index["ra"]) == [1.0, 2, 3]
    assert "J000400.00+040000.0" in set(index["iauname"])  # made from the position


def test_a_download_that_begins_meanwhile_keeps_its_folder(
    tmp_path: Path, folder: Path
) -> None:
    """A download of cutouts continues by its journal: it would take these pixels."""
    store = tmp_path / "cutouts" / "mine"

    def begin_download(done: int, total: int) -> None:
        store.mkdir(parents=True, exist_ok=True)
        (store / "journal.jsonl").touch()

    with pytest.raises(MorphError, match="there is already a cutout store mine"):
        store_from_folder(tmp_path, ordered(folder), progress=begin_download)
    assert [path.name for path in store.iterdir()] == ["journal.jsonl"]


def test_a_file_name_of_another_encoding_is_refused_before_any_work(
    tmp_path: Path, folder: Path
) -> None:
    (folder / f"{NAMES[0]}.png").rename(folder / os.fsdecode(b"gal\xe9.png"))
    with pytest.raises(MorphError, match=r"'gal.udce9.png' is not UTF-8; rename"):
        made(tmp_path, ordered(folder))
    assert not (tmp_path / "cutouts").exists()


def test_an_unusable_image_is_refused_alone(tmp_path: Path, folder: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    Image.new("RGB", (64, 64)).save(folder / "empty.png")
    result = made(tmp_path, ordered(folder))
    assert result["galaxies"] == 3
    assert [one["file"] for one in result["refused"]] == ["broken.jpg", "empty.png"]
    listed = pd.read_csv(tmp_path / "cutouts" / "mine" / "refused.csv")
    assert listed["file"].tolist() == ["broken.jpg", "empty.png"]


def test_resampling_keeps_flux_and_gives_the_new_scale(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    flux = a_galaxy(120)
    header = fits.Header({"CD1_1": -0.262 / 3600, "CD2_2": 0.262 / 3600})
    header.update({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "BANDS": "grz"})
    fits.writeto(folder / "one.fits", flux.astype(np.float32), header)
    result = made(tmp_path, ordered(folder, size=60))
    store = tmp_path / "cutouts" / "mine"
    assert result["pixscale_arcsec"] == pytest.approx(0.524)
    new = find_cutout(store, "one").sum(axis=(1, 2)) * 0.524**2
    old = flux.sum(axis=(1, 2)) * 0.262**2
    assert new == pytest.approx(old, rel=0.005)
    manifest = read_store_manifest(store)
    assert manifest.flux_pixscale_arcsec == pytest.approx(0.262)  # of the file
    total = find_cutout(store, "one").sum(axis=(1, 2)) * (0.524 / 0.262) ** 2
    assert total == pytest.approx(flux.sum(axis=(1, 2)), rel=0.005)


def test_each_image_can_have_its_own_pixel_scale(tmp_path: Path, folder: Path) -> None:
    labels = votes_table(tmp_path / "labels.csv", scale=[0.1, 0.2, 0.3])
    order = ordered(folder, labels=labels, scale_column="scale", size=32)
    assert made(tmp_path, order)["pixscale_arcsec"] is None
    store = tmp_path / "cutouts" / "mine"
    # Of the stretch that colours are converted by, whatever the scale.
    assert read_store_manifest(store).flux_pixscale_arcsec == 0.262
    assert [pixscale_of(store, name) for name in NAMES] == pytest.approx(
        [0.2, 0.4, 0.6]
    )


def test_without_a_scale_it_is_unknown(tmp_path: Path, folder: Path) -> None:
    made(tmp_path, ordered(folder))
    assert pixscale_of(tmp_path / "cutouts" / "mine", NAMES[0]) is None


def test_an_interrupted_command_continues(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(folder)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("data.pictures.image_store.write_store", interrupted)
        made(tmp_path, order)
    monkeypatch.setattr("morph.sandbox.run", interrupted)  # no image is decoded again
    assert made(tmp_path, order)["galaxies"] == 3
    assert not list((tmp_path / "cutouts").glob(".*"))


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_store_is_not_replaced(tmp_path: Path, folder: Path) -> None:
    made(tmp_path, ordered(folder))
    with pytest.raises(MorphError, match="already"):
        made(tmp_path, ordered(folder))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 5000}, "expected 16 to 512"),
        ({"pixscale_arcsec": 300.0}, "pixel scale"),
        ({"scale_column": "scale"}, "--labels"),
    ],
)
def test_wrong_arguments_are_refused(
    tmp_path: Path, folder: Path, change: dict, words: str
) -> None:
    with pytest.raises(MorphError, match=words):
        made(tmp_path, ordered(folder, **change))


def test_two_rows_of_one_image_are_refused(tmp_path: Path, folder: Path) -> None:
    labels = votes_table(tmp_path / "labels.csv", (NAMES[0], NAMES[0]))
    with pytest.raises(MorphError, match="one row per image"):
        made(tmp_path, ordered(folder, labels=labels))


def test_two_rows_of_a_galaxy_without_an_image_are_refused_with_its_name(
    tmp_path: Path, folder: Path
) -> None:
    other = "J010000.00+010000.0"
    names, subjects = (*NAMES, other, other), range(101, 106)
    table = votes_table(tmp_path / "votes.csv", names, subject_id=subjects)
    named = f"several rows of one galaxy, such as {re.escape(other)}; expected one row"
    with pytest.raises(MorphError, match=named):
        made(tmp_path, ordered(folder, labels=table))


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MorphError, match="has no images"):
        made(tmp_path, ordered(tmp_path))


def test_the_command_prints_what_it_made(
    tmp_path: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MORPH_HOME", str(tmp_path / "home"))
    command = ["pictures", str(folder), "--store", "mine", "--survey", "sdss"]
    command += ["--size", "32", "--json"]
    assert main([*command, "--credit", "two\nlines"]) == 1
    assert not (tmp_path / "home" / "cutouts").exists()
    capsys.readouterr()
    assert main([*command, "--credit", "M. Payne, CC BY 4.0"]) == 0
    assert json.loads(capsys.readouterr().out)["galaxies"] == 3
    store = tmp_path / "home" / "cutouts" / "mine"
    assert read_credit(store) == "M. Payne, CC BY 4.0"


def test_an_image_called_as_the_galaxy_of_another_is_refused(
    tmp_path: Path, folder: Path
) -> None:
    """The row of the first image has the name of the second, which has no row."""
    labels = votes_table(
        tmp_path / "labels.csv",
        (NAMES[1], "J000000.00+000000.0"),
        image=[f"{NAMES[0]}.png", f"more/{NAMES[2]}.png"],
    )
    with pytest.raises(
        MorphError, match=f"two images are called {re.escape(NAMES[1])}"
    ):
        made(tmp_path, ordered(folder, labels=labels))


@pytest.mark.parametrize("other", [[3, 1, 2], [1, 2, 3]])
def test_two_columns_that_name_the_images_must_agree(
    tmp_path: Path, folder: Path, other: list[int]
) -> None:
    """As the number of an image and the number of its row in another table."""
    for number, path in enumerate(sorted(folder.rglob("*.png")), start=1):
        path.rename(folder / f"{number}.png")
    labels = votes_table(tmp_path / "labels.csv", asset_id=[1, 2, 3], row_id=other)
    order = ordered(folder, labels=labels)
    if other == [1, 2, 3]:
        assert made(tmp_path, order)["votes"]
        return
    with pytest.raises(MorphError, match="'asset_id' and 'row_id' both name 3 images"):
        made(tmp_path, order)


def test_a_store_that_another_process_makes_is_refused(
    tmp_path: Path, folder: Path
) -> None:
    partial = tmp_path / "cutouts" / ".mine.partial"
    partial.mkdir(parents=True)
    held = os.open(partial, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with pytest.raises(MorphError, match="another process is making the cutout"):
            made(tmp_path, ordered(folder))
    finally:
        os.close(held)
    assert made(tmp_path, ordered(folder))["galaxies"] == 3
    assert not partial.exists()


def test_bad_pixels_of_a_fits_file_are_filled_and_counted_and_large_fluxes_clipped(
    tmp_path: Path, folder: Path
) -> None:
    flux = a_galaxy(64).astype(np.float32)
    flux[1, 3:7, 9:13], flux[0, 50, 50] = np.nan, np.inf
    header = fits.Header({"BANDS": "grz"})
    fits.writeto(folder / "J000000.00+000000.0.fits", flux, header)
    bright = a_galaxy(64).astype(np.float32)
    bright[2, 32, 32] = 1e6
    fits.writeto(folder / "J000001.00+000000.0.fits", bright, header)
    result = made(tmp_path, ordered(folder))
    store = open_store(tmp_path / "cutouts" / "mine")
    missing = store.index.set_index("iauname")["missing"]
    assert missing["J000000.00+000000.0"] == pytest.approx(17 / 4096, abs=1e-6)
    assert (missing.drop("J000000.00+000000.0") == 0).all()  # no JPEG or PNG has any
    assert np.isfinite(store.pixels).all()
    assert result["clipped"] == store.manifest.clipped == 1


def test_galaxies_without_another_position_are_placed_by_their_fits_headers(
    tmp_path: Path,
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    header = fits.Header(
        {
            "BANDS": "grz",
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CRVAL1": 200.0,
            "CRVAL2": -5.0,
            "CRPIX1": 12.5,  # of 64: the middle is 20 pixels further west
            "CRPIX2": 32.5,
            "CD1_1": -0.262 / 3600,
            "CD2_2": 0.262 / 3600,
        }
    )
    flux = a_galaxy(64).astype(np.float32)
    fits.writeto(images / "first.fits", flux, header)
    fits.writeto(images / f"{NAMES[0]}.fits", flux, header)  # its name is a position
    fits.writeto(images / "third.fits", flux, fits.Header({"BANDS": "grz"}))
    result = made(tmp_path, ordered(images))
    assert result["placed_by_header"] == 1
    index = open_store(tmp_path / "cutouts" / "mine").index.set_index("iauname")
    west = 20 * 0.262 / 3600 / np.cos(np.radians(5))
    assert index.loc["first", "ra"] == pytest.approx(200 - west, abs=1e-6)
    assert index.loc["first", "dec"] == pytest.approx(-5, abs=1e-6)
    assert index.loc[NAMES[0], "ra"] == pytest.approx(184.675, abs=1e-4)
    assert index.loc["third", ["ra", "dec"]].isna().all()
