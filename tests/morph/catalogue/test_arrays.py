"""Galaxies by row and by name against the whole table."""

import pytest

from morph.catalogue.arrays import at_rows, by_name, rows_of

COLUMNS = ("bar_strong_probability", "mag_r")


@pytest.fixture
def table(shared_con, plain):
    return shared_con.table(plain.table).df()


def test_rows_come_in_the_order_asked_for(shared_con, plain, table):
    rows = [7, 2999, 0, 40]
    found = at_rows(shared_con, plain, rows, columns=COLUMNS)
    wanted = table.iloc[rows][["iauname", *COLUMNS]].reset_index(drop=True)
    assert found.equals(wanted)


def test_names_come_in_the_order_asked_for_without_the_unknown(
    shared_con, plain, table
):
    names = table["iauname"].iloc[[5, 3, 900]].tolist()
    found = by_name(shared_con, plain, [names[0], "J0", *names[1:]], columns=COLUMNS)
    wanted = table.iloc[[5, 3, 900]][["iauname", *COLUMNS]].reset_index(drop=True)
    assert found.equals(wanted)


def test_rows_of_names_lead_back_to_them_without_the_unknown(shared_con, plain, table):
    names = table["iauname"].iloc[[5, 3, 900]].tolist()
    found = rows_of(shared_con, plain, [*names, "J0", names[0]])
    assert found == dict(zip(names, (5, 3, 900), strict=True))
    assert rows_of(shared_con, plain, []) == {}


def test_no_galaxies_are_an_empty_table_with_its_columns(shared_con, plain):
    assert list(at_rows(shared_con, plain, [])) == ["iauname"]
    assert by_name(shared_con, plain, [], columns=COLUMNS).empty
