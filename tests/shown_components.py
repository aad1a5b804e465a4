"""The data of components as pages give them, before they are made short."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from pages.common.server.routes import drawn_data


def data(text: str) -> dict[str, Any]:
    """The data of a component, also what a browser would fetch."""
    drawn = json.loads(text)
    if "at" in drawn:
        return json.loads(fetched(drawn["at"]))
    return drawn


def fetched(address: str) -> bytes:
    """What a browser finds at an address of large data."""
    return gzip.decompress(drawn_data.kept(Path(address).name))


def news(drawn: Mapping[str, Any]) -> Mapping[str, Any]:
    """What sliders are told, as `slider_news.js` reads it."""
    if "news" in drawn:
        return drawn["news"]

    def numbers(text: str) -> list[int]:
        found = [int(one or 0) for one in text.split(",")]
        return found + [0] * (drawn["bins"] - len(found))

    counts = {slider: numbers(text) for slider, text in drawn["counts"].items()}
    return {drawn["name"]: counts}


def cells(drawn: Mapping[str, Any]) -> tuple[dict[str, Any], np.ndarray]:
    """The grid of cells, and their selected galaxies, as `cells.js` reads them."""
    grid = json.loads(fetched(drawn["grid"]))
    whole = np.array(grid["whole"], dtype=np.int64)
    data = np.frombuffer(fetched(drawn["counts"]), dtype=np.uint8)
    each = data.reshape(drawn["bytes"], -1).astype(np.int64)
    code = sum(one << (8 * place) for place, one in enumerate(each))
    known, of, total = whole[whole > 0], drawn["selected"], max(whole.sum(), 1)
    selected = np.zeros_like(whole)
    selected[whole > 0] = np.floor((2 * known * of + total) / (2 * total))
    selected[whole > 0] += np.where(code % 2, -(code + 1) // 2, code // 2)
    return grid, selected


def plane(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What a plane shows, with its points and lines."""
    own = drawn["points"] and {**drawn["points"], **points(drawn)}
    usual = {"dash": False, "fill": 0.0, "strong": False}  # is not sent
    every = {"lines": lines(drawn), "labels": drawn["labels"]}
    said = {name: [usual | one for one in parts] for name, parts in every.items()}
    return {**drawn, "points": own, **said}


def points(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The points of a plane as `positions.js` reads them, and what is known of them."""
    own, window = drawn["points"], drawn["window"]
    data = np.frombuffer(fetched(own["places"]), dtype=np.uint8).reshape(5, -1)
    data = data.astype(np.int64)
    x, y = np.cumsum(data[0] + 256 * data[1]), data[2] + 256 * data[3]
    found = {
        "x": window["left"] + x / 8191 * (window["right"] - window["left"]),
        "y": window["low"] + y / 8191 * (window["high"] - window["low"]),
        "kind": data[4],
    }
    about = json.loads(fetched(own["about"])) if own["about"] else {}
    if "value" in about:
        about["value"] = np.array(about["value"], dtype=float)
    return found | about


def lines(drawn: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of a plane with the vertices of the long ones."""
    window, every = drawn["window"], drawn["lines"]
    if drawn["vertices"] is None:
        return every
    number = sum(line.get("number", 0) for line in every)
    data = np.frombuffer(fetched(drawn["vertices"]), dtype=np.uint8)
    rows = data.reshape(-1, 2 * number).astype(np.int64)
    code = sum(one << (8 * place) for place, one in enumerate(rows))
    steps = np.where(code % 2, -(code + 1) // 2, code // 2).reshape(2, -1)
    start, found = 0, []
    for line in every:
        if "number" in line:
            own = steps[:, start : start + line["number"]]
            own = own.cumsum(axis=1).cumsum(axis=1) / 4095
            start += line["number"]
            x = window["left"] + own[0] * (window["right"] - window["left"])
            y = window["low"] + own[1] * (window["high"] - window["low"])
            line = line | {"x": x, "y": y}
        found.append(line)
    return found


def tiles(drawn: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tiles of a gallery."""
    texts = drawn["packed"]["texts"]

    def text(at: int | None, name: str) -> str | None:
        return None if at is None else texts[at].replace("\0", quote(name, safe=""))

    def bar(one: Sequence[Any]) -> dict[str, Any]:
        at, probability, low, high = (*one, None, None)[:4]
        ends = {"low": low, "high": high}
        return {"words": texts[at], "probability": probability, **ends}

    def named(values: Sequence[Any]) -> list[list[str]]:
        names = texts[values[0]].split("\n") if values else []
        return [list(pair) for pair in zip(names, values[1:], strict=True)]

    return [
        {
            "iauname": name,
            "place": place,
            "note": texts[note],
            "picture": text(picture, name),
            "link": text(link, name),
            "caption": caption and bar(caption),
            "bars": [bar(one) for one in bars],
            "values": named(values),
        }
        for (
            name,
            place,
            note,
            picture,
            link,
            caption,
            bars,
            *values,
        ) in drawn["packed"]["rows"]
    ]


def groups(
    drawn: Mapping[str, Any], news: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The groups of sliders with their values; ``news`` has all that they are told."""
    name = drawn["groups"]["name"]
    (about,) = (one[name] for one in news if name in one)
    assert about["version"] == drawn["groups"]["version"]

    def valued(one: Mapping[str, Any]) -> dict[str, Any]:
        ends = drawn["values"].get(one["parameter"], (one["low"], one["high"], False))
        return {**one, **dict(zip(("low", "high", "keep"), ends, strict=True))}

    return [
        {
            **group,
            "open": group["name"] in drawn["open"],
            "sliders": [valued(one) for one in group["sliders"]],
        }
        for group in about["groups"]
    ]
