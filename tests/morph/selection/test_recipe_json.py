"""A selection as JSON is exactly that selection again, and nothing else is one."""

import copy
import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morph.errors import MorphError
from morph.geometry.regions import Region
from morph.geometry.sky_regions import Cone, CoverageMap
from morph.posterior.measures import UNCERTAINTIES
from morph.selection.certainty.certainty import MOST_CONDITIONS, Spread, Surest, Tail
from morph.selection.recipe_json import from_json, to_json
from morph.selection.selection import InSubset, Limit, Rule, Selection
from morph.selection.url import Kept, digest, from_query, regions_id, to_query
from morph.subsets import url_ids
from morph.trees.decision_tree import GZD5
from tests.morph.drawing import MAP, regions
from tests.morph.sky_by_hand import cones, either_side, polygons

FRACTIONS = st.floats(0, 1)
LABELS = st.sampled_from(GZD5.labels)
PAIRS = st.tuples(FRACTIONS, FRACTIONS).map(lambda pair: tuple(sorted(pair)))
ANY = st.builds(
    Selection,
    limits=st.dictionaries(LABELS, PAIRS, max_size=3),
    rule=st.sampled_from(get_args(Rule)),
    asked=FRACTIONS,
    least_votes=st.integers(0, 40),
    certainty=st.lists(
        st.builds(Tail, LABELS, FRACTIONS, FRACTIONS)
        | st.builds(Spread, LABELS, st.floats(0, 0.5))
        | st.builds(
            Surest,
            st.sampled_from(sorted(UNCERTAINTIES)),
            LABELS,
            st.floats(0.5, 100),
            st.booleans(),
        ),
        max_size=MOST_CONDITIONS,
    ).map(tuple),
    physical=st.dictionaries(
        st.sampled_from(["ra", "mag_r", "redshift"]),
        st.builds(Limit, st.floats(-5, 5), st.floats(5, 50), st.booleans()),
        max_size=2,
    ),
    sky=st.none()
    | either_side(cones() | polygons())
    | st.builds(CoverageMap, st.just("abcdefgh27"), st.text(), outside=st.booleans()),
    regions=st.lists(regions(), max_size=3).map(tuple),
    subsets=st.lists(
        st.builds(
            InSubset, st.sampled_from(["k7f3a", "p2q8c"]), st.booleans(), st.text()
        ),
        max_size=2,
        unique_by=lambda subset: subset.subset_id,
    ).map(tuple),
)
FULL = Selection(
    limits={"bar_strong": (0.5, 1)},
    certainty=(Tail("bar_weak"),),
    physical={"mag_r": Limit(1, 2)},
    regions=(Region(MAP, ((0, 0), (1, 0), (0, 1))),),
    subsets=(InSubset("k7f3a", name="Mine"),),
)
TRIANGLE = FULL.regions


@settings(max_examples=300)
@given(ANY)
def test_json_gives_the_same_selection(selection):
    text = json.dumps(to_json(selection), allow_nan=False)
    again = from_json(json.loads(text))
    assert again == selection
    assert [s.name for s in again.subsets] == [s.name for s in selection.subsets]
    assert json.dumps(to_json(again), allow_nan=False) == text
    assert digest(again) == digest(selection)


@settings(max_examples=200)
@given(ANY)
def test_the_url_gives_the_same_selection_where_regions_are_kept(selection):
    store = {regions_id(selection.regions): selection.regions}
    kept = Kept(regions=store.__getitem__, subset_name=lambda found: f"<{found}>")
    found = from_query(to_query(selection), others=(), kept=kept)
    assert found.selection == selection
    assert found.notices == ()
    assert all(s.name == f"<{s.subset_id}>" for s in found.selection.subsets)


def test_a_recipe_made_before_votes_were_counted_is_the_same_recipe():
    """A number of votes that limits nothing is not written, and may be missing."""
    assert "least_votes" not in to_json(FULL)
    assert from_json(to_json(FULL)) == FULL
    voted = replace(FULL, least_votes=20)
    assert to_json(voted) == {**to_json(FULL), "least_votes": 20}
    assert from_json(to_json(voted)) == voted
    assert digest(voted) != digest(FULL)


def test_a_recipe_without_a_region_of_the_sky_is_as_before():
    assert "sky" not in to_json(FULL)
    within = replace(FULL, sky=Cone(10, 20, 0.5))
    assert to_json(within) == {**to_json(FULL), "sky": {"region": "CIRCLE 10 20 0.5"}}
    assert digest(within) != digest(FULL)
    mapped = {"region": "MOC abcdefgh27", "name": "hsc"}
    assert from_json({**to_json(FULL), "sky": mapped}).sky.name == "hsc"


def earlier(selection: Selection) -> dict[str, Any]:
    """A recipe as it was when a selection had one condition of certainty or none."""
    recipe = to_json(selection)
    conditions = recipe.pop("certainty")
    return {**recipe, "sureness": conditions[0] if conditions else None}


@pytest.mark.parametrize(
    "condition",
    [Tail("bar_weak", 0.3, 0.8), Surest("variance", "bar_no", 10, least=True), None],
)
def test_a_recipe_made_before_there_were_several_conditions_is_the_same(condition):
    certainty = (condition,) if condition else ()
    selection = replace(FULL, certainty=certainty)
    recipe = earlier(selection)
    assert "certainty" not in recipe
    assert from_json(recipe) == selection
    assert from_json(to_json(from_json(recipe))) == selection
    with pytest.raises(MorphError, match="has the fields"):
        from_json({name: part for name, part in recipe.items() if name != "sureness"})


