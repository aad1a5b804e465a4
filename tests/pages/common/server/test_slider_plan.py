"""The conditions that a browser counts with are those of the selection."""

from urllib.parse import parse_qs

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from morph.catalogue import release_table
from morph.selection.certainty.certainty import Spread, Surest, Tail
from morph.selection.conditions import steps
from morph.selection.in_memory import step_masks
from morph.selection.selection import Limit, Selection
from pages.common.server import database
from pages.common.server.routes import cells_route
from pages.common.server.slider_plan import plan

LIMITS = {"bar_strong": (0.2, 1.0), "merging_none": (0.1, 0.9)}


@pytest.fixture
def release(morph_home):
    with database.cursor(morph_home) as con:
        yield release_table.release(con, "small-demo")


def passing(release, mask) -> np.ndarray:
    """Which galaxies pass a condition by the bits that a browser gets."""
    client = TestClient(
        Starlette(routes=[Route(cells_route.ROUTE, cells_route.respond)])
    )
    address = cells_route.url(release).replace("{}", cells_route.STEP)
    bits = np.frombuffer(client.get(f"{address}&{mask['query']}").content, np.uint8)
    return np.unpackbits(bits, bitorder="little")[: release.galaxies] == 1


@pytest.mark.parametrize("rule", ["largest", "asked", "off"])
def test_the_conditions_are_those_of_the_server(morph_home, release, rule):
    certainty = (Tail("bar_weak", 0.5, 0.4), Spread("merging_none", 0.2))
    selection = Selection(LIMITS, rule=rule, certainty=certainty)
    found = plan(release, selection)
    ours = [found["masks"][place] for place in found["head"]] + found["certainty"]
    theirs = [one for one in steps(selection, release) if one.kind != "limit"]
    assert [one["short"].lower() for one in ours] == [s.short.lower() for s in theirs]
    with database.cursor(morph_home) as con:
        masks = step_masks.masks(con, release, theirs)
    for mask, expected in zip(ours, masks, strict=True):
        np.testing.assert_array_equal(passing(release, mask), expected)


def test_another_question_brings_its_conditions_and_takes_them_away(release):
    limits = {"bar_strong": (0.2, 1.0)}
    heads = plan(release, Selection(limits))
    words = [one["words"].lower() for one in heads["masks"]]
    with_round = [words[place] for place in heads["heads"]["how-rounded"]["with"]]
    both = steps(Selection(limits | {"how-rounded_round": (0.2, 1.0)}), release)
    assert with_round == [s.words.lower() for s in both if s.kind == "gate"]
    assert heads["heads"]["bar"]["without"] == []
    tail = plan(release, Selection(certainty=(Tail("bar_weak", 0.5, 0.4),)))
    assert tail["fixed"] == ["bar"]
    assert tail["heads"]["bar"]["without"] == tail["heads"]["bar"]["with"] != []


def test_a_condition_of_one_question_has_one_address(release):
    alone, both = (
        plan(release, Selection(limits))
        for limits in ({"bar_strong": (0.2, 1.0)}, LIMITS)
    )
    queries = {mask["words"]: mask["query"] for mask in alone["masks"]}
    for mask in both["masks"]:
        assert queries[mask["words"]] == mask["query"]
        assert "number" in parse_qs(mask["query"])


def test_the_browser_does_not_count_a_share_or_a_release_that_is_not_in_memory(
    release, monkeypatch
):
    share = Surest("variance", "bar_weak")
    for certainty in ((share,), (Tail("bar_no"), share)):
        assert plan(release, Selection(certainty=certainty)) is None
    assert plan(release, Selection(physical={"mag_r": Limit(14, 16)}))["total"] == 300
    monkeypatch.setenv("MORPH_COLUMNS_MB", "0")
    assert plan(release, Selection()) is None
