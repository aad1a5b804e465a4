"""Orders of galaxies, against pandas on the same rows, and in words."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from morph.catalogue.release_table import TAIL_THRESHOLDS
from morph.errors import MorphError
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.listing.order import (
    EARLIER_KINDS,
    KINDS,
    Order,
    orders,
    thresholds,
)
from morph.selection.listing.ordering import page, without_value
from morph.selection.selection import Limit, Selection

FEW = Selection({"bar_strong": (0.2, 1.0)})


def table_of(con, release) -> pd.DataFrame:
    return con.execute(f"SELECT * FROM {release.table}").df()


def in_order(con, release, order, selection=FEW) -> list[str]:
    found = page(con, release, selection, order=order, limit=release.galaxies)
    return found["iauname"].tolist()


@pytest.mark.parametrize("name", ["plain", "passes", "fractions"])
@pytest.mark.parametrize("column", ["ra", "dec", "mag_r", "radius_arcsec", "redshift"])
@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_a_measured_column_sorts_both_ways(con, request, name, column, end):
    release = request.getfixturevalue(name)
    table = table_of(con, release).sort_values(
        [column, "iauname"], ascending=[end == "lowest", True], na_position="last"
    )
    everyone = Selection()
    order = Order(f"{end}_{column}")
    assert in_order(con, release, order, everyone) == table["iauname"].tolist()
    unknown = without_value(con, release, everyone, order)
    assert unknown == table[column].isna().sum()
    assert (unknown > 0) == (column == "redshift")
    assert table[column].tail(unknown).isna().all()


@pytest.mark.parametrize("end", ["lowest", "highest"])
@pytest.mark.parametrize("threshold", [0.05, 0.5, 0.35])
def test_the_chance_of_an_answer_sorts_both_ways(con, plain, end, threshold):
    order = Order(f"{end}_tail", "bar_weak", threshold=threshold)
    names = in_order(con, plain, order)
    table = table_of(con, plain).set_index("iauname").loc[names]
    own = table["bar_weak_concentration"].astype(float)
    rest = sum(table[f"bar_{a}_concentration"].astype(float) for a in ("strong", "no"))
    chance = stats.beta.sf(threshold, own, rest)
    steps = np.diff(chance if end == "lowest" else -chance)
    assert len(names) > 48
    assert (steps >= -1e-12).all()
    assert 0 < chance[0] != chance[-1]


def test_of_several_passes_the_chances_sort_that_are_stored(con, passes):
    table = table_of(con, passes)
    for number, threshold in enumerate(TAIL_THRESHOLDS):
        order = Order("highest_tail", "merging_none", threshold=threshold)
        chance = table["merging_none_tail"].map(lambda tails, n=number: tails[n])
        expected = table.assign(chance=chance).sort_values(
            ["chance", "iauname"], ascending=[False, True]
        )
        found = in_order(con, passes, order, Selection())
        assert found == expected["iauname"].tolist()
    assert thresholds(passes) == TAIL_THRESHOLDS
    with pytest.raises(MorphError, match=r"choose t from 0\.1, 0\.2"):
        Order("highest_tail", "merging_none", threshold=0.35).sql(passes)


def test_equal_values_are_in_the_order_of_the_names(con, plain):
    """Of image flags nearly all are equal; here of a magnitude rounded to 1 mag."""
    cursor = con.cursor()
    cursor.begin()
    cursor.execute(f"UPDATE {plain.table} SET radius_arcsec = floor(mag_r)")
    try:
        table = table_of(cursor, plain)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MORPH_COLUMNS_MB", "0")  # nothing is kept of this table
            for end in ("lowest", "highest"):
                expected = table.sort_values(
                    ["radius_arcsec", "iauname"], ascending=[end == "lowest", True]
                )
                order = Order(f"{end}_radius_arcsec")
                found = in_order(cursor, plain, order, Selection())
                assert found == expected["iauname"].tolist()
    finally:
        cursor.rollback()


def test_only_galaxies_of_the_selection_are_counted_as_without_a_value(con, plain):
    kept = Selection(physical={"redshift": Limit(0.0, 0.1, keep_missing=True)})
    table = table_of(con, plain)
    order = Order("lowest_redshift")
    unknown = table["redshift"].isna().sum()
    assert without_value(con, plain, kept, order) == unknown > 0
    bright = Selection(physical={"mag_r": Limit(0.0, 16.0)})
    among = table["redshift"].isna() & table["mag_r"].le(16)
    assert without_value(con, plain, bright, order) == among.sum()
    assert 0 < among.sum() < unknown
    for other in (Order("random"), Order("iauname"), Order("highest", "bar_no")):
        assert without_value(con, plain, Selection(), other) == 0


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (Order("lowest_mag_r"), "brightest r-band magnitude first"),
        (Order("highest_mag_r"), "faintest r-band magnitude first"),
        (Order("highest_radius_arcsec"), "largest half-light radius first"),
        (Order("lowest_redshift"), "lowest redshift first"),
        (Order("highest_dec"), "highest declination first"),
        (Order("highest", "bar_no"), "highest vote fraction of No bar first"),
        (
            Order("highest_tail", "bar_strong", threshold=0.7),
            "highest P(Strong bar > 0.7) first",
        ),
        (Order("iauname"), "by name"),
        (Order("random", seed=3), "random order (seed 3)"),
        (Order("own_lowest", own="k7f3a.mass", own_name="mass"), "lowest mass first"),
    ],
    ids=lambda value: value.kind if isinstance(value, Order) else "",
)
def test_an_order_in_words(plain, order, words):
    assert order.words(plain) == words


def test_every_measured_column_can_be_sorted_by_both_ways_with_its_unit():
    titles = {code: kind.title for code, kind in KINDS.items()}
    assert len(set(titles.values())) == len(titles)
    for name, one in MEASURED.items():
        for end in ("lowest", "highest"):
            title = titles[f"{end}_{name}"]
            assert one.words in title
            assert (f"({one.unit})" in title) == bool(one.unit)
    assert titles["lowest_mag_g"] == "Brightest g-band magnitude (mag)"
    assert titles["lowest_radius_arcsec"] == "Smallest half-light radius (arcsec)"


def test_kinds_of_one_value_are_beside_each_other():
    names = [kind.name for kind in KINDS.values() if kind.of == "measured"]
    assert names == [name for name in MEASURED for _ in range(2)]
    kinds = [kind.of for kind in KINDS.values()]
    assert kinds == sorted(kinds, key=kinds.index)


def test_kinds_of_earlier_links_are_kinds_now(plain):
    assert {*EARLIER_KINDS.values()} <= {*orders(plain)}
    assert not {*EARLIER_KINDS} & {*KINDS}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "shiniest"}, "order is 'shiniest'"),
        ({"kind": "highest_tail"}, "needs an answer"),
        ({"kind": "own_lowest", "own": "x'; --"}, "needs a column of a list"),
        ({"kind": "lowest_tail", "label": "bar_no", "threshold": 1.5}, r"t of P\(ρ"),
        (
            {"kind": "lowest_tail", "label": "bar_no", "threshold": float("nan")},
            r"t of P\(ρ",
        ),
    ],
)
def test_an_order_that_lacks_what_it_needs_is_refused(more, said):
    with pytest.raises(MorphError, match=said):
        Order(**more)


def test_a_release_says_which_column_an_order_needs(plain, fractions):
    with pytest.raises(MorphError, match="no column 'mag_g'"):
        Order("lowest_mag_g").sql(plain)
    with pytest.raises(MorphError, match="without posteriors"):
        Order("highest_tail", "bar_no").sql(fractions)