@pytest.mark.parametrize("wrong", [{}, [], "tail", {"by": "variance"}])
def test_an_earlier_recipe_with_a_broken_condition_is_refused(wrong):
    with pytest.raises(MorphError, match="cannot be read"):
        from_json(earlier(FULL) | {"sureness": wrong})


@pytest.mark.parametrize("field", sorted(to_json(FULL)))
def test_a_recipe_without_a_field_is_refused(field):
    value = to_json(FULL)
    del value[field]
    with pytest.raises(MorphError, match="has the fields"):
        from_json(value)


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("format",), 2),
        (("tree",), "gz9"),
        (("limits",), [1]),
        (("limits", "bar_strong"), [0.5]),
        (("limits", "bar_strong"), [0.5, "1"]),
        (("limits", "bar_strong"), [0.5, True]),
        (("limits", "bar_strong"), None),
        (("rule",), "sideways"),
        (("rule",), ["largest"]),
        (("asked",), "0.5"),
        (("least_votes",), "20"),
        (("least_votes",), True),
        (("least_votes",), -1),
        (("least_votes",), 2.5),
        (("certainty",), {}),
        (("certainty",), None),
        (("certainty",), [{}]),
        (("certainty",), [None]),
        (("certainty",), [{"label": "bar_weak", "at_most": "0.1"}]),
        (("certainty",), [{"label": "bar_weak", "at_most": 0.6}]),
        (("certainty", 0, "threshold"), None),
        (("certainty", 0, "label"), "bar_gigantic"),
        (("certainty", 0, "label"), {"a": 1}),
        (("sureness",), None),
        (("physical", "mag_r"), {"low": 1}),
        (("physical", "mag_r", "keep_missing"), "no"),
        (("physical",), {"iauname": {"low": 1, "high": 2, "keep_missing": True}}),
        (("regions",), [{"corners": []}]),
        (("regions",), "here"),
        (("sky",), None),
        (("sky",), {"region": "BOX 1 2 3 4"}),
        (("sky",), {"region": 7}),
        (("sky",), {"region": "MOC abcdefgh27"}),
        (("subsets",), ["k7f3a"]),
        (("subsets",), [{"subset_id": "k7f3a'", "included": True, "name": ""}]),
        (("subsets",), [{"subset_id": 7, "included": True, "name": ""}]),
        (("subsets",), [{"subset_id": "k7f3a", "included": 1, "name": ""}]),
        (("subsets",), [{"subset_id": "k7f3a", "included": True, "evil": ""}]),
    ],
)
def test_a_recipe_that_was_tampered_with_is_refused_in_a_sentence(where, wrong):
    value = copy.deepcopy(to_json(FULL))
    part = value
    for step in where[:-1]:
        part = part[step]
    part[where[-1]] = wrong
    with pytest.raises(MorphError):
        from_json(value)


@pytest.mark.parametrize("nothing", [None, [], "x", 3, {}])
def test_what_is_no_recipe_is_refused(nothing):
    with pytest.raises(MorphError, match="has the fields"):
        from_json(nothing)


def test_regions_stand_in_a_url_by_an_id(shared_con, plain):
    con = shared_con
    query = to_query(FULL)
    assert query["in_subset"] == ["k7f3a"]
    assert query["regions"] == regions_id(TRIANGLE)
    assert len(query["regions"]) == 10

    unknown = from_query(query, plain, kept=url_ids.kept(con))
    assert unknown.selection.regions == ()
    assert unknown.selection.subsets == ()
    assert "there are no regions" in unknown.notices[0]
    assert "no subset 'k7f3a'" in unknown.notices[1]

    assert url_ids.keep_regions(con, TRIANGLE) == query["regions"]
    for drawn in (TRIANGLE, url_ids.kept_regions(con, query["regions"])):  # 0 or 0.0
        assert url_ids.keep_regions(con, drawn) == query["regions"]
    found = from_query({"regions": query["regions"]}, plain, kept=url_ids.kept(con))
    assert found.selection == Selection(regions=TRIANGLE)
    assert found.notices == ()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"regions": "abc"}, "by their id in a workspace"),
        ({"in_subset": "K7F3A"}, "not a subset id"),
        ({"not_in_subset": "x' OR 1=1"}, "not a subset id"),
        ({"in_subset": ["k7f3a", "k7f3a"]}, "given twice"),
        ({"in_subset": ["k7f3a"], "not_in_subset": ["k7f3a"]}, "given twice"),
    ],
)
def test_broken_ids_in_a_url_are_left_out_and_named(query, says):
    found = from_query({"bar_strong": ["0.5", "1"], **query}, others=())
    assert found.selection.limits == {"bar_strong": (0.5, 1)}
    assert len(found.notices) == 1
    assert says in found.notices[0]


def test_another_release_cannot_serve_the_regions_of_a_map(shared_con, passes):
    regions = url_ids.keep_regions(shared_con, TRIANGLE)
    found = from_query({"regions": regions}, passes, kept=url_ids.kept(shared_con))
    assert found.selection.regions == ()
    assert "drawn on the map of plain, which release" in found.notices[0]
