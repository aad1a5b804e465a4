"""Explore: what is shown is what was counted, in the order that is said."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from morph.catalogue import release_table
from morph.selection.listing.order import KINDS
from pages.common.server import database
from tests.pages.opening import (
    component,
    counted,
    opened,
    said,
    sliders,
    toasts,
    told,
)

PATH = "explore/explore.py"
FEATURED = "smooth-or-featured_featured-or-disk_probability"


def demo_table(root) -> pd.DataFrame:
    with database.cursor(root) as con:
        return con.table(release_table.release(con, "small-demo").table).df()


def test_the_gallery_shows_the_likeliest_first(morph_home, dashboard):
    query = {"sort": ["Highest vote fraction"], "by": ["Merger"], "tiles": ["24"]}
    page = opened(dashboard, PATH, query)
    shown = component(page, "gallery")["tiles"]
    table = demo_table(morph_home)
    order = table.sort_values(
        ["merging_merger_probability", "iauname"], ascending=[False, True]
    )
    assert [tile["iauname"] for tile in shown] == list(order["iauname"].head(24))
    likeliest = order["merging_merger_probability"].iloc[0]
    assert shown[0]["caption"]["words"] == "Merger"
    assert shown[0]["caption"]["probability"] == pytest.approx(likeliest, abs=1e-6)
    assert "1–24 of 300, highest vote fraction of Merger first" in said(page)


@pytest.mark.parametrize("view", ["Gallery", "Table"])
@pytest.mark.parametrize("column", ["redshift", "mag_r", "radius_arcsec"])
@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_a_measured_column_sorts_gallery_and_table(
    morph_home, dashboard, view, column, end
):
    sort = KINDS[f"{end}_{column}"].title
    page = opened(dashboard, PATH, {"sort": [sort], "view": [view], "tiles": ["24"]})
    assert page.selectbox(key="sort").value == f"{end}_{column}"
    table = demo_table(morph_home).sort_values(
        [column, "iauname"], ascending=[end == "lowest", True]
    )
    if view == "Gallery":
        shown = [one["iauname"] for one in component(page, "gallery")["tiles"]]
    else:
        rows = page.dataframe[0].value
        shown = list(rows["iauname"])
        assert list(rows)[list(rows).index("dec") + 1] == column
    assert shown == list(table["iauname"].head(len(shown)))
    unknown = table[column].isna().sum()
    last = f"; {unknown} without this value come last"
    assert (last in said(page)) == (unknown > 0)


def test_the_chance_of_an_answer_sorts_and_is_a_column_of_the_table(
    morph_home, dashboard
):
    query = {"sort": ["Highest P(ρ > t)"], "by": ["Strong bar"], "sort_t": ["0.3"]}
    page = opened(dashboard, PATH, query | {"view": ["Table"]})
    table = page.dataframe[0].value.set_index("iauname")
    rows = demo_table(morph_home).set_index("iauname").loc[table.index]
    own = rows["bar_strong_concentration"].astype(float)
    rest = sum(rows[f"bar_{a}_concentration"].astype(float) for a in ("weak", "no"))
    chance = stats.beta.sf(0.3, own, rest)
    np.testing.assert_allclose(table["bar_strong_above_0.3"], chance, rtol=1e-6)
    assert (np.diff(chance) <= 1e-12).all()
    assert "highest P(Strong bar \\> 0.3) first" in said(page)


def texts_of(row: pd.Series) -> list[list[str]]:
    """What a tile of the query below shows under its caption, by hand."""
    redshift = row["redshift"]
    return [
        ["Half-light radius (arcsec)", f"{row['radius_arcsec']:.3f}"],
        ["Not edge-on", f"{row['disk-edge-on_no_probability']:.2f}"],
        ["Featured or disk", f"{row[FEATURED]:.2f}"],
        ["Redshift", "unknown" if pd.isna(redshift) else f"{redshift:.3f}"],
    ]


def test_a_tile_shows_what_is_limited_and_what_it_is_sorted_by(morph_home, dashboard):
    query = {
        "smooth-or-featured_featured-or-disk": ["0.3", "1"],
        "disk-edge-on_no": ["0.2", "1"],
        "bar_strong": ["0.01", "1"],
        "redshift": ["0.02", "0.4"],
        "redshift_missing": ["Include"],
        "rule": ["Ignore"],
        "sort": ["Largest half-light radius (arcsec)"],
    }
    page = opened(dashboard, PATH, query)
    shown = component(page, "gallery")["tiles"]
    table = demo_table(morph_home).set_index("iauname")
    assert len(shown) > 20
    for tile in shown:
        assert tile["caption"]["words"] == "Strong bar"
        assert tile["values"] == texts_of(table.loc[tile["iauname"]])
    sliders_of_page = {one["words"] for one in sliders(page).values()}
    names = {words for words, _ in shown[0]["values"]} | {"Strong bar"}
    assert names <= sliders_of_page


@pytest.mark.parametrize(
    ("sort", "by", "values"),
    [
        ("Random", None, []),
        ("Highest vote fraction", "Merger", []),  # in the caption
        ("Highest P(ρ > t)", "Merger", ["P(Merger > 0.5)"]),
        ("Most certain: lowest variance", "Merger", ["σ² Merger"]),
        ("Most certain: highest total concentration", "Merger", ["Σα Merging"]),
        ("Highest right ascension (deg)", None, ["Right ascension (deg)"]),
    ],
)
def test_a_tile_shows_the_value_that_it_is_sorted_by(
    morph_home, dashboard, sort, by, values
):
    query = {"sort": [sort]} | ({"by": [by]} if by else {})
    page = opened(dashboard, PATH, query)
    shown = component(page, "gallery")["tiles"]
    assert shown[0]["caption"]["words"] == (by or "Smooth")
    assert [[words for words, _ in tile["values"]] for tile in shown] == [values] * 48
    if values:
        numbers = [float(tile["values"][0][1]) for tile in shown]
        upwards = "owest" in sort
        assert numbers == sorted(numbers, reverse=not upwards)
        assert numbers[0] != numbers[-1]


def test_a_tile_shows_the_chance_that_is_limited(morph_home, dashboard):
    query = {"certain": ["tail bar_weak 0.35 0.1"], "rule": ["Ignore"]}
    shown = component(opened(dashboard, PATH, query), "gallery")["tiles"]
    rows = demo_table(morph_home).set_index("iauname")
    assert len(shown) > 5
    for tile in shown:
        row = rows.loc[tile["iauname"]]
        own = float(row["bar_weak_concentration"])
        rest = sum(float(row[f"bar_{a}_concentration"]) for a in ("strong", "no"))
        chance = stats.beta.sf(0.35, own, rest)
        assert tile["values"] == [["P(Weak bar > 0.35)", f"{chance:.3f}"]]
        assert chance >= 0.1


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        ("Brightest in r", "lowest_mag_r"),
        ("Largest radius", "highest_radius_arcsec"),
        ("brightest", "lowest_mag_r"),
        ("Highest probability", "highest"),
    ],
)
def test_an_earlier_link_sorts_as_before(morph_home, dashboard, earlier, now):
    page = opened(dashboard, PATH, {"sort": [earlier]})
    assert page.selectbox(key="sort").value == now


@pytest.mark.parametrize(
    "wrong",
    [
        {"sort": "Lowest image flag"},  # this release has no such column
        {"sort": "Highest P(ρ > t)", "sort_t": "7"},
        {"sort": "Highest P(ρ > t)", "sort_t": "abc"},
        {"sort": "Highest vote fraction", "by": "Ring"},
    ],
)
def test_a_wrong_order_is_named_and_ignored(morph_home, dashboard, wrong):
    page = opened(dashboard, PATH, wrong)
    assert not page.exception
    name = [*wrong][-1]
    assert [one.split("=")[0] for one in toasts(page)] == [name]
    assert len(component(page, "gallery")["tiles"]) == 48


def test_a_whisker_is_one_standard_deviation(morph_home, dashboard):
    query = {"sort": ["Highest vote fraction"], "by": ["Strong bar"]}
    tile = component(opened(dashboard, PATH, query), "gallery")["tiles"][0]
    row = demo_table(morph_home).set_index("iauname").loc[tile["iauname"]]
    sigma = np.sqrt(row["bar_strong_variance"])
    assert tile["caption"]["low"] == pytest.approx(
        row["bar_strong_probability"] - sigma, abs=1e-6
    )


def test_galaxies_without_a_picture_get_bars_instead(morph_home, dashboard):
    tiles = component(opened(dashboard, PATH), "gallery")["tiles"]
    without = [tile for tile in tiles if tile["picture"] is None]
    assert 0 < len(without) < len(tiles)
    assert all("/thumb/small-demo/J" in t["picture"] for t in tiles if t["picture"])
    for tile in tiles:
        shown = [bar["words"] for bar in tile["bars"]]
        assert (tile["caption"]["words"], shown) == (
            "Smooth",
            ["Featured or disk", "Artifact"],
        )


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ({"release": ["fractions-only"]}, ["No images: this release has no cutouts."]),
        ({}, []),
    ],
)
def test_a_gallery_without_any_picture_says_why(morph_home, dashboard, query, reasons):
    page = opened(dashboard, PATH, query)
    said = [c.value for c in page.caption if c.value.startswith("No images")]
    assert said == reasons


def test_bars_are_of_the_question_in_play_but_for_the_caption(morph_home, dashboard):
    query = {"sort": ["Highest vote fraction"], "by": ["Large bulge"], "tiles": ["24"]}
    table = demo_table(morph_home).set_index("iauname")
    others = ("dominant", "moderate", "small", "none")
    columns = {f"bulge-size_{one}_probability" for one in others}
    for tile in component(opened(dashboard, PATH, query), "gallery")["tiles"]:
        assert tile["caption"]["words"] == "Large bulge"
        bars = [bar["probability"] for bar in tile["bars"]]
        known = table.loc[tile["iauname"], [c for c in table if c in columns]]
        largest = known[known.rank(ascending=False) <= 3]  # in the tree's order
        assert bars == pytest.approx(list(largest), abs=1e-6)


def test_random_order_stays_put_until_shuffled(morph_home, dashboard):
    page = opened(dashboard, PATH)
    first = component(page, "gallery")["tiles"]
    assert component(page.run(), "gallery")["tiles"] == first
    page.button(key="shuffle").click().run()
    assert component(page, "gallery")["tiles"] != first
    assert "random order (seed 1)" in said(page)


def test_pages_turn_and_a_new_selection_begins_at_the_first(morph_home, dashboard):
    page = opened(dashboard, PATH, {"page": ["3"]})
    assert "97–144 of 300" in said(page)
    page.slider(key="smooth-or-featured_smooth").set_value((0.2, 1.0)).run()
    assert said(page).startswith("1–48 of ")


def test_keys_turn_the_pages_of_the_gallery(morph_home, dashboard):
    turning = component(opened(dashboard, PATH), "gallery")["turning"]
    assert turning == {"n": 1, "p": -1}


def test_a_page_beyond_the_last_shows_the_last(morph_home, dashboard):
    page = opened(dashboard, PATH, {"page": ["99"]})
    assert not page.exception
    assert "–300 of 300" in said(page) or "1–48 of 300" in said(page)


@pytest.mark.parametrize(("rows", "shown"), [(None, 50), ("100", 100), ("200", 200)])
def test_the_table_shows_names_as_text_and_as_many_rows_as_wanted(
    morph_home, dashboard, rows, shown
):
    query = {"view": ["Table"], "bar_no": ["0.01", "1"]}
    page = opened(dashboard, PATH, query | ({"rows": [rows]} if rows else {}))
    assert not page.exception
    (table,) = page.dataframe
    number = int(counted(page).split("*")[2])
    assert len(table.value) == min(number, shown)
    assert table.value["iauname"].str.fullmatch(r"J\d{6}\.\d\d[+-]\d{6}\.\d").all()
    assert {"bar_no_probability", "bar_no_variance", "bar_no_above_0.5"} <= set(
        table.value
    )


def test_the_table_shows_other_answers_on_demand(morph_home, dashboard):
    page = opened(dashboard, PATH, {"view": ["Table"]})
    page.multiselect(key="table_answers").set_value(["merging_merger"]).run()
    (table,) = page.dataframe
    assert list(table.value)[:4] == ["picture", "iauname", "ra", "dec"]
    shown = table.value.set_index("iauname")["merging_merger_probability"]
    kept = demo_table(morph_home).set_index("iauname").loc[shown.index]
    assert shown.to_numpy() == pytest.approx(kept["merging_merger_probability"])


def test_the_table_shows_numbers_as_they_are_stored(morph_home, dashboard):
    page = opened(dashboard, PATH, {"view": ["Table"], "bar_no": ["0.01", "1"]})
    table = page.dataframe[0].value.set_index("iauname")
    kept = demo_table(morph_home).set_index("iauname").loc[table.index]
    for name in ("ra", "dec", "mag_r", "redshift", "bar_no_probability"):
        np.testing.assert_array_equal(table[name], kept[name])
    assert table["bar_no_above_0.5"].dtype == np.float32


def test_the_table_of_a_release_of_fractions_has_no_uncertainty(morph_home, dashboard):
    query = {"view": ["Table"], "release": ["fractions-only"]}  # no pictures either
    page = opened(dashboard, PATH, query)
    assert not page.exception
    columns = list(page.dataframe[0].value)
    assert columns[0] == "iauname" and "picture" not in columns
    assert not [c for c in columns if "variance" in c or "above" in c]


def test_histograms_are_drawn_for_the_limited_question(morph_home, dashboard):
    query = {"view": ["Histograms"], "bar_strong": ["0.2", "1"]}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert page.pills(key="questions").value == ["bar"]


def test_an_empty_selection_names_the_filter_and_offers_a_way_out(
    morph_home, dashboard
):
    query = {"bar_strong": ["0.98", "1"], "bar_weak": ["0.02", "0.9"]}
    page = opened(dashboard, PATH, query)
    assert counted(page).startswith("**0** of")
    assert any("Strong bar between 0.98 and 1.00" in m.value for m in page.markdown)
    assert told(page, "whole").keys() == told(page, "chosen").keys() != set()
    offer = page.button(key="relax")
    promised = offer.label.rpartition(": ")[2].split()[0]
    page.button(key="relax").click().run()
    assert counted(page) == f"**{promised}** of 300 galaxies"
    assert page.slider(key="bar_weak").value == (0.02, 0.9)
    page.button(key="undo").click().run()
    assert counted(page).startswith("**0** of")


def test_measured_columns_limit_and_keep_the_unknown(morph_home, dashboard):
    page = opened(dashboard, PATH)
    lowest = page.slider(key="redshift").value[0]
    page.slider(key="redshift").set_value((lowest, 0.2)).run()
    redshift = demo_table(morph_home)["redshift"]
    near = (redshift <= 0.2).sum()
    assert counted(page) == f"**{near}** of 300 galaxies"
    page.segmented_control(key="redshift_missing").set_value("keep").run()
    assert counted(page) == f"**{near + redshift.isna().sum()}** of 300 galaxies"


def test_unfolded_sliders_have_histograms(morph_home, dashboard):
    page = opened(dashboard, PATH)
    whole, chosen = told(page, "whole"), told(page, "chosen")
    assert whole == chosen
    first, *_, before, last = whole
    assert (first, before, last) == ("smooth-or-featured_smooth", "ra", "dec")
    assert "bar_strong" not in whole
    assert sum(whole[first]) == len(demo_table(morph_home))


def test_a_slider_shows_the_galaxies_it_chooses_from(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.5", "1"]})
    chosen, table = told(page, "chosen"), demo_table(morph_home)
    reached = (table["smooth-or-featured_answer"] == 1) & (
        table["disk-edge-on_answer"] == 1
    )
    number = int(counted(page).split("*")[2])
    own = np.floor(25 * table.loc[reached, "bar_strong_probability"]).astype(int)
    # its own limit left out
    assert chosen["bar_strong"] == np.bincount(own, minlength=25).tolist()
    assert sum(chosen["bar_weak"]) == number
    assert sum(chosen["smooth-or-featured_smooth"]) == number


@pytest.mark.parametrize(
    ("release", "ends"), [("small-demo", True), ("fractions-only", False)]
)
def test_what_no_concentration_can_give_is_known(morph_home, dashboard, release, ends):
    page = opened(dashboard, PATH, {"release": release})
    assert (sliders(page)["bar_strong"]["reach"] is not None) == ends


def test_sliders_have_the_ends_of_the_address(morph_home, dashboard):
    query = {"bar_strong": ["0.5", "1"], "mag_r": ["15", "16.5"]}
    drawn = sliders(opened(dashboard, PATH, query))
    found = {name: (drawn[name]["low"], drawn[name]["high"]) for name in query}
    assert found == {"bar_strong": (0.5, 1.0), "mag_r": (15.0, 16.5)}
    assert drawn["mag_r"]["first"] <= 1500  # hundredths of a magnitude
