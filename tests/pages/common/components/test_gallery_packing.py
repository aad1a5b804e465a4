"""Tiles in their short form are the same tiles, and take a fifth of the room."""

import json
from dataclasses import asdict, replace
from urllib.parse import quote

import numpy as np

from pages.common.components.gallery.packing import Bar, Tile, packed
from tests import shown_components

CAPTION = Bar("Strong bar", 0.25, 0.125, 0.5)
BARS = (Bar("Weak bar", 0.5), Bar("No bar", 0.0))


def tile(
    name: str,
    *,
    picture: bool = True,
    values: tuple[tuple[str, str], ...] = (),
) -> Tile:
    address = quote(name, safe="")
    return Tile(
        name,
        f"/thumb/release/{address}.jpg?w=256" if picture else None,
        f"galaxy?release=release&id={address}&order=random%3A0",
        CAPTION if picture else None,
        BARS,
        "150.10000° +2.20000°",
        "reached 0.50",
        values,
    )


def test_tiles_are_unpacked_as_they_were():
    names = ["J112953.88-000427.4", "J080100.00+333000.0", "a name / of its own"]
    values = (("Smooth", "0.93"), ("Redshift", "unknown"))
    tiles = [*map(tile, names), tile("without", picture=False)]
    tiles += [tile("with", values=values), tile("with one", values=values[:1])]
    drawn = json.loads(json.dumps({"packed": packed(tiles)}))
    known = json.loads(json.dumps([asdict(one) for one in tiles]))
    assert shown_components.tiles(drawn) == known


def test_what_tiles_share_is_sent_once():
    tiles = [tile(f"J{number:06}.00+000000.0") for number in range(48)]
    short = json.dumps(packed(tiles))
    assert short.count("Strong bar") == short.count("/thumb/release/") == 1
    assert len(short) < len(json.dumps([asdict(one) for one in tiles])) / 4


def test_names_of_values_are_sent_once():
    values = (("Featured or disk", "0.93"), ("Half-light radius (arcsec)", "5.012"))
    tiles = [tile(f"J{number:06}.00+000000.0", values=values) for number in range(48)]
    short = json.dumps(packed(tiles))
    assert short.count("Featured or disk") == short.count("Half-light radius") == 1
    without = json.dumps(packed([replace(one, values=()) for one in tiles]))
    assert len(short) - len(without) < 48 * 30


def test_fractions_keep_seven_digits():
    one = Bar("Strong bar", np.float32(0.123456789))
    two = Tile("J1", None, "", one)
    (found,) = shown_components.tiles({"packed": packed([two])})
    assert found["caption"]["probability"] == 0.1234568
