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
from pages.common.server import database
from pages.common.server.routes import subset_route
from pages.common.server.routes.made_files import KeptFiles


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


def test_columns_and_their_names_are_chosen_in_the_address(client, barred):
    made, names = barred
    query = "columns=iauname,smooth-or-featured_smooth_probability&names=underscores"
    answer = client.get(f"/subset/{made.subset_id}.fits?{query}")
    table = Table.read(io.BytesIO(answer.content), format="fits")
    assert table.colnames == ["iauname", "smooth_or_featured_smooth_probability"]
    assert len(table) == len(names)
    wrong = client.get(f"/subset/{made.subset_id}.fits?names=latin")
    assert (wrong.status_code, "'latin'" in wrong.text) == (404, True)


@pytest.mark.parametrize("suffix", ["fits", "parquet", "csv", "csv.zip", "vot"])
def test_a_file_that_is_made_again_has_the_same_bytes(
    client, barred, suffix, monkeypatch
):
    """So that parts of it, which may be read at any time, fit together."""
    address = f"/subset/{barred[0].subset_id}.{suffix}?columns=everything"
    first = client.get(address)
    monkeypatch.setattr(subset_route, "_kept", KeptFiles())
    again = client.get(address)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    part = client.get(address, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, first.content[100:300])
    head = client.head(address)
    known = {n: v for n, v in head.headers.items() if n != "vary"}  # of middleware
    assert known == dict(first.headers) and head.content == b""


def test_a_file_is_made_once_for_all_its_parts(client, barred, monkeypatch):
    calls = []
    make = subset_route.file_of_address

    def counted(*given, **more):
        calls.append(given)
        return make(*given, **more)

    monkeypatch.setattr(subset_route, "file_of_address", counted)
    monkeypatch.setattr(subset_route, "_kept", KeptFiles())
    address = f"/subset/{barred[0].subset_id}.parquet"
    parts = [
        client.get(address, headers={"Range": f"bytes={at}-{at + 9}"})
        for at in range(0, 50, 10)
    ]
    assert len(calls) == 1
    whole = client.get(address).content
    assert b"".join(part.content for part in parts) == whole[:50]


def test_a_renamed_subset_has_another_file(client, barred, morph_home):
    address = f"/subset/{barred[0].subset_id}.parquet"
    before = client.get(address).headers["etag"]
    with database.cursor(morph_home) as con:
        saved.rename(con, barred[0].subset_id, "Barred galaxies")
    assert client.get(address).headers["etag"] != before


def test_columns_that_do_not_exist_are_refused(client, barred):
    answer = client.get(f"/subset/{barred[0].subset_id}.fits?columns=secret")
    assert answer.status_code == 404
    assert "secret" in answer.text
