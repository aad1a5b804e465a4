"""``python -m data select``: cones, polygons and maps, inside and outside, against
brute force; over RA 0 and at a pole."""

import json
from dataclasses import replace

import astropy.units as u
import numpy as np
import pandas as pd
import pytest
from mocpy import MOC

from data.__main__ import main
from morph.geometry.sky_regions import Cone, SkyPolygon
from tests.morph.sky_by_hand import in_region

AROUND_0, POLE = Cone(0.5, -2, 3), SkyPolygon(((0, 80), (120, 82), (240, 80)))


@pytest.fixture
def table(tmp_path, monkeypatch) -> pd.DataFrame:
    """Galaxies around RA 0 and at the north pole, and one without a position."""
    monkeypatch.setenv("MORPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(5)
    ra = np.append(rng.normal(0, 4, 100) % 360, rng.uniform(0, 360, 100))
    dec = np.append(rng.normal(0, 4, 100), rng.uniform(70, 90, 100))
    table = pd.DataFrame({"name": [f"x{i}" for i in range(200)], "ra": ra, "dec": dec})
    table.loc[7, "ra"] = np.nan
    table.to_csv("mine.csv", index=False)
    return table


def select(capsys, *arguments: str, expect: int = 0) -> str:
    status = main(["select", "mine.csv", *arguments])
    printed = capsys.readouterr()
    assert status == expect, printed
    return printed.out or printed.err


def names(path: str = "mine_selected.parquet") -> set[str]:
    return set(pd.read_parquet(path)["iauname"])


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("region", [AROUND_0, POLE], ids=["cone", "polygon"])
def test_the_galaxies_of_a_region(table, capsys, region, outside):
    region = replace(region, outside=outside)
    by_hand = in_region(region, table["ra"].to_numpy(), table["dec"].to_numpy())
    assert 10 < by_hand.sum() < 190
    if isinstance(region, Cone):
        given = ["--cone", "0.5", "-2", "3"]
    else:
        given = ["--polygon", "POLYGON 0 80 120 82 240 80"]
    said = select(capsys, *given, *["--outside"] * outside)
    assert names() == set(table.loc[by_hand, "name"])
    assert said.startswith(f"{by_hand.sum()} of 200 galaxies are ")
    assert "; 1 have no position.\nWrote mine_selected.parquet\n" in said
    assert (
        f"sky={'NOT ' * outside}{'CIRCLE' if given[0] == '--cone' else 'POLY'}" in said
    )


def test_a_coverage_map_and_all_outside_it(table, capsys, tmp_path):
    moc = MOC.from_cone(lon=0.5 * u.deg, lat=-2 * u.deg, radius=3 * u.deg, max_depth=10)
    moc.save("mask.fits", format="fits")
    known = table.dropna()
    inside = moc.contains_lonlat(*(known[n].to_numpy() * u.deg for n in ("ra", "dec")))
    select(capsys, "--moc", "mask.fits", "--output", "in.parquet")
    assert names("in.parquet") == set(known.loc[inside, "name"])
    said = select(capsys, "--moc", "mask.fits", "--outside", "--keep", "--json")
    assert names() == set(known.loc[~inside, "name"])
    result = json.loads(said)
    assert result["region"] == "outside the coverage map “mask”"
    assert result["address"].startswith("sky=NOT MOC ")
    assert (tmp_path / "home/workspace.duckdb").is_file()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--moc", "absent.fits"], "absent.fits is not a file"),
        (["--moc", "mine.csv"], "mine.csv is not a usable coverage map"),
        (["--polygon", "1 2"], "at least three corners"),
        (["--cone", "1", "2", "0"], "the radius of the cone is 0°"),
        (["--cone", "1", "2", "3", "--keep"], "--keep is for coverage maps"),
    ],
)
def test_what_is_no_region(table, capsys, given, says):
    assert says in select(capsys, *given, expect=1)


def test_corners_in_a_file_and_nothing_inside(table, capsys, tmp_path):
    (tmp_path / "corners.txt").write_text("184.2 -11.5\n185.1 -11.5\n184.7 -12.3\n")
    said = select(capsys, "--polygon", "corners.txt")
    assert said.startswith("0 of 200 galaxies are in a polygon of 3 corners")
    assert "Nothing was written." in said
    assert not (tmp_path / "mine_selected.parquet").exists()
