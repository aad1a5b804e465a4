"""Records as the server describes them, and the file that is meant."""

import json

import httpx
import pytest

from morph.errors import MorphError
from morph.published.addresses import ZENODO, open_client
from morph.published.attempts import Interrupted
from morph.published.zenodo_record import ask_record, chosen_file, read_record
from tests.browser.serving import free_port
from tests.morph.published.conftest import BYTES, RECORD

BASE = "https://zenodo.org"


@pytest.fixture
def described(server, source) -> dict:
    return json.loads(server.described(RECORD))


def test_a_record_is_asked_for(server, source, monkeypatch):
    monkeypatch.setenv(ZENODO, server.url)
    with open_client() as client:
        record = ask_record(client, RECORD)
        with pytest.raises(MorphError, match="is not found"):
            ask_record(client, 1)
    assert (record.doi, record.version) == (f"10.5281/zenodo.{RECORD}", "v1")
    assert record.licence == "cc-by-4.0"
    (file,) = record.files
    assert (file.name, file.size, file.md5) == (
        "table.parquet",
        BYTES,
        server.md5(source),
    )
    assert file.url.startswith(server.url)


def test_nobody_answers(monkeypatch):
    monkeypatch.setenv(ZENODO, f"http://127.0.0.1:{free_port()}")
    with (
        open_client() as client,
        pytest.raises(Interrupted, match="could not be reached"),
    ):
        ask_record(client, RECORD)


def test_files_of_a_mirror_come_from_the_mirror(described):
    record = read_record(described, "https://mirror.example")
    path = f"/api/records/{RECORD}/files/table.parquet/content"
    assert record.files[0].url == f"https://mirror.example{path}"


@pytest.mark.parametrize("name", ["../table.csv", "a/b.csv", ".hidden", "a\nb", "a\\b"])
def test_names_of_files_stay_in_their_folder(described, name):
    described["files"][0]["key"] = name
    with pytest.raises(MorphError, match="unexpected form"):
        read_record(described, BASE)


@pytest.mark.parametrize(
    "change",
    [
        {"files": None},
        {"files": []},
        {"files": [{"key": "a", "size": "12", "checksum": "md5:" + "0" * 32}]},
        {"files": [{"key": "a", "size": 12, "checksum": "sha1:0"}]},
        {"metadata": None},
        {"id": "many"},
    ],
)
def test_what_is_no_record_is_refused(described, change):
    with pytest.raises(MorphError):
        read_record(described | change, BASE)
    for value in (None, [], "text", 3):
        with pytest.raises(MorphError):
            read_record(value, BASE)


def test_the_first_pattern_with_a_file_names_it(described):
    one = described["files"][0]
    names = ("a_5.csv", "a_5.parquet", "b_1.csv", "b_2.csv")
    described["files"] = [one | {"key": name, "links": {}} for name in names]
    record = read_record(described, BASE)
    assert chosen_file(record, ["a*.parquet", "a*.csv"], "x").name == "a_5.parquet"
    assert chosen_file(record, ["c*", "a*.csv"], "x").name == "a_5.csv"
    with pytest.raises(MorphError, match=r"2 files b\*: b_1.csv, b_2.csv"):
        chosen_file(record, ["b*"], "x")
    with pytest.raises(MorphError, match=r"has no file c\*; it has a_5.csv, "):
        chosen_file(record, ["c*"], "x")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"[" * 200_000, Interrupted),
        (b'{"id": 1e400, "metadata": {}, "files": [1]}', MorphError),
    ],
)
def test_json_that_python_cannot_hold_is_no_record(body, error):
    answering = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with httpx.Client(transport=answering) as client, pytest.raises(error):
        ask_record(client, RECORD)
