"""Which galaxy a row is: names against positions, one place twice, known names."""

import numpy as np
import pandas as pd
import pytest

from data.tables.galaxies import Choices
from data.tables.publish_table import TableRelease, publish_table
from data.tables.read import read_published
from morph.errors import UnreadableTable
from morph.sky import iauname_from_position
from morph.tables import open_table
from morph.trees.decision_tree import GZD5

ARCSEC = 1 / 3600


@pytest.fixture
def chosen(tmp_path):
    """Read a table with what the user says of it."""

    def read(table, positions_from=""):
        path = tmp_path / "table.csv"
        table.to_csv(path, index=False)
        with open_table(path) as opened:
            choices = Choices(positions_from=positions_from)
            return read_published(opened, GZD5, choices)

    return read


@pytest.fixture
def published(tmp_path):
    """Publish a table; the galaxies of the release."""

    def publish(table, name, **order):
        path = tmp_path / f"{name}.parquet"
        table.to_parquet(path)
        order = TableRelease(name, "decals", **order)
        manifest = publish_table(tmp_path, path, order)
        folder = tmp_path / "releases" / name
        return pd.read_parquet(folder / "galaxies.parquet"), manifest.details.report

    return publish


@pytest.fixture
def crossed(concentrations):
    """Two rows have each other's position."""
    table = concentrations.copy()
    table.loc[[2, 5], ["ra", "dec"]] = table.loc[[5, 2], ["ra", "dec"]].to_numpy()
    return table


def test_names_of_other_places_are_refused_with_the_first(crossed, chosen):
    with pytest.raises(UnreadableTable) as refused:
        chosen(crossed)
    words = str(refused.value)
    assert "names that disagree" in words and "2 names (first: row 3" in words
    assert "deg apart" in words and "--positions-from names" in words


def test_positions_of_names_where_names_hold(crossed, concentrations, chosen):
    reading = chosen(crossed, "names")
    assert reading.galaxies["iauname"].tolist() == concentrations["iauname"].tolist()
    assert np.abs(reading.galaxies["ra"] - concentrations["ra"]).max() < 0.2 * ARCSEC
    assert (reading.galaxies["position_from"] == "name").sum() == 2
    assert reading.galaxies["ra"][0] == concentrations["ra"][0]
    assert "positions taken from names" in reading.report


def test_names_of_positions_where_the_table_holds(crossed, chosen):
    reading = chosen(crossed, "table")
    made = iauname_from_position(crossed["ra"], crossed["dec"])
    assert reading.galaxies["iauname"].tolist() == made.tolist()
    assert reading.galaxies["ra"].tolist() == crossed["ra"].tolist()
    assert "names replaced by names made from positions" in reading.report


def test_a_position_some_arcsec_from_the_name_is_the_same_galaxy(
    concentrations, chosen
):
    table = concentrations.copy()
    table["dec"] += 4 * ARCSEC
    assert chosen(table).report == {}
    short = concentrations.copy()
    short["iauname"] = short["iauname"].str.replace(r"\.\d+", "", regex=True)
    assert chosen(short).report == {}


def test_names_of_large_galaxies_lie_beside_the_position(concentrations, chosen):
    table = concentrations.copy()
    table.loc[4, "dec"] += 90 * ARCSEC
    reading = chosen(table)
    told = reading.report["names that differ slightly from the position"]
    assert told == "1 name (first: row 5, 1.5 arcmin apart)"
    assert reading.galaxies["iauname"].tolist() == table["iauname"].tolist()
    assert reading.galaxies["dec"].tolist() == table["dec"].tolist()


def test_many_names_some_arcsec_away_are_refused(concentrations, chosen):
    table = concentrations.copy()
    table["dec"] += 10 * ARCSEC
    with pytest.raises(UnreadableTable, match=r"12 names .*largest: 10\.[01] arcsec"):
        chosen(table)


def test_a_few_names_of_many_are_told_and_kept(concentrations, chosen):
    many = pd.concat([concentrations] * 20, ignore_index=True)
    many["dec"] += np.repeat(np.arange(20), 12) * 0.01
    many["iauname"] = iauname_from_position(many["ra"], many["dec"])
    many.loc[7, "dec"] += 2.0
    reading = chosen(many)
    told = reading.report["names that disagree with the position"]
    assert told.startswith("1 name (first: row 8, 2.0 deg apart")
    assert reading.galaxies["iauname"][7] == many["iauname"][7]


