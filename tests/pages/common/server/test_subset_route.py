"""A subset's address answers with its galaxies, and an unknown one with a sentence."""

import io

import pytest
from astropy.table import Table
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from morph.catalogue import release_table
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database, subset_route


@pytest.fixture
def client(morph_home):
    with TestClient(
        Starlette(routes=[Route(subset_route.ROUTE, subset_route.respond)])
    ) as client:
        yield client


@pytest.fixture
def barred(morph_home):
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "small-demo")
        selection = Selection(limits={"bar_strong": (0.5, 1)})
        made = saved.save_selection(con, release, selection, name="Barred")
        yield made, list(saved.members(con, made.subset_id))
        saved.delete(con, made.subset_id)


@pytest.mark.parametrize(("suffix", "kind"), [("fits", "fits"), ("vot", "votable")])
def test_the_file_has_the_subsets_galaxies(client, barred, suffix, kind):
    made, names = barred
    answer = client.get(f"/subset/{made.subset_id}.{suffix}")
    assert answer.status_code == 200
    assert made.subset_id in answer.headers["content-disposition"]
    table = Table.read(io.BytesIO(answer.content), format=kind)
    assert sorted(str(name) for name in table["iauname"]) == names


@pytest.mark.parametrize("name", ["zzzzz.fits", "x.exe", "..%2f..%2fetc", "a.fits"])
def test_an_unknown_file_is_named_not_found(client, name):
    answer = client.get(f"/subset/{name}")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_columns_that_do_not_exist_are_refused(client, barred):
    answer = client.get(f"/subset/{barred[0].subset_id}.fits?columns=secret")
    assert answer.status_code == 404
    assert "secret" in answer.text
