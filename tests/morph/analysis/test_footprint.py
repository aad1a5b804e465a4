"""Counts on the sky: equal areas, complete, cut in a gap."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from morph.analysis.footprint import footprint
from morph.figures import footprint_figures
from morph.selection.funnel import count
from morph.selection.selection import Selection

NUMBERS = itertools.count(99_999)  # of releases, no two of which have the same
BARRED = Selection(limits={"bar_strong": (0.3, 1)})


@pytest.fixture
def at(shared_con, plain):
    """Positions put into a table of their own; how the release looks with them."""

    def put(ra, dec):
        made = replace(
            plain,
            sequence=next(NUMBERS),
            manifest=replace(plain.manifest, galaxies=len(ra)),
        )
        with shared_con.cursor() as con:
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE {made.table} (ra DOUBLE, dec DOUBLE)"
            )
            con.executemany(
                f"INSERT INTO {made.table} VALUES (?, ?)",
                list(zip(ra, dec, strict=True)),
            )
            return footprint(con, made, Selection())

    return put


def test_everyone_is_counted_where_they_are(shared_con, plain):
    found = footprint(shared_con, plain, BARRED)
    assert found.whole.sum() + found.without_position == plain.galaxies
    assert found.selected.sum() == count(shared_con, plain, BARRED)
    sql = f"SELECT ra, dec FROM {plain.table}"
    ra, dec = (c.to_numpy() for _, c in shared_con.execute(sql).df().items())
    by_hand, *_ = np.histogram2d(
        np.sin(np.radians(dec)),
        np.where(ra < found.ra[0], ra + 360, ra),
        bins=[found.sin_dec, found.ra],
    )
    np.testing.assert_array_equal(found.whole, by_hand)


def test_cells_have_equal_areas(shared_con, plain):
    found = footprint(shared_con, plain, BARRED)
    assert np.ptp(np.diff(found.ra)) == 0
    np.testing.assert_allclose(np.diff(found.sin_dec), np.diff(found.sin_dec)[0])


def test_the_sky_is_cut_where_it_is_empty(at):
    found = at([359.5, 350.2, 0.5, 12.3], [1.0, 1.0, 1.0, 1.0])
    assert found.ra[0] <= 350.2
    assert 372.3 <= found.ra[-1] <= 390
    assert found.table()["ra_from"].between(0, 360, inclusive="left").all()


def test_a_galaxy_without_a_declination_is_in_no_cell(at):
    found = at([10.2, 10.2, None], [89.9, None, 89.9])
    assert (found.whole.sum(), found.selected.sum()) == (1, 1)
    assert found.without_position == 2


# Name, (RA, Dec) of the middle, half of the extent in each.
FIELDS = {
    "sky": (180.0, 0.0, 180.0, 89.0),
    "stripe": (2.0, 0.0, 55.0, 1.25),
    "survey": (185.0, 12.0, 75.0, 22.0),
    "field": (150.1, 62.0, 2.0, 1.0),
    "tiny": (359.99, -27.8, 0.05, 0.05),
}


@pytest.fixture
def field(at, request):
    """Four hundred galaxies evenly over one of the fields."""
    ra, dec, wide, high = FIELDS[request.param]
    x, y = np.random.default_rng(3).uniform(-1, 1, (2, 400))
    return FIELDS[request.param], at((ra + wide * x) % 360, dec + high * y)


@pytest.mark.parametrize("field", FIELDS, indirect=True)
def test_a_field_fills_its_footprint_with_cells_about_square(field):
    (ra, dec, wide, high), found = field
    assert found.whole.sum() == 400
    assert np.ptp(found.ra) == 360 or (ra - 0.98 * wide - found.ra[0]) % 360 < 180
    assert np.ptp(found.ra) <= 2 * wide + 2 * found.side
    rows = np.degrees(np.arcsin(found.sin_dec))
    assert np.ptp(rows) <= 2 * high + 2 * np.diff(rows).max()
    across = found.side * np.cos(np.radians(dec))
    if wide < 180:
        middle = np.diff(rows)[len(rows) // 2 - 1]
        assert 0.6 < middle / across < 1.6


@pytest.mark.parametrize("field", FIELDS, indirect=True)
def test_a_figure_is_as_high_as_it_is_on_the_sky(field):
    (_, dec, wide, high), found = field
    figure = footprint_figures.footprint(found)
    assert 170 < figure.layout.height < 460
    thin = wide * np.cos(np.radians(dec)) / high > 10
    assert (footprint_figures.stretched(found) > 1) == thin
    assert (figure.layout.yaxis.scaleanchor is None) == thin
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        low, high = sorted(axis.range)
        shown = [one for one in axis.tickvals if low <= one <= high]
        assert 2 <= len(shown) <= 8
        assert len(set(axis.ticktext)) >= len(axis.ticktext) - 1  # 0 and 360 are one


def test_one_galaxy_is_a_cell_with_room_about_it(at):
    found = at([10.0], [41.0])
    assert found.whole.tolist() == [[1]]
    figure = footprint_figures.footprint(found)
    assert np.ptp(figure.layout.xaxis.range) == pytest.approx(3 * found.side)


def test_poles_and_unknown_places(at):
    found = at([10.0, 20.0, None], [90.0, -90.0, None])
    assert found.whole.sum() == 2
    assert found.without_position == 1
    assert (found.sin_dec[0], found.sin_dec[-1]) == (-1, 1)
    assert at([None], [None]) is None


def test_the_table_holds_the_occupied_cells(shared_con, plain):
    found = footprint(shared_con, plain, BARRED)
    table = found.table()
    assert table["whole"].sum() == found.whole.sum()
    assert (table["whole"] > 0).all()
    assert (table["dec_from"] < table["dec_to"]).all()


def test_the_figure_has_east_to_the_left_and_says_units(shared_con, plain):
    figure = footprint_figures.footprint(footprint(shared_con, plain, BARRED))
    left, right = figure.layout.xaxis.range
    assert left > right
    assert "(deg)" in figure.layout.xaxis.title.text
    assert "(deg)" in figure.layout.yaxis.title.text
    assert all(0 <= float(text) < 360 for text in figure.layout.xaxis.ticktext)
    assert len(figure.to_json()) < 300_000
