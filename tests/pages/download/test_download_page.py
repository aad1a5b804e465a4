"""Download: the number on the button is the number in the file."""

import io
import zipfile

import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from PIL import Image

from morph.errors import MorphError
from morph.export import export
from morph.export.columns import COLUMN_SETS
from morph.images.rendering import zip_of_cutouts
from morph.selection.listing import ordering
from morph.selection.listing.order import Order
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.galaxies import download_files
from pages.common.server import database
from tests.pages.opening import component, counted, opened, said

EXPLORE = "explore/explore.py"
PATH = "download/download.py"


def rows_of(data: bytes, form: str) -> list[str]:
    if form == "fits":
        return list(fits.getdata(io.BytesIO(data), 1)["iauname"])
    return pq.read_table(io.BytesIO(data))["iauname"].to_pylist()


@pytest.mark.parametrize("form", ["fits", "parquet"])
@pytest.mark.parametrize("columns", COLUMN_SETS)
def test_the_file_holds_as_many_galaxies_as_the_button_says(
    morph_home, dashboard, form, columns
):
    page = opened(dashboard, PATH, {"bar_strong": ["0.2", "1"]})
    page.segmented_control(key="format").set_value(form).run()
    page.segmented_control(key="columns").set_value(columns).run()
    assert not page.exception
    button = page.get("download_button")[0]
    number = int(counted(page).split("*")[2])
    assert f"Download {number} galaxies as" in button.proto.label
    here = page.session_state["here"]
    names = rows_of(download_files.file_of(here, form, columns)(), form)
    assert len(names) == len(set(names)) == number


def test_the_table_comes_first_and_then_the_coverage_map(morph_home, dashboard):
    page = opened(dashboard, PATH)
    titles = [one.value for one in page.header]
    assert titles[:3] == ["Table", "Coverage map", "Metadata in the file"]
    labels = [one.label for one in page.segmented_control]
    assert len(set(labels)) == len(labels)
    assert {"Table format", "Map format"} <= set(labels)


def test_nothing_selected_is_nothing_to_download(morph_home, dashboard):
    query = {"bar_strong": ["0.98", "1"], "bar_weak": ["0.02", "0.9"]}
    page = opened(dashboard, PATH, query)
    assert all(button.proto.disabled for button in page.get("download_button"))
    assert not page.info and page.button(key="relax")


def test_a_votable_too_long_names_the_other_formats():
    assert download_files.problem("votable", export.VOTABLE_ROWS) == ""
    assert "FITS" in download_files.problem("votable", export.VOTABLE_ROWS + 1)


def test_the_link_in_the_file_is_the_address_of_the_selection(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.2", "1"]})
    here = page.session_state["here"]
    address = download_files.link(here.release, here.selection)
    assert "/explore?release=small-demo&bar_strong=0.2&bar_strong=1" in address


def test_a_file_has_the_order_of_explore_where_that_is_chosen(morph_home, dashboard):
    page = opened(dashboard, EXPLORE, {"sort": ["Highest redshift"]})
    shown = [one["iauname"] for one in component(page, "gallery")["tiles"]]
    page.switch_page(f"../../{PATH}").run()
    assert not page.exception
    rows = page.selectbox(key="row_order")
    assert rows.value == "usual"
    assert rows.options[0] == "By position on the sky"
    assert rows.options[1] == "As in Explore: highest redshift first"
    rows.set_value("explore").run()
    here = page.session_state["here"]
    link = next(one.value for one in page.code if "/explore?" in one.value)
    assert "sort=highest_redshift" in link
    order = Order("highest_redshift")
    assert download_files.link(here.release, here.selection, order) == link
    made = download_files.file_of(here, "fits", "basic", order=order)()
    names = rows_of(made, "fits")
    assert len(names) == 300
    assert names[: len(shown)] == shown


@pytest.mark.parametrize("form", export.FORMATS)
@pytest.mark.parametrize("columns", COLUMN_SETS)
def test_the_expected_size_is_about_that_of_the_file(
    morph_home, dashboard, form, columns
):
    here = opened(dashboard, PATH).session_state["here"]
    made = len(download_files.file_of(here, form, columns)())
    with database.cursor(morph_home) as con:
        estimate = export.expected_bytes(
            con, here.release, here.selection, 300, format=form, columns=columns
        )
        more = export.expected_bytes(
            con, here.release, here.selection, 3000, format=form, columns=columns
        )
    assert 0.6 * made < estimate < 1.3 * made
    assert 4 * made < more < 14 * made


def test_subsets_become_columns(morph_home, dashboard):
    release = opened(dashboard, PATH).session_state["here"].release
    with database.cursor(morph_home) as con:
        barred = Selection(limits={"bar_strong": (0.5, 1)}, rule="off")
        subset = saved.save_selection(con, release, barred, name="For a column")
        page = opened(dashboard, PATH)
        assert "95 columns" in said(page)
        page.multiselect(key="subset_columns").set_value([subset.subset_id]).run()
        assert not page.exception
        assert "96 columns" in said(page)
        here = page.session_state["here"]
        data = download_files.file_of(
            here, "parquet", "basic", subset_columns=[subset.subset_id]
        )()
        rows = pq.read_table(io.BytesIO(data)).to_pandas()
        inside = set(rows["iauname"][rows[f"in_{subset.subset_id}"]])
        assert inside == set(saved.members(con, subset.subset_id))
        assert len(rows) == 300
        saved.delete(con, subset.subset_id)


def test_images_come_as_a_zip_archive(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.5", "1"]})
    here = page.session_state["here"]
    number, make = download_files.pictures(here)
    assert 0 < number < here.funnel.left
    button = page.get("download_button")[1]
    assert button.proto.label == f"Download {number} images"
    assert f"that have one: {number} of {here.funnel.left}." in button.proto.help
    with zipfile.ZipFile(io.BytesIO(make())) as archive:
        names = [n.removesuffix(".jpg") for n in archive.namelist() if "jpg" in n]
        assert len(set(names)) == number
        assert Image.open(archive.open(f"{names[0]}.jpg")).width == 256
        assert "small-demo" in archive.read("README.txt").decode()
    shown = ordering.page(here.con, here.release, here.selection, limit=300)
    assert set(names) <= set(shown["iauname"])


@pytest.mark.parametrize(
    ("release", "limits", "reason"),
    [
        ("fractions-only", {}, "fractions-only has no images."),
        ("small-demo", {"redshift": ["0.5", "0.9"]}, "None of the selected"),
    ],
)
def test_the_page_says_why_there_are_no_images(
    morph_home, dashboard, monkeypatch, release, limits, reason
):
    monkeypatch.setattr(download_files.thumbnails, "with_picture", lambda *_: set())
    page = opened(dashboard, PATH, {"release": release, **limits})
    assert not page.exception
    button = page.get("download_button")[1].proto
    assert button.disabled and button.label == "Download images"
    assert reason in said(page)


def test_missing_images_name_their_folder(morph_home, dashboard, monkeypatch, tmp_path):
    monkeypatch.setattr(
        download_files.thumbnails, "stores", lambda _: [tmp_path / "gone"]
    )
    page = opened(dashboard, PATH)
    assert not page.exception
    assert f"restore the folder {tmp_path / 'gone'}" in said(page)


def test_too_many_images_are_refused(tmp_path):
    with pytest.raises(MorphError, match="501 images"):
        zip_of_cutouts([tmp_path], [f"J{n}" for n in range(501)], about="")
