"""``python -m data match`` and ``moc``: releases and tables, formats, refusals."""

import io
import json
from pathlib import Path

import astropy.units as u
import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from mocpy import MOC

from data.__main__ import main
from data.synthetic.release import synthetic_release

ARCSEC = 1 / 3600


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MORPH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    synthetic_release(tmp_path / "releases" / "first", galaxies=200, release_id="first")
    return tmp_path


@pytest.fixture
def run(home, capsys):
    def carry_out(*arguments, expect: int = 0):
        status = main([str(a) for a in arguments])
        printed = capsys.readouterr()
        assert status == expect, printed
        return json.loads(printed.out) if "--json" in arguments else printed.err

    return carry_out


@pytest.fixture
def galaxies(home) -> pd.DataFrame:
    return pd.read_parquet(home / "releases" / "first" / "galaxies.parquet")


def table_of(galaxies: pd.DataFrame) -> pd.DataFrame:
    """20 galaxies moved by 0.2 arcsec; the first twice, and one that is nowhere."""
    some = galaxies.head(20)[["ra", "dec"]].copy()
    some["dec"] += 0.2 * ARCSEC
    again = some.head(1).assign(dec=some["dec"].iloc[0] + 0.1 * ARCSEC)
    far = pd.DataFrame({"ra": [10.0], "dec": [-60.0]})
    rows = pd.concat([some, again, far], ignore_index=True)
    return rows.assign(name=[f"x{i}" for i in range(len(rows))])


def test_a_table_is_matched_to_a_release(home, run, galaxies):
    table_of(galaxies).to_csv("mine.csv", index=False)
    result = run("match", "mine.csv", "first", "--radius", "1", "--json")
    assert result.pop("file") == "mine_first.parquet"
    east, north = result.pop("median_offset_arcsec")
    assert result.pop("notes") == []
    assert (east, north) == (pytest.approx(0, abs=1e-6), pytest.approx(-0.2, abs=1e-3))
    assert result == {
        "rows": 22,
        "matched": 21,
        "ambiguous": 0,
        "shared": 2,
        "unmatched": 1,
        "without_position": 0,
        "pairs": 21,
        "radius_arcsec": 1.0,
    }
    rows = pd.read_parquet("mine_first.parquet")
    assert rows["row_a"].tolist() == list(range(1, 22))
    names = galaxies["iauname"].tolist()
    assert rows["name_b"].tolist() == [*names[:20], names[0]]
    np.testing.assert_allclose(rows["separation_arcsec"][:20], 0.2, atol=1e-6)
    assert np.flatnonzero(rows["shared"]).tolist() == [0, 20]


def test_all_pairs_of_a_release_and_a_table_in_other_units(home, run, galaxies):
    rows = table_of(galaxies)
    radians = np.radians(rows[["ra", "dec"]].to_numpy()) * u.rad
    table = Table({"RA": radians[:, 0], "DEC": radians[:, 1]})
    table.write("mine.fits")
    told = run("match", "first", "mine.fits", "--all", "--output", "pairs.fits")
    assert "Searched 200 of 200 positions" in told
    assert "mine.fits: RA: converted from radians" in told
    found = Table.read("pairs.fits")
    assert len(found) == 21
    assert found["separation_arcsec"].unit == u.arcsec
    assert found["best"].sum() == 20
    assert found["ambiguous"].sum() == 2
    assert found["candidates"].max() == 2


def test_where_nothing_matches_no_file_is_written(home, run, capsys):
    pd.DataFrame({"ra": [10.0], "dec": [-60.0]}).to_csv("far.csv", index=False)
    assert main(["match", "far.csv", "first"]) == 0
    told = capsys.readouterr().out
    assert "0 of 1 rows" in told and "Nothing was written." in told
    assert run("match", "far.csv", "first", "--json")["file"] is None
    assert not Path("far_first.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("first", "absent"), "absent is neither a release in"),
        (("first", "../first"), "is neither a release"),
        (("first", "first", "--radius", "0"), "expected more than 0"),
        (("first", "first", "--ratio", "0.5"), "the ratio is 0.5"),
        (("first", "first", "--output", "a.txt"), "expected one of: .parquet"),
        (("first", "first", "--output", "here.csv"), "already exists"),
    ],
)
def test_what_cannot_be_matched_is_refused_in_a_sentence(home, run, arguments, says):
    (home / "here.csv").touch()
    assert says in run("match", *arguments, expect=1)


def test_the_coverage_map_of_a_release(home, run, galaxies):
    result = run("moc", "first", "--order", "5", "--json")
    assert result["file"] == "first_moc.fits"
    moc = MOC.from_fits(io.BytesIO((home / "first_moc.fits").read_bytes()))
    ra, dec = (u.Quantity(galaxies[n].to_numpy(), u.deg) for n in ("ra", "dec"))
    assert moc == MOC.from_lonlat(ra, dec, max_norder=5)
    whole = (4 * np.pi * u.sr).to_value(u.deg**2)
    assert result["square_degrees"] == pytest.approx(moc.sky_fraction * whole)
    assert "already exists" in run("moc", "first", expect=1)
    assert "expected 0 to 18" in run(
        "moc", "first", "--order", "30", "--output", "a.json", expect=1
    )
    run("moc", "first", "--output", "b.json")
    assert MOC.from_string((home / "b.json").read_text(), "json").max_order == 9
