"""Published catalogues from TOML: those of morph, the user's, and bad ones."""

import pytest

from morph.errors import MorphError
from morph.published.catalogue_file import (
    catalogue_called,
    read_catalogue,
    read_catalogues,
)

MINE = """
title = "Mine"
record = 12
files = ["mine.csv"]
kind = "votes"
survey = "decals"
licence = "CC BY 4.0"
citation = "Me 2026"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "catalogues").mkdir()
    return tmp_path / "catalogues"


def test_those_of_morph_can_be_read(tmp_path):
    found = read_catalogues(tmp_path)
    assert found.problems == ()
    rows = {name: one.rows for name, one in found.by_name.items()}
    assert rows["gz-decals-auto"] == 313_789
    assert rows["gz-decals-volunteers-5"] == 253_286
    assert rows["gz-desi-friendly"] == rows["gz-desi-advanced"] == 8_689_370
    assert {one.record for one in found.by_name.values()} == {
        4573248,
        8360385,
        10579386,
        0,
    }
    assert found.by_name["bmz"].uncertain and found.by_name["gz2-hart16"].uncertain
    for one in found.by_name.values():
        assert one.title and one.citation and one.licence


def test_a_user_adds_one_and_replaces_one(tmp_path, folder):
    (folder / "mine.toml").write_text(MINE)
    (folder / "bmz.toml").write_text(MINE)
    assert catalogue_called(tmp_path, "mine").record == 12
    assert catalogue_called(tmp_path, "bmz").title == "Mine"
    with pytest.raises(MorphError, match=r"no published catalogue 'her'; expe.*mine"):
        catalogue_called(tmp_path, "her")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = ", "Invalid value"),
        (
            MINE.replace('"votes"', '"guesses"'),
            "kind is 'guesses'; expected one of: vot",
        ),
        (MINE.replace("record = 12", ""), "either record (a Zenodo record) or url"),
        (MINE.replace('files = ["mine.csv"]', ""), "files is missing"),
        (MINE.replace("record = 12", 'record = "12"'), "record is '12'"),
        (MINE + "colour = 3", "colour is not a setting"),
        (MINE + 'name = "x"', "the name is that of the file"),
        (
            MINE.replace("record = 12", 'url = "http://example.org/x.csv"'),
            "neither an https",
        ),
        (MINE + "x" * 100_000, "too large"),
    ],
)
def test_a_bad_file_is_named_in_a_sentence_and_stops_nothing(
    tmp_path, folder, text, says
):
    (folder / "bad.toml").write_text(text)
    (folder / "mine.toml").write_text(MINE)
    found = read_catalogues(tmp_path)
    assert "mine" in found.by_name and "bad" not in found.by_name
    (problem,) = found.problems
    assert problem.startswith("bad.toml in ") and says in problem
    assert problem.endswith("; correct or remove it")
    with pytest.raises(MorphError, match=r"bad\.toml"):
        catalogue_called(tmp_path, "bad")


def test_names_and_links_that_lead_elsewhere_are_refused(tmp_path, folder):
    (folder / "Bad Name.toml").write_text(MINE)
    (folder / "link.toml").symlink_to(folder / "Bad Name.toml")
    (folder / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    assert len(read_catalogues(tmp_path).problems) == 3


def test_a_catalogue_without_its_tree_can_be_listed(folder):
    (folder / "old.toml").write_text(MINE + 'tree = "gz1"')
    assert not read_catalogue(folder / "old.toml").has_tree
