"""Download: the number on the button is the number in the file."""

import io

import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from morph import export
from pages.common import taking
from tests.pages.opening import counted, opened

PATH = "work/download.py"


def rows_of(data: bytes, form: str) -> list[str]:
    if form == "fits":
        return list(fits.getdata(io.BytesIO(data), 1)["iauname"])
    return pq.read_table(io.BytesIO(data))["iauname"].to_pylist()


@pytest.mark.parametrize("form", ["fits", "parquet"])
@pytest.mark.parametrize("columns", export.COLUMN_SETS)
def test_the_file_holds_as_many_galaxies_as_the_button_says(
    morph_home, dashboard, form, columns
):
    page = opened(dashboard, PATH, {"bar_strong": ["0.2", "1"]})
    page.segmented_control(key="format").set_value(form).run()
    page.segmented_control(key="columns").set_value(columns).run()
    assert not page.exception
    (button,) = page.get("download_button")
    number = int(counted(page).split("*")[2])
    assert f"Download {number} galaxies as" in button.proto.label
    here = page.session_state["here"]
    names = rows_of(taking.file_of(here, form, columns)(), form)
    assert len(names) == len(set(names)) == number


def test_nothing_selected_is_nothing_to_download(morph_home, dashboard):
    query = {"bar_strong": ["0.98", "1"], "bar_weak": ["0.02", "0.9"]}
    page = opened(dashboard, PATH, query)
    (button,) = page.get("download_button")
    assert button.proto.disabled
    assert "Nothing is selected" in page.info[0].value


def test_a_votable_too_long_names_the_other_formats():
    assert taking.problem("votable", export.VOTABLE_ROWS) == ""
    assert "FITS" in taking.problem("votable", export.VOTABLE_ROWS + 1)


def test_the_link_in_the_file_is_the_address_of_the_selection(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.2", "1"]})
    here = page.session_state["here"]
    assert "/explore?release=small-demo&bar_strong=0.2&bar_strong=1" in taking.link(
        here
    )
