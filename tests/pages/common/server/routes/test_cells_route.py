"""Columns and masks for the sliders: right, kept for ever, and refused in words."""

import numpy as np
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from morph.catalogue import release_table
from morph.catalogue.release_table import LoadedRelease
from morph.selection.in_memory import slider_codes
from pages.common.server import database
from pages.common.server.routes import cells_route

LABEL = "bar_strong"


@pytest.fixture
def client(morph_home) -> TestClient:
    route = Route(cells_route.ROUTE, cells_route.respond)
    return TestClient(Starlette(routes=[route]))


@pytest.fixture
def table(morph_home) -> pd.DataFrame:
    with database.cursor(morph_home) as con:
        return con.table(release_table.release(con, "small-demo").table).df()


@pytest.fixture
def release(morph_home) -> LoadedRelease:
    with database.cursor(morph_home) as con:
        return release_table.release(con, "small-demo")


def test_codes_are_the_columns_of_the_release(client, release, table):
    answer = client.get(cells_route.url(release).replace("{}", LABEL))
    codes = np.frombuffer(answer.content, np.uint8)
    positions = slider_codes.of_answer(LABEL)
    values = table[f"{LABEL}_probability"].to_numpy()
    np.testing.assert_array_equal(codes, slider_codes.coded(values, positions))
    assert "immutable" in answer.headers["cache-control"]


def test_unknown_values_of_a_measured_column_are_outside(client, release, table):
    answer = client.get(cells_route.url(release).replace("{}", "redshift"))
    codes = np.frombuffer(answer.content, "<u2")
    np.testing.assert_array_equal(codes == 65535, table["redshift"].isna())


def test_a_step_is_a_bit_for_each_galaxy(client, release, table):
    address = cells_route.url(release).replace("{}", cells_route.STEP)
    for number, question in enumerate(("smooth-or-featured", "disk-edge-on")):
        sent = client.get(f"{address}&{LABEL}=0&{LABEL}=0.5&number={number}").content
        bits = np.unpackbits(np.frombuffer(sent, np.uint8), bitorder="little")
        assert len(bits) - len(table) < 8
        expected = table[f"{question}_answer"] == 1
        np.testing.assert_array_equal(bits[: len(table)] == 1, expected)


@pytest.mark.parametrize(
    "path",
    [
        "gone/bar_strong?v={}",
        "small-demo/nothing?v={}",
        "small-demo/iauname?v={}",
        "small-demo/..%2Fmanifest.json?v={}",
        "small-demo/bar_strong?v=000000000000",
        "small-demo/bar_strong",
        "small-demo/step?v={}&bar_strong=0&bar_strong=0.5&number=9",
        "small-demo/step?v={}&bar_strong=0&bar_strong=0.5&number=-1",
        "small-demo/step?v={}&in_subset=nothing&number=0",
        "small-demo/step?v={}&unknown=1&number=0",
    ],
)
def test_what_is_not_there_is_refused(client, release, path):
    version = release.key.rpartition("@")[2]
    answer = client.get(f"/cells/{path.format(version)}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")
