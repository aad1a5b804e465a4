"""The Data page: cards, sizes, a download from empty to loaded, and what is refused."""

import time

import pytest

from morph.home import home, run_folder
from morph.published import known_records
from morph.published.addresses import ZENODO
from morph.runs.lifecycle import read_run
from pages.common.server import database, who_may
from tests.browser.serving import free_port
from tests.data.published.conftest import automated, published, server  # noqa: F401
from tests.pages.opening import button, opened, said, toasts

NAME = "gz-decals-auto"
PATIENCE_S = 120.0


def cards(page) -> dict[str, str]:
    """The keys of all buttons of cards: what can be done with each catalogue."""
    keys = (one.key for one in page.button if one.key and "_" in one.key)
    found = (key.partition("_") for key in keys)
    doable = ("download", "cancel", "continue", "load", "explore")
    return {name: what for what, _, name in found if what in doable}


def press(page, what: str) -> None:
    page.button(key=f"{what}_{NAME}").click().run()
    assert not page.exception


def until(page, what: str, name: str = NAME) -> None:
    """Draw the page again until this can be done with the catalogue."""
    end = time.monotonic() + PATIENCE_S
    while cards(page).get(name) != what:
        assert time.monotonic() < end, (cards(page), said(page))
        time.sleep(0.1)
        database.load_new_releases(home())  # as the dashboard does all the time
        page.run()


def test_every_catalogue_has_a_card_and_says_what_is_not_known(empty_home, dashboard):
    page = opened(dashboard, "data/data.py")
    assert not page.exception
    assert set(cards(page).values()) == {"download"}
    text = " ".join(one.value for one in page.markdown)
    assert "313,789 galaxies · posteriors · DECaLS images" in text
    assert "8,689,370 galaxies" in text
    assert "Download: size unknown" in said(page)
    assert "10579386, was taken from third-party notes" in said(page)
    assert page.number_input(key="record_bmz").value == 10579386
    assert "Zenodo record 4573248" in said(page)
    assert "get zoo2MainSpecz.csv.gz from [its page](https://data.galaxyzoo" in said(
        page
    )
    command = "data load gz2_hart16.csv.gz --release gz2-hart16 --survey sdss"
    assert command in said(page)


def test_sizes_come_from_the_record(empty_home, dashboard, server, automated):  # noqa: F811
    page = opened(dashboard, "data/data.py")
    button(page, "Look up sizes").click().run()
    assert f"Download: {automated.stat().st_size / 1000:.0f} kB" in said(page)
    known = known_records.read_known(empty_home)
    assert known[NAME].bytes == automated.stat().st_size
    assert "has no file gz" in known["gz-decals-volunteers-5"].problem
    assert "(status 404)" in known["bmz"].problem


def test_without_a_network_sizes_stay_unknown(empty_home, dashboard, monkeypatch):
    monkeypatch.setenv(ZENODO, f"http://127.0.0.1:{free_port()}")
    page = opened(dashboard, "data/data.py")
    button(page, "Look up sizes").click().run()
    assert not page.exception
    assert (
        "could not be reached: it refused the connection, so the sizes of downloads are"
        in said(page)
    )
    assert known_records.read_known(empty_home) == {}


def test_from_empty_to_loaded(empty_home, dashboard, server, automated):  # noqa: F811
    server.bytes_per_s = 2_000
    page = opened(dashboard, "data/data.py")
    press(page, "download")
    assert "gz-decals-auto is being downloaded" in toasts(page)
    assert cards(page)[NAME] == "cancel"
    while not server.files_sent():
        time.sleep(0.05)
    press(page, "cancel")
    until(page, "continue")
    server.bytes_per_s = None
    press(page, "continue")
    until(page, "load")
    assert read_run(run_folder(empty_home, NAME)).state == "finished"
    press(page, "load")
    until(page, "explore")
    assert "12 galaxies" in " ".join(one.value for one in page.markdown)
    methods = opened(dashboard, "methods/methods.py")
    tables = "\n".join(one.value.to_string() for one in methods.table)
    assert "doi:10.5281/zenodo.4573248, version v1, MD5" in tables


def test_a_failed_download_says_why(empty_home, dashboard, server, automated):  # noqa: F811
    server.lies = True
    page = opened(dashboard, "data/data.py")
    press(page, "download")
    until(page, "continue")
    (warning,) = page.warning
    assert "does not match its checksum" in warning.value


def test_a_bad_file_is_named_and_an_unknown_tree_told(empty_home, dashboard):
    folder = empty_home / "catalogues"
    folder.mkdir()
    (folder / "bad.toml").write_text("title =")
    (folder / "other.toml").write_text(
        'title = "Other [x](https://evil.example)"\nkind = "votes"\ntree = "gz0"\n'
        'survey = "sdss"\nlicence = "x"\ncitation = "x"\nurl = "https://example.org/x"'
    )
    page = opened(dashboard, "data/data.py")
    (warning,) = page.warning
    assert warning.value.startswith("bad.toml in catalogues is not a published catalog")
    assert "other" not in cards(page)
    assert "It needs the decision tree gz0" in said(page)
    assert not any("[x](https" in one.value for one in page.markdown)


def test_visitors_change_nothing(empty_home, dashboard, monkeypatch):
    page = opened(dashboard, "data/data.py")
    monkeypatch.setattr(who_may, "why_not", lambda owner=None: "it is not yours")
    page.button(key=f"download_{NAME}").click().run()
    assert "It is not yours" in toasts(page)
    assert not (empty_home / "runs").exists()
    assert button(page, "Look up sizes").disabled
    assert all(one.disabled for one in page.button if one.label == "Download")


@pytest.mark.usefixtures("morph_home")
def test_the_page_is_drawn_beside_loaded_releases(dashboard):
    page = opened(dashboard, "data/data.py")
    assert not page.exception
    assert page.title[0].value == "Data"
