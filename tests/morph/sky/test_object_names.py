"""Names of well-known objects; positions are in test_typed_position.py."""

import pytest

from morph.sky import object_names
from morph.sky.typed_position import is_object_name, known_object, parse_position


@pytest.mark.parametrize(
    "text",
    [
        "NGC 4258",
        "ngc4258",
        "NGC_04258",
        "“IC 10”",
        "Name: NGC 4258",
        "NGC 4038A",
        "IC 80 NED 1",
        "ESO 056-115",
        "ESO056-G115",
        "MCG -01-24-003",
        "MCG+05-40-011",
        "Messier 51",
        "PGC 9999999",
    ],
)
def test_names_of_objects_are_told_by_their_form(text):
    assert is_object_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "M51",
        "N4258",
        "Whirlpool",
        "NGC",
        "NGC 4258 12.5",
        "NGC 4258,1",
        "",
        "NGC 123456789",
    ],
)
def test_labels_and_cells_of_more_are_no_names_of_that_form(text):
    assert not is_object_name(text)


@pytest.mark.parametrize(
    "text",
    ["NGC 4258", "Messier51", "Bode’s Galaxy", "Virgo A", "ESO056-115", "UGC 8493"],
)
def test_a_known_object_is_where_the_search_field_finds_it(text):
    pytest.importorskip("pyongc")
    found, place = known_object(text), parse_position(text)
    assert (found.ra, found.dec) == (place.ra, place.dec)
    assert found.words in place.understood


def test_numbers_of_no_object_are_not_looked_up(monkeypatch):
    ongc = pytest.importorskip("pyongc.ongc")
    looked_up = []
    monkeypatch.setattr(ongc, "get", looked_up.append)
    object_names.known.cache_clear()
    for number in range(900_000, 900_100):
        assert object_names.known(f"PGC {number}") is None
    assert looked_up == []
    object_names.known("NGC 4258")
    assert looked_up == ["ngc4258"]
    object_names.known.cache_clear()