@pytest.mark.parametrize("offset", [0.0, 0.05, 0.15])
def test_one_place_twice_without_names_is_refused(offset, concentrations, chosen):
    table = concentrations.drop(columns="iauname")
    table.loc[7, ["ra", "dec"]] = table.loc[1, ["ra", "dec"]]
    table.loc[7, "dec"] += offset * ARCSEC
    with pytest.raises(UnreadableTable, match="row 2, again in row 8"):
        chosen(table)


def test_a_nameless_row_at_the_place_of_a_named_one_is_refused(concentrations, chosen):
    table = concentrations.copy()
    table.loc[7, ["ra", "dec"]] = table.loc[1, ["ra", "dec"]]
    table.loc[7, "iauname"] = None
    with pytest.raises(UnreadableTable, match="row 2, again in row 8"):
        chosen(table)


def test_neighbours_a_few_tenths_apart_are_two_galaxies(concentrations, chosen):
    table = concentrations.drop(columns="iauname")
    table.loc[7, ["ra", "dec"]] = table.loc[1, ["ra", "dec"]]
    table.loc[7, "dec"] += 0.4 * ARCSEC
    assert chosen(table).galaxies["iauname"].is_unique


def test_ids_tell_two_rows_at_one_place_apart(concentrations, chosen):
    table = concentrations.drop(columns="iauname").assign(
        source_id=[f"a{i}" for i in range(12)]
    )
    table.loc[7, ["ra", "dec"]] = table.loc[1, ["ra", "dec"]]
    reading = chosen(table)
    assert reading.galaxies["iauname"][7] == f"{reading.galaxies['iauname'][1]}-2"
    assert reading.report["exactly at the position of another row"] == 1


def test_names_at_one_position_are_told(concentrations, chosen):
    table = concentrations.copy()
    table["iauname"] = [f"galaxy {i}" for i in range(12)]
    table.loc[[3, 4], ["ra", "dec"]] = table.loc[[1, 2], ["ra", "dec"]].to_numpy()
    assert chosen(table).report == {"exactly at the position of another row": 2}


def test_float32_positions_get_the_names_of_the_published_galaxies(
    concentrations, published
):
    table = concentrations.drop(columns="iauname")
    first, _ = published(table, "a")
    second, report = published(table.astype({"ra": "f4", "dec": "f4"}), "b")
    assert set(second["iauname"]) == set(first["iauname"])
    assert report["named as in another release, within 0.5 arcsec"] > 0


def test_galaxies_further_away_get_names_of_their_own(concentrations, published):
    table = concentrations.drop(columns="iauname")
    first, _ = published(table, "a")
    table["dec"] += 0.6 * ARCSEC
    second, report = published(table, "b")
    assert not set(second["iauname"]) & set(first["iauname"])
    assert report["named by position"] == 12


def test_a_known_name_is_given_once(concentrations, published):
    table = concentrations.drop(columns="iauname")
    first, _ = published(table.iloc[:3], "a")
    table.loc[7, ["ra", "dec"]] = table.loc[1, ["ra", "dec"]]
    table.loc[7, "dec"] += 0.3 * ARCSEC
    second, _ = published(table, "b")
    near = second[np.abs(second["dec"] - table["dec"][1]) < ARCSEC]
    assert len(near) == 2 and near["iauname"].is_unique
    assert set(first["iauname"]) < set(second["iauname"])


def test_votes_get_the_names_of_the_published_galaxies(votes, published):
    first, _ = published(votes, "a")
    nameless = votes.drop(columns="iauname").astype({"ra": "f4", "dec": "f4"})
    second, report = published(nameless, "b")
    assert set(second["iauname"]) == set(first["iauname"])
    assert report["named as in another release, within 0.5 arcsec"] == 8


def test_ids_that_are_names_of_other_places_are_refused(concentrations, chosen):
    names = concentrations["iauname"]
    same = chosen(concentrations.assign(id_str=names))
    assert same.galaxies["source_id"].tolist() == names.tolist()
    with pytest.raises(UnreadableTable, match=r"names in 'id_str' that do not match"):
        chosen(concentrations.assign(id_str=names[::-1].to_numpy()))


@pytest.mark.parametrize("sign", ["-99", "inf", "unknown", "0"])
def test_a_sign_of_no_name_is_no_name(sign, concentrations, chosen):
    table = concentrations.copy()
    name = table.loc[3, "iauname"]
    table.loc[3, "iauname"] = sign
    assert chosen(table).galaxies["iauname"][3] == name


def test_ids_written_as_floats_are_whole_numbers(concentrations, chosen):
    ids = np.arange(40.0, 52.0)
    ids[[2, 5]] = np.nan, -1
    found = chosen(concentrations.assign(source_id=ids)).galaxies["source_id"]
    assert found[:6].tolist() == ["40", "41", "", "43", "44", ""]
