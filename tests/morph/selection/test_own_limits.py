"""Limits on columns of lists and orders by them, against pandas on the list itself."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from morph.analysis import map_colours
from morph.analysis.fractions import Fraction, fraction_along
from morph.catalogue.arrays import names as all_names
from morph.catalogue.in_memory import kept_arrays
from morph.catalogue.own_columns.own_table import FIXED, NewColumn, OwnTable
from morph.errors import MorphError
from morph.selection.conditions import describe
from morph.selection.funnel import count, funnel, lost
from morph.selection.listing.beside_in_order import neighbours
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.listing.selected_rows import names
from morph.selection.own_limits.own_limit import OwnLimit, from_text, to_text
from morph.selection.recipe_json import from_json, to_json
from morph.selection.relaxation import relaxation
from morph.selection.selection import Limit, Selection
from morph.selection.url import digest, from_query, to_query
from morph.subsets import saved, url_ids

CLASSES = ["Sa", "Sb", "S'b\"", None]


@pytest.fixture(scope="module")
def listed(con, plain) -> pd.DataFrame:
    """200 galaxies of a list with three columns, by name; ``ref`` begins their refs."""
    rng = np.random.default_rng(5)
    known = pd.Series(all_names(con, plain)).sample(200, random_state=2)
    table = pd.DataFrame(
        {
            "mass": np.where(rng.random(200) < 0.1, np.nan, rng.normal(10, 1, 200)),
            "class": rng.choice(np.array(CLASSES, object), 200),
            "agn": rng.choice(np.array([True, False, None], object), 200),
        },
        index=pd.Index(known, name="iauname"),
    )
    fixed = {name: pa.nulls(200) for name in FIXED}
    fixed |= {"_row": np.arange(1, 201), "_iauname": known.to_numpy(object)}
    fixed |= {"_used": np.ones(200, bool)}
    own = [pa.array(table["mass"], from_pandas=True)]
    own += [
        pa.array(table[name], kind)
        for name, kind in (("class", pa.string()), ("agn", pa.bool_()))
    ]
    columns = (
        NewColumn("log M*", "number", "dex"),
        NewColumn("class", "text"),
        NewColumn("agn", "truth"),
    )
    rows = pa.table([*fixed.values(), *own], names=[*FIXED, "a", "b", "c"])
    subset = saved.save_names(
        con,
        plain,
        list(known),
        kind="list",
        name="my list",
        own=OwnTable(columns, rows),
    )
    table.attrs["ref"] = subset.subset_id
    return table


@pytest.fixture(params=["in memory", "scanned"])
def anywhere(request, monkeypatch):
    """Whether the release fits into memory or not."""
    if request.param == "scanned":
        monkeypatch.setenv(kept_arrays.SPACE, "0")


def expected(listed, con, plain, inside, missing, keep):
    everyone = set(all_names(con, plain))
    chosen = set(listed.index[inside])
    return chosen | (everyone - set(listed.index[~missing])) if keep else chosen


@pytest.mark.parametrize("keep", [False, True])
def test_limits_select_as_pandas_does(con, plain, listed, anywhere, keep):
    ref = listed.attrs["ref"]
    cases = [
        (
            OwnLimit(f"{ref}.log_m", (9.5, 10.75), keep_missing=keep),
            listed["mass"].between(9.5, 10.75),
            listed["mass"].isna(),
        ),
        (
            OwnLimit(f"{ref}.class", values=("Sb", "S'b\""), keep_missing=keep),
            listed["class"].isin(["Sb", "S'b\""]),
            listed["class"].isna(),
        ),
        (
            OwnLimit(f"{ref}.agn", values=(True,), keep_missing=keep),
            listed["agn"] == True,  # noqa: E712
            listed["agn"].isna(),
        ),
    ]
    for limit, inside, missing in cases:
        selection = Selection(own=(limit,))
        wanted = expected(listed, con, plain, inside, missing, keep)
        assert set(names(con, plain, selection)) == wanted
        assert count(con, plain, selection) == len(wanted)
        assert 0 < len(wanted) < plain.galaxies


def test_a_limit_goes_with_all_else(con, plain, listed, by_hand):
    ref = listed.attrs["ref"]
    own = (OwnLimit(f"{ref}.log_m", (9.5, 11)), OwnLimit(f"{ref}.agn", values=(False,)))
    selection = Selection(
        {"smooth-or-featured_smooth": (0.2, 1)},
        "off",
        physical={"mag_r": Limit(0, 17)},
        own=own,
    )
    without = set(
        names(
            con, plain, Selection(selection.limits, "off", physical=selection.physical)
        )
    )
    mine = listed["mass"].between(9.5, 11) & (listed["agn"] == False)  # noqa: E712
    assert set(names(con, plain, selection)) == without & set(listed.index[mine])
    found = funnel(con, plain, selection)
    assert [row.step.kind for row in found.rows] == ["limit", "physical", "own", "own"]
    assert set(lost(con, plain, selection, 2)["iauname"]) <= without
    assert selection.without(own[0].ref).own == own[1:2]


def test_a_limit_says_itself_and_survives_links_and_recipes(con, plain, listed):
    ref = listed.attrs["ref"]
    query = {"own": [f"{ref}.log_m [9.5, 11, null]", f'{ref}.class ["Sb", "Sa"]']}
    recipe = from_query(query, plain, others=(), kept=url_ids.kept(con))
    assert not recipe.notices
    assert describe(recipe.selection, plain) == (
        "“class” of “my list” is “Sa” or “Sb”; "
        "“log M*” of “my list” between 9.5 and 11, or unknown"
    )
    again = from_query(to_query(recipe.selection), plain).selection
    assert again == recipe.selection
    assert from_json(to_json(recipe.selection)) == recipe.selection
    assert from_json(to_json(recipe.selection)).own[0].name == "class"
    assert digest(again) == digest(recipe.selection) != digest(Selection())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a2aaa.mass [1, 2]", "no column 'mass' of a list a2aaa in this workspace"),
        ("{ref}.mass [1, 2]", "no column 'mass'"),
        ("{ref}.log_m", "cannot be read"),
        ("{ref}.log_m [1]", "1 numbers; expected two"),
        ("{ref}.log_m [2, 1]", "the lower one first"),
        ("{ref}.log_m [1, Infinity]", "cannot be read"),
        ("{ref}.log_m [1, 1e999]", "the lower one first"),
        ('{ref}.log_m ["a"]', "holds numbers"),
        ("{ref}.class [1, 2]", "holds texts"),
        ("{ref}.class [true]", "holds texts"),
        ("{ref}.agn ['x']", "cannot be read"),
        ('{ref}.agn ["x"]', "holds true or false"),
        ("{ref}.agn []", "has no values"),
        ("{ref}.agn {{}}", "no list of values"),
        ("{ref}.agn [[1]]", "several kinds"),
        ('{ref}.log_m" OR 1=1 -- [1, 2]', "cannot be read"),
        ("[[[[", "cannot be read"),
    ],
)
def test_what_a_link_cannot_mean_is_ignored_in_words(con, plain, listed, text, says):
    text = text.format(ref=listed.attrs["ref"])
    recipe = from_query({"own": text}, plain, others=(), kept=url_ids.kept(con))
    assert recipe.selection == Selection()
    (notice,) = recipe.notices
    assert notice.startswith("own=") and says in notice


def test_a_column_is_limited_once(listed):
    limit = OwnLimit(f"{listed.attrs['ref']}.log_m", (1, 2))
    with pytest.raises(MorphError, match="twice"):
        Selection(own=(limit, OwnLimit(limit.ref, (1, 3))))


def test_a_recipe_with_a_column_that_is_gone_is_refused_in_words(con, plain):
    selection = Selection(own=(OwnLimit("a2aaa.mass", (1, 2)),))
    with pytest.raises(MorphError, match="no column 'mass'"):
        count(con, plain, selection)


@pytest.mark.parametrize(
    "limit",
    [
        OwnLimit("k7f3a.x", (0.1, 1 / 3)),
        OwnLimit("k7f3a.x", (-1e300, 5.0), keep_missing=True),
        OwnLimit("k7f3a.x", values=("a, b", 'say "x"', "ü")),
        OwnLimit("k7f3a.x", values=(True, False)),
        OwnLimit("k7f3a.x", keep_missing=True),
    ],
)
def test_a_limit_is_the_same_from_its_text(limit):
    assert from_text(to_text(limit)) == limit


def test_a_limit_that_empties_the_selection_can_be_dropped(con, plain, listed):
    far = OwnLimit(f"{listed.attrs['ref']}.log_m", (100, 101))
    found = relaxation(con, plain, Selection(own=(far,)))
    assert found.step.parameter == far.ref


@pytest.mark.parametrize(("column", "key"), [("mass", "log_m"), ("class", "class")])
@pytest.mark.parametrize("kind", ["own_highest", "own_lowest"])
def test_the_order_is_that_of_the_list(con, plain, listed, anywhere, column, key, kind):
    order = Order(kind, own=f"{listed.attrs['ref']}.{key}", own_name="x")
    values = listed[column].reindex(all_names(con, plain)).rename("value")
    frame = values.reset_index().sort_values("iauname", kind="stable")
    wanted = frame.sort_values(
        "value", ascending=kind == "own_lowest", kind="stable", na_position="last"
    )["iauname"].tolist()
    found = page(con, plain, Selection(), order=order, limit=3000, columns=[order.own])
    assert found["iauname"].tolist() == wanted
    shown = found.set_index("iauname")[order.own]
    assert shown.dropna().to_dict() == listed[column].dropna().to_dict()
    for place in (0, 50, 199, 2500, 2999):
        near = neighbours(con, plain, Selection(), wanted[place], order=order)
        assert near.rank == place + 1 and near.total == 3000
        assert near.previous == (wanted[place - 1] if place else None)
        assert near.next == (wanted[place + 1] if place < 2999 else None)
    assert order.words(plain) == f"{kind.removeprefix('own_')} x first"


def test_the_map_has_the_values_and_the_rest_is_unknown(con, plain, listed):
    ref, everyone = listed.attrs["ref"], all_names(con, plain)
    colours = map_colours.by_own(con, plain, f"{ref}.log_m")
    np.testing.assert_array_equal(colours.values, listed["mass"].reindex(everyone))
    assert colours.title == "log M* (dex)"
    classes = map_colours.by_own(con, plain, f"{ref}.class")
    words = np.array(classes.words)[classes.of]
    wanted = listed["class"].reindex(everyone).fillna("unknown")
    assert words.tolist() == wanted.tolist()


def test_rare_values_share_a_colour(con, plain, listed, monkeypatch):
    monkeypatch.setattr(map_colours, "_MOST_CLASSES", 1)
    colours = map_colours.by_own(con, plain, f"{listed.attrs['ref']}.class")
    counts = dict(zip(colours.words, np.bincount(colours.of), strict=True))
    known = listed["class"].value_counts()
    first = known.index[0]
    assert counts[first] == known[first]
    assert counts["other values"] == known.sum() - known[first]
    assert counts["unknown"] == plain.galaxies - known.sum()


def test_a_fraction_along_a_column_counts_its_galaxies(con, plain, listed):
    ref = f"{listed.attrs['ref']}.log_m"
    fraction = Fraction("smooth-or-featured_smooth")
    along = fraction_along(con, plain, Selection(), fraction, ref, bins=5)
    assert (along.selected, along.known) == (3000, listed["mass"].notna().sum())
    low, high = along.counted["low"], along.counted["high"]
    for number, (a, b) in enumerate(zip(low, high, strict=True)):
        inside = (listed["mass"] >= a) & (listed["mass"] < b)
        inside |= (listed["mass"] == b) & (number == 4)
        assert along.summed["galaxies"][number] == inside.sum()
