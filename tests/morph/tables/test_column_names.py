"""Hints at misspelt columns: of the same name and kind, never of another meaning."""

import pytest

from morph.tables.column_names import ColumnNames

WANTED = (
    "bar_strong_fraction",
    "bar_weak_fraction",
    "bar_no_fraction",
    "arms_2_fraction",
)


def lacking(wanted, *columns: str) -> str:
    return ColumnNames("a table", columns).lacking(wanted)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (
            "bar_storng_fraction",
            "'bar_strong_fraction' (nearest: 'bar_storng_fraction')",
        ),
        ("Bar-Strong-Fractoin", "(nearest: 'Bar-Strong-Fractoin')"),
        ("arm_2_fraction", "'arms_2_fraction' (nearest: 'arm_2_fraction')"),
    ],
)
def test_a_misspelt_column_is_named(column, said):
    assert said in lacking(WANTED, column)


@pytest.mark.parametrize(
    "column",
    [
        "bar_strong_concentration",  # another kind of number
        "bar_strong_debiased",
        "arms_3_fraction",  # another answer
        "arms_22_fraction",
        "barred_fraction",
        "disk_fraction",
    ],
)
def test_a_column_of_another_meaning_is_not(column):
    assert "nearest" not in lacking(WANTED, column)


def test_a_column_that_is_there_is_no_hint_at_another_one():
    said = lacking(WANTED, "bar_weak_fraction", "bar_no_fraction", "arms_2_fraction")
    assert said == "'bar_strong_fraction'"
    # It is the weak one misspelt, which is there too.
    said = lacking(WANTED[:2], "bar_weak_fraction", "bar_waek_fraction")
    assert said == "'bar_strong_fraction'"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["ra_deg_2016", "dec.deg"], "'ra' (nearest: 'ra_deg_2016'); 'dec' (nearest: "),
        (["ra_err", "dec_ivar", "rad", "decay", "rate"], "'ra'; 'dec'"),
        (["ra_1", "ra_2"], "'ra'; 'dec'"),  # no telling which
    ],
)
def test_columns_of_short_names(columns, said):
    assert lacking(("ra", "dec"), *columns).startswith(said)


def test_short_kinds_must_agree():
    assert "nearest" not in lacking(["bar_strong_meanf"], "bar_strong_meanv")
