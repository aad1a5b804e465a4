"""The Data page's cutout stores: what they take, who may start one; and citations."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.tables.publish_table import TableRelease, publish_table
from morph.catalogue import release_table
from morph.errors import MorphError
from morph.home import run_folder
from morph.images.new_stores.cutouts_run import CutoutsConfig, read_cutouts
from morph.images.new_stores.pictures_run import read_pictures
from morph.images.new_stores.store_credit import write_credit
from morph.images.store import StoreManifest, write_store
from morph.images.surveys import pictures_of, survey_called
from morph.runs import lifecycle
from morph.runs.lifecycle import list_runs, read_run
from morph.trees.decision_tree import GZD5
from pages.common.server import database, who_may
from tests.pages.opening import button, opened, said, toasts

STORES = {"data_view": "Cutout stores"}


@pytest.fixture
def started(monkeypatch):
    """The folders of the runs that were started; no process is."""
    folders = []
    monkeypatch.setattr(lifecycle, "start_run", folders.append)
    return folders


@pytest.fixture
def real_release(empty_home):
    """A release of twenty real galaxies with votes."""
    table = {"ra": 150 + np.arange(20) / 100, "dec": 2.0, "est_petro_th50": 3.0}
    table |= {f"{label}_count": np.arange(20) for label in GZD5.labels}
    path = empty_home / "table.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    publish_table(empty_home, path, TableRelease("mine", "decals"))
    database.load_new_releases(empty_home)
    return empty_home


def shown(page) -> str:
    return "\n".join(one.value for one in page.markdown)


def test_a_release_is_downloaded_by_a_run(real_release, dashboard, started):
    page = opened(dashboard, "data/data.py", STORES)
    assert not page.exception
    assert "**Galaxies** 20" in shown(page)
    assert "**Time** 2 s at 10 per second" in shown(page)
    page.number_input(key="store_size").set_value(64)
    page.segmented_control(key="store_framing").set_value("By galaxy size").run()
    assert "**Disk space** 492 kB of" in shown(page)  # 20 x 3 x 64 x 64 x 2 bytes
    button(page, "Download cutouts").click().run()
    assert "mine-decals is being downloaded" in toasts(page)
    (folder,) = started
    assert read_cutouts(read_run(folder).config) == CutoutsConfig(
        "mine-decals",
        "decals",
        size=64,
        by_size=True,
        source="release mine",
        release="mine",
    )
    assert len(pd.read_parquet(folder / "targets.parquet").columns) == 4 + 34
    assert "mine-decals" in shown(page)  # its card, which has not been started here


def test_a_release_is_cut_from_coadds_by_a_run(real_release, dashboard, started):
    folder = real_release / "images" / "coadds"
    folder.mkdir(parents=True)
    page = opened(dashboard, "data/data.py", STORES)
    page.segmented_control(key="store_images_from").set_value("Coadds on disk").run()
    assert button(page, "Cut from coadds").disabled  # of which folder is not known
    page.selectbox(key="store_bricks").set_value("coadds").run()
    folder.rmdir()
    button(page, "Cut from coadds").click().run()
    words = "images/coadds is not a folder on the computer of the dashboard"
    assert words in toasts(page)
    assert not started
    folder.mkdir()
    page.run()
    page.selectbox(key="store_bricks").set_value("coadds").run()
    page.number_input(key="store_scale_decals").set_value(9.0).run()
    words = "8,960 pixels per side of coadds of 0.262 arcsec; at most 3,000"
    assert words in page.warning[0].value
    assert button(page, "Cut from coadds").disabled
    page.segmented_control(key="store_framing").set_value("By galaxy size").run()
    assert "it depends on this computer" in shown(page)
    button(page, "Cut from coadds").click().run()
    assert "mine-decals is being cut from coadds" in toasts(page)
    config = read_cutouts(read_run(started[0]).config)
    assert config.bricks == str(folder)
    assert (config.by_size, config.survey, config.size) == (True, "decals", 256)


def test_coadds_are_read_in_the_shared_folder_alone_on_a_shared_dashboard(
    real_release, dashboard, started, monkeypatch
):
    (real_release / "images").mkdir()
    (real_release / "images" / "away").symlink_to(real_release.parent)
    monkeypatch.setattr(who_may, "is_local", lambda: False)
    monkeypatch.setattr(who_may, "why_not", lambda owner=None: "")
    page = opened(dashboard, "data/data.py", STORES)
    page.segmented_control(key="store_images_from").set_value("Coadds on disk").run()
    page.selectbox(key="store_bricks").set_value("away").run()
    button(page, "Cut from coadds").click().run()
    assert "images and tables are read inside" in "".join(toasts(page))
    assert not started


def test_a_list_is_downloaded_by_a_run(empty_home, dashboard, started):
    page = opened(dashboard, "data/data.py", STORES)
    assert "No release is loaded yet" in said(page)
    assert button(page, "Download cutouts").disabled
    page.segmented_control(key="store_of").set_value("List").run()
    text = b"name,ra,dec\na,150,2\nb,151,2\nb,151,2\n"
    upload = page.file_uploader(key="store_list_upload")
    upload.set_value(("list.csv", text, "text/csv")).run()
    assert "**Galaxies** 2" in shown(page)
    says = "All 2 galaxies are outside the images of BASS+MzLS (Dec"
    assert page.warning[0].value.startswith(says)
    assert button(page, "Download cutouts").disabled
    assert button(page, "Download cutouts").help.startswith(says)
    some = text.replace(b",2", b",45", 1)
    upload = page.file_uploader(key="store_list_upload")
    upload.set_value(("list.csv", some, "text/csv")).run()
    says = "1 of 2 galaxies is outside the images of BASS+MzLS: Dec"
    assert page.warning[0].value.startswith(says)
    assert not button(page, "Download cutouts").disabled
    upload = page.file_uploader(key="store_list_upload")
    upload.set_value(("list.csv", text.replace(b",2", b",45"), "text/csv")).run()
    assert "galaxies outside the images" not in said(page)  # of the corrected list
    name = next(one for one in page.text_input if one.label == "Name of the store")
    name.set_value("bad name").run()
    assert "cannot be the name of a cutout store" in page.warning[0].value
    assert button(page, "Download cutouts").disabled
    name = next(one for one in page.text_input if one.label == "Name of the store")
    name.set_value("good").run()
    button(page, "Download cutouts").click().run()
    assert started == [run_folder(empty_home, "good")]


def test_a_store_that_has_its_cutouts_needs_no_free_disk(
    real_release, dashboard, started, monkeypatch
):
    monkeypatch.setattr("shutil.disk_usage", lambda root: SimpleNamespace(free=100_000))
    page = opened(dashboard, "data/data.py", STORES)
    page.number_input(key="store_size").set_value(64).run()
    assert "492 kB are needed, and 100 kB are free" in page.warning[0].value
    assert button(page, "Download cutouts").disabled
    folder = real_release / "cutouts" / "mine-decals"
    folder.mkdir(parents=True)
    recipe = {"survey": "decals", "size": 64, "pixscale_arcsec": 0.262}
    recipe |= {"service": survey_called("decals").service.url}
    (folder / "journal.jsonl").write_text(json.dumps({"recipe": recipe}) + "\n")
    (folder / "pixels.npy.part").write_bytes(bytes(400_000))
    assert not button(page.run(), "Download cutouts").disabled
    assert not page.warning


def test_the_credit_of_a_store_is_shown_with_its_images(real_release, dashboard):
    store = real_release / "cutouts" / "own"
    index = pd.DataFrame({"iauname": ["a"], "ra": [150.0], "dec": [2.0]})
    manifest = StoreManifest("decals", "real", "Mine", 1, 16)
    write_store(store, manifest, index, np.ones((1, 3, 16, 16), np.float16))
    (held,) = pictures_of([store], "a", None, origin="real")
    assert held.credit.startswith("Mine. Legacy Surveys")
    page = opened(dashboard, "data/data.py", STORES)
    assert button(page, "Save the credit").disabled
    page.text_input(key="credit_of_own").set_value("I. Myself, CC0").run()
    button(page, "Save the credit").click().run()
    assert "The credit of own is saved" in toasts(page)
    (held,) = pictures_of([store], "a", None, origin="real")
    assert held.credit == "Mine. I. Myself, CC0"
    with pytest.raises(MorphError, match="one line of at most 500"):
        write_credit(store, "a\nb")
    write_credit(store, "")
    (held,) = pictures_of([store], "a", None, origin="real")
    assert held.credit.startswith("Mine. Legacy Surveys")


def test_the_citation_of_a_loaded_table_is_changed(
    real_release, dashboard, monkeypatch
):
    page = opened(dashboard, "data/data.py", {"data_view": "Published catalogues"})
    assert button(page, "Save the citation").disabled  # nothing is changed yet
    page.text_input(key="cite_mine").set_value("Me 2026, in prep.")
    page.text_input(key="credit_mine").set_value("the volunteers").run()
    button(page, "Save the citation").click().run()
    assert "The citation of mine is saved" in toasts(page)
    whole = "Me 2026, in prep.. Credit: the volunteers"
    assert page.dataframe[0].value["Citation"].tolist() == [whole]
    with database.cursor(real_release) as con:
        assert release_table.release(con, "mine").manifest.citation == whole
    assert button(page, "Save the citation").disabled
    monkeypatch.setattr(who_may, "why_not", lambda owner=None: "it is not yours")
    page.text_input(key="cite_mine").set_value("Somebody").run()
    assert button(page, "Save the citation").disabled


@pytest.mark.usefixtures("morph_home")
def test_simulated_galaxies_are_refused_in_words(dashboard):
    page = opened(dashboard, "data/data.py", STORES)
    assert not page.exception
    assert "are simulated, so no survey has images of them" in page.warning[0].value
    assert "Other cutout stores: small-bmz" in said(page)


@pytest.mark.usefixtures("morph_home")
@pytest.mark.parametrize("release", ["fractions-only", "small-demo"])
def test_the_release_shown_is_offered_first(dashboard, release):
    page = opened(dashboard, "data/data.py", STORES | {"release": release})
    assert page.selectbox(key="store_release").value == release


def test_a_folder_of_images_becomes_a_store_by_a_run(empty_home, dashboard, started):
    folder = empty_home / "images" / "mine"
    folder.mkdir(parents=True)
    page = opened(dashboard, "data/data.py", STORES)
    page.selectbox(key="pictures_folder").set_value("mine")
    (folder / "table.csv").write_text("file,ra,dec\na.jpg,1,2\n")
    page.text_input(key="pictures_table").set_value(str(folder / "table.csv"))
    page.text_input(key="pictures_store").set_value("mine").run()
    assert button(page, "Make the store").disabled  # of what survey is not known
    page.selectbox(key="pictures_survey").set_value("sdss").run()
    button(page, "Make the store").click().run()
    assert "The store mine is being made" in toasts(page)
    config = read_pictures(read_run(started[0]).config)
    assert (config.folder, config.survey, config.size) == (str(folder), "sdss", 128)
    assert (started[0] / "labels" / "table.csv").is_file()


def test_visitors_start_nothing(real_release, dashboard, started, monkeypatch):
    page = opened(dashboard, "data/data.py", STORES)
    monkeypatch.setattr(who_may, "why_not", lambda owner=None: "it is not yours")
    button(page, "Download cutouts").click().run()
    assert "It is not yours" in toasts(page)
    assert not started and not list_runs(real_release)
    assert button(page, "Download cutouts").disabled
    assert button(page, "Make the store").disabled
