"""A galaxy in two surveys for print: offered, refused with a reason, an example."""

import io
import shutil

import pandas as pd
import pytest

from morph.catalogue import loading
from pages.common.server import database
from tests.morph.figures.in_print.measured_pdf import measured
from tests.pages import made_figures, pair_home
from tests.pages.opening import opened, said, sent

PATH = "galaxy/galaxy.py"
TITLE = "Save figure of both surveys"


@pytest.fixture
def offered(monkeypatch):
    return made_figures.noted(monkeypatch)


@pytest.fixture
def pictured(morph_home):
    return pair_home.pictured(morph_home)


@pytest.fixture
def second_store(morph_home):
    yield pair_home.write_images(morph_home)
    shutil.rmtree(morph_home / "cutouts" / pair_home.STORE)


@pytest.fixture
def second_release(morph_home, second_store):
    folder = pair_home.write_posteriors(morph_home, second_store)
    with database.cursor(morph_home) as con:
        loading.load_release(con, folder)
        yield pair_home.RELEASE
        loading.unload_release(con, pair_home.RELEASE, remember=False)
    shutil.rmtree(folder)


def at(dashboard, name, **query):
    page = opened(dashboard, PATH, {"release": "small-demo", "id": name} | query)
    assert not page.exception
    return page


def test_without_a_second_survey_the_button_says_why(morph_home, pictured, dashboard):
    page = at(dashboard, pictured["iauname"][2])
    button = page.button(key="no_pair")
    assert (button.label, button.disabled) == (TITLE, True)
    assert "No image of this galaxy in a second survey is loaded." in said(page)
    assert "open_pair" not in {button.key for button in page.button}


def test_an_example_is_offered_from_a_galaxy_without(second_store, pictured, dashboard):
    alone = pictured["iauname"][25]
    assert alone not in set(second_store["iauname"])
    page = at(dashboard, alone)
    assert page.button(key="no_pair").disabled
    page.button(key="open_pair").click().run()
    assert not page.exception
    path, query = sent(page)
    assert path == "galaxy" and query["release"] == ["small-demo"]
    (name,) = query["id"]
    assert name in set(second_store["iauname"])


def test_the_figure_has_both_images_and_both_posteriors(
    second_release, second_store, dashboard, offered
):
    name = second_store["iauname"].iloc[2]
    at(dashboard, name)
    figure = offered[f"pair_{name}"]
    (page,) = measured(figure.file("pdf")).pages
    assert page.width_mm == pytest.approx(88, abs=0.01)
    # The first has 64 pixels; the second, of the same scale, is cut to that field.
    assert [one.pixels for one in page.rasters] == [(64, 64), (64, 64)]
    assert page.times("BASS+MzLS (simulated)") == page.times("DECaLS (simulated)") == 1
    assert page.times("PSF FWHM: g 1.61″, r 1.47″, z 1.01″") == 1
    assert page.times("asinh with Q = 20, as in the Legacy Surveys viewer") == 1
    assert page.times(", small-demo") == page.times(", twice") == 1
    assert page.times("0.33") >= 3  # of each answer to Bar, with concentrations of 2
    for words in ("the same in both", "north up, east left", "simulated, not observed"):
        assert words in figure.caption
    for form in ("svg", "png"):
        assert len(figure.file(form)) > 10_000


def test_its_numbers_are_the_posteriors_of_both(
    second_release, second_store, dashboard, offered
):
    name = second_store["iauname"].iloc[2]
    at(dashboard, name)
    table = pd.read_csv(io.BytesIO(offered[f"pair_{name}"].file("csv")))
    assert table["posterior_of"].value_counts().to_dict() == {
        "small-demo": 4,
        "twice": 4,
    }
    twice = table[table["posterior_of"] == "twice"].set_index("answer")
    assert twice.loc["has-spiral-arms_yes", "fraction"] == pytest.approx(0.5)
    assert twice.loc["bar_weak", "fraction"] == pytest.approx(1 / 3)
    assert twice.loc["bar_weak", "low_90"] < 1 / 3 < twice.loc["bar_weak", "high_90"]
    assert set(table["release"]) == {"demo@7"}


def test_without_a_second_posterior_the_panel_says_so(second_store, dashboard, offered):
    name = second_store["iauname"].iloc[-1]
    at(dashboard, name)
    figure = offered[f"pair_{name}"]
    (page,) = measured(figure.file("pdf")).pages
    assert page.times("No loaded release classified") == 1
    assert "Fractions from DECaLS: not in a loaded release." in figure.caption


def test_stretch_bands_and_zoom_are_those_of_the_page(second_store, dashboard, offered):
    name = second_store["iauname"].iloc[2]
    at(dashboard, name, stretch=["Linear"], bands=["r"], zoom=["2"])
    figure = offered[f"pair_{name}"]
    assert "r band, proportional to flux" in figure.caption
    assert "8.4 arcsec wide" in figure.caption  # half of 64 pixels of 0.262 arcsec
    (page,) = measured(figure.file("pdf")).pages
    assert page.times("PSF FWHM: r 1.47″") == 1
    assert all(one.pixels == (32, 32) for one in page.rasters)


def test_fractions_of_a_table_of_the_survey_have_no_intervals(
    second_store, dashboard, offered
):
    """The release of fractions has no images, but is of this survey."""
    name = second_store["iauname"].iloc[2]
    at(dashboard, name)
    table = pd.read_csv(io.BytesIO(offered[f"pair_{name}"].file("csv")))
    rows = table[table["posterior_of"] == "fractions-only"]
    assert len(rows) == 4
    assert rows["fraction"].notna().all() and rows["low_90"].isna().all()
