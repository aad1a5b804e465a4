"""Runs that make a store from a folder: which folders, and when one is refused."""

import pytest

from morph.errors import MorphError, UnreadableTable
from morph.images.new_stores import pictures_run
from morph.images.new_stores.pictures_run import (
    PicturesConfig,
    begin,
    folder_called,
    folders_offered,
    labels_of,
    table_called,
)

TABLE = b"file,ra,dec\na.jpg,150,2\n"


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images" / "mine"
    folder.mkdir(parents=True)
    return folder


def test_on_a_shared_dashboard_only_folders_of_the_home_are_read(tmp_path, images):
    assert folder_called(tmp_path, "mine", anywhere=False) == images
    assert folder_called(tmp_path, str(images), anywhere=False) == images
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (images / "link").symlink_to(outside)
    for text in (str(outside), "../elsewhere", "mine/link", "/etc", "~"):
        with pytest.raises(MorphError, match=r"read inside .*images only"):
            folder_called(tmp_path, text, anywhere=False)
    assert folder_called(tmp_path, str(outside), anywhere=True) == outside
    for text in ("~nobody-at-all/x", "a\0b"):
        with pytest.raises(MorphError, match="is not a path"):
            folder_called(tmp_path, text, anywhere=True)
    with pytest.raises(MorphError, match="is not a folder on the computer"):
        folder_called(tmp_path, "none", anywhere=True)
    assert folders_offered(tmp_path) == ["mine"]
    (images / "table.csv").write_bytes(TABLE)
    assert table_called(tmp_path, "mine/table.csv", anywhere=False).name == "table.csv"
    with pytest.raises(MorphError, match="is not a file on the computer"):
        table_called(tmp_path, "mine", anywhere=False)
    with pytest.raises(MorphError, match=r"read inside .*images only"):
        table_called(tmp_path, "/etc/passwd", anywhere=False)


def test_a_run_has_the_uploaded_table_and_is_continued_by_the_same(
    tmp_path, images, monkeypatch
):
    monkeypatch.setattr(pictures_run, "read_cells", lambda *_: None)
    wanted = PicturesConfig("mine", str(images), "sdss", labels="labels.csv")
    folder = begin(tmp_path, wanted, TABLE)
    assert labels_of(folder, wanted).read_bytes() == TABLE
    assert begin(tmp_path, wanted, TABLE) == folder
    assert begin(tmp_path, wanted, TABLE + b"b.jpg,1,1\n") != folder


def test_a_table_that_cannot_be_read_and_a_store_that_is_there_are_refused(
    tmp_path, images
):
    wanted = PicturesConfig("mine", str(images), "sdss", labels="labels.fits")
    with pytest.raises(UnreadableTable, match=r"labels.fits"):
        begin(tmp_path, wanted, b"SIMPLE  = nonsense" * 9)
    assert not (tmp_path / "runs").exists()
    (tmp_path / "cutouts" / "mine").mkdir(parents=True)
    (tmp_path / "cutouts" / "mine" / "manifest.json").write_text("{}")
    with pytest.raises(MorphError, match="already a cutout store mine"):
        begin(tmp_path, wanted)


def test_a_store_whose_download_is_not_finished_is_not_made_of_a_folder(
    tmp_path, images
):
    store = tmp_path / "cutouts" / "mine"
    store.mkdir(parents=True)
    (store / "journal.jsonl").write_text("{}\n")
    with pytest.raises(MorphError, match="already a cutout store mine, maybe not fin"):
        begin(tmp_path, PicturesConfig("mine", str(images), "sdss"))
