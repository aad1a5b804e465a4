"""Galleries of releases without a store: pictures from the survey's service."""

import io
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from morph.catalogue import sync
from morph.posterior.dirichlet import expected_probability
from morph.release.folder import read_manifest
from morph.sky import iauname_from_position
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from pages.common.server.routes import survey_pictures, thumbnails
from tests.cutout_server import Behaviour, serving
from tests.fraction_releases import write_fractions
from tests.pages.conftest import answered

GALAXIES = 60
SURVEY = """name = "near"
title = "A near service"
credit = "Nobody, CC BY 4.0"
pixscale_arcsec = 0.262
[service]
url = "{url}"
layer = "near-south"
north_layer = "near-north"
north_from_dec = 32.375
"""


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def galaxies():
    dec = np.linspace(31, 34, GALAXIES)
    ra = np.full(GALAXIES, 200.0)
    names = iauname_from_position(ra, dec)
    table = pd.DataFrame({"iauname": names, "ra": ra, "dec": dec})
    table["radius_arcsec"] = np.linspace(1, 10, GALAXIES)
    table.loc[3, ["ra", "dec"]] = np.nan
    return table


@pytest.fixture
def home(empty_home, server, galaxies, monkeypatch):
    monkeypatch.setenv("MORPH_PICTURES", "on")
    (empty_home / "surveys").mkdir()
    (empty_home / "surveys" / "near.toml").write_text(SURVEY.format(url=server.url))
    alpha = answered(np.random.default_rng(0), GALAXIES, GZD5)
    fractions = expected_probability(alpha, GZD5)
    for name, origin in (("seen", "real"), ("made", "simulated")):
        about = {"origin": origin, "survey": "near", "title": "Fractions", "note": ""}
        write_fractions(empty_home, name, galaxies, fractions, **about)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    yield empty_home
    survey_pictures.close()


@pytest.fixture
def client(home):
    app = Starlette(routes=[Route(thumbnails.ROUTE, thumbnails.respond)])
    with TestClient(app) as opened:
        yield opened


def size_of(answer):
    return Image.open(io.BytesIO(answer.content)).size


def test_a_galaxy_without_a_store_gets_the_picture_of_its_survey(
    client, server, galaxies
):
    name = galaxies["iauname"][59]
    answer = client.get(f"/thumb/seen/{name}.jpg?w=256")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert size_of(answer) == (256, 256)
    (asked,) = server.log
    assert asked.place == (200.0, 34.0)
    assert asked.query["layer"] == "near-north"
    assert float(asked.query["pixscale"]) == pytest.approx(424 * 0.4 / 256, rel=1e-3)
    assert size_of(client.get(f"/thumb/seen/{name}.jpg?w=64")) == (64, 64)
    assert len(server.log) == 1  # the same picture, narrower
    assert size_of(client.get(f"/thumb/seen/{name}.jpg?w=512")) == (512, 512)
    client.get(f"/thumb/seen/{galaxies['iauname'][0]}.jpg")
    assert server.log[-1].query["layer"] == "near-south"


def test_48_tiles_come_within_10_seconds_of_a_slow_service(client, server, galaxies):
    server.behaviour = Behaviour(delay_s=0.5)
    names = galaxies["iauname"][4:52]
    started = time.monotonic()
    with ThreadPoolExecutor(48) as browser:
        paths = [f"/thumb/seen/{name}.jpg?w=256" for name in names]
        answers = list(browser.map(client.get, paths))
    assert time.monotonic() - started < 10
    assert {answer.status_code for answer in answers} == {200}
    assert server.most_at_once == 4
    assert len(server.log) == 48


@pytest.mark.parametrize(
    ("release", "row"), [("made", 0), ("seen", 3), ("absent", 0), ("seen", None)]
)
def test_nothing_is_requested_for_what_is_not_on_the_sky(
    client, server, galaxies, release, row
):
    """Simulated galaxies, one without a position, an unknown release or galaxy."""
    name = "J000000.00+000000.0" if row is None else galaxies["iauname"][row]
    answer = client.get(f"/thumb/{release}/{name}.jpg")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "image/svg+xml"
    assert server.log == []


def test_the_switch_turns_requests_off(client, server, galaxies, home, monkeypatch):
    manifest = read_manifest(home / "releases" / "seen")
    names = galaxies["iauname"][:5]
    assert thumbnails.shown(manifest, names) == set(names)
    monkeypatch.setenv("MORPH_PICTURES", "off")
    assert thumbnails.shown(manifest, names) == set()
    assert client.get(f"/thumb/seen/{names[0]}.jpg").status_code == 404
    assert server.log == []


def test_without_the_service_tiles_are_grey_and_soon_no_more_asked_for(
    client, server, galaxies, home
):
    server.shutdown()
    server.server_close()
    for name in galaxies["iauname"][4:10]:
        answer = client.get(f"/thumb/seen/{name}.jpg")
        assert (answer.status_code, answer.text[:4]) == (404, "<svg")
    manifest = read_manifest(home / "releases" / "seen")
    assert not survey_pictures.are_coming(manifest)
    assert thumbnails.shown(manifest, galaxies["iauname"]) == set()
