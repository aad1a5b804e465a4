"""The cases of tables that are loaded."""

import os
from pathlib import Path

import numpy as np

from tests.cases.loading import load, load_into, new_home

NAMES = {
    "J121842.00+114354.4": (184.675, 11.7318),
    "J004200.00-003000.0": (10.5, -0.5),
    "J235957.60+021500.0": (359.99, 2.25),
    "J132100.00-300730.0": (200.25, -30.125),
}
ARCSEC = 1 / 3600


def _are_the_four(path: Path, *options: str, within: float = 1e-6) -> str:
    """Check that the galaxies are the four of the cases; what was told."""
    loaded = load(path, *options)
    assert loaded.status == 0, loaded.told
    found = loaded.galaxies.set_index("iauname")
    assert set(found.index) == set(NAMES), list(found.index)
    for name, (ra, dec) in NAMES.items():
        assert abs(found.loc[name, "ra"] - ra) < within, (name, found.loc[name, "ra"])
        assert abs(found.loc[name, "dec"] - dec) < within, (
            name,
            found.loc[name, "dec"],
        )
    return loaded.told


def units_ignored(folder: Path) -> None:
    for name in ("fits_radians.fits", "fits_ra_hours.fits", "vot_radians.vot"):
        assert "converted from" in _are_the_four(folder / name)
    radii = load(folder / "fits_radius_arcmin.fits")
    assert abs(radii.row("J121842.00+114354.4")["radius_arcsec"] - 5.0) < 1e-6
    assert "from arcmin to arcsec" in radii.told


def frame_ignored(folder: Path) -> None:
    loaded = load(folder / "b2_fk4.fits")
    assert "converted from FK4" in loaded.told
    # The same numbers in B1950 are 0.64 deg further east and 0.28 deg further south.
    place = loaded.galaxies[["ra", "dec"]].to_numpy()
    assert np.abs(place - (185.310682, 11.454479)).max(axis=1).min() < ARCSEC


def fits_tnull_scaled(folder: Path) -> None:
    for name in ("fits_scaled_tnull.fits", "fits_uint_tnull.fits"):
        row = load(folder / name).row("J004200.00-003000.0")
        empty = row[[c for c in ("redshift", "radius_arcsec") if c in row]]
        assert len(empty) and empty.isna().all(), (name, empty)


def float32_names(folder: Path) -> None:
    with new_home() as root:
        first = load_into(root, folder / "f64.parquet", "a")
        second = load_into(root, folder / "f32.parquet", "b")
    assert set(first.galaxies["iauname"]) == set(second.galaxies["iauname"])


def fractions_as_concentrations(folder: Path) -> None:
    path = folder / "fractions_plain_names.csv"
    loaded = load(path)
    assert loaded.manifest["posterior"] == "fraction"
    assert "read as fractions" in loaded.told


def votes_as_concentrations(folder: Path) -> None:
    """13 of 39 votes; the prior adds 1 to each answer, and is named."""
    loaded = load(folder / "votes_no_totals.csv")
    assert "votes.parquet" in loaded.manifest["files"]
    assert loaded.manifest["details"]["prior"]["per_answer"] == 1
    row = loaded.posteriors.set_index("iauname").loc["J121842.00+114354.4"]
    answers = [c for c in row.index if c.startswith("smooth-or-featured_")]
    assert abs(row["smooth-or-featured_smooth_concentration"] - 14) < 1e-6
    assert abs(row[answers].sum() - (39 + len(answers))) < 1e-6


def name_against_position(folder: Path) -> None:
    path = folder / "csv_name_vs_pos.csv"
    refused = load(path)
    assert refused.status == 1
    assert "4 names" in refused.told and "deg apart" in refused.told
    by_name = load(path, "--positions-from", "names")
    assert set(by_name.galaxies["iauname"]) == set(NAMES)
    for name, (ra, dec) in NAMES.items():
        assert abs(by_name.row(name)["ra"] - ra) < 0.1 * ARCSEC
        assert abs(by_name.row(name)["dec"] - dec) < 0.1 * ARCSEC
    _are_the_four(path, "--positions-from", "table")


def names_not_plain(folder: Path) -> None:
    for name in ("csv_name_prefix.csv", "csv_name_case.csv"):
        _are_the_four(folder / name, within=0.1 * ARCSEC)


def zoobot_names(folder: Path) -> None:
    _are_the_four(folder / "zoobot_dr5.csv", within=0.1 * ARCSEC)


def raj2000(folder: Path) -> None:
    for name in ("b2_raj2000.csv", "b2_target_ra.csv"):
        _are_the_four(folder / name)


def ra_outside_0_360(folder: Path) -> None:
    assert "moved by 360" in _are_the_four(folder / "csv_ra_neg.csv")


def same_place_twice(folder: Path) -> None:
    refused = load(folder / "csv_dup_position.csv")
    assert refused.status == 1 and "by position" in refused.told
    assert "row 1, again in row 5" in refused.told


def masked_id(folder: Path) -> None:
    loaded = load(folder / "fits_masked_id.fits")
    assert loaded.status == 0, loaded.told
    assert (loaded.galaxies["source_id"] == "").sum() == 2


def provenance_lost(folder: Path) -> None:
    path = folder / "export_3_rows.fits"
    refused = load(path)
    assert refused.status == 1 and "'bmz'" in refused.told
    refused = load(path, "--origin", "real", survey="bmz")
    assert refused.status == 1 and "'demonstration'" in refused.told
    loaded = load(path, survey="")
    assert loaded.manifest["origin"] == "demonstration"
    assert loaded.manifest["survey"] == "bmz"
    assert loaded.manifest["citation"].startswith("morph; method after Walmsley")


def sexagesimal(folder: Path) -> None:
    loaded = load(folder / "csv_sexagesimal.csv")
    assert loaded.status == 0, loaded.told
    places = loaded.galaxies[["ra", "dec"]].to_numpy()
    for place in NAMES.values():
        assert np.abs(places - place).max(axis=1).min() < 0.1 * ARCSEC, place


def home_not_writable(folder: Path) -> None:
    with new_home() as root:
        (root / "file").write_text("")
        for home in ("/proc/morph", f"{root}/file", f"{root}/file/in"):
            os.environ["MORPH_HOME"] = home
            told = load_into(root, folder / "table.csv", "x")
            assert told.status == 1 and told.told.count("\n") == 1, told.told
            assert "MORPH_HOME is" in told.told, told.told


CASES = {
    "units-ignored": units_ignored,
    "frame-ignored": frame_ignored,
    "fits-tnull-scaled": fits_tnull_scaled,
    "float32-names": float32_names,
    "fractions-as-concentrations": fractions_as_concentrations,
    "votes-as-concentrations": votes_as_concentrations,
    "name-against-position": name_against_position,
    "names-not-plain": names_not_plain,
    "zoobot-names": zoobot_names,
    "raj2000": raj2000,
    "ra-outside-0-360": ra_outside_0_360,
    "same-place-twice": same_place_twice,
    "masked-id": masked_id,
    "provenance-lost": provenance_lost,
    "other-text-tables": sexagesimal,
    "home-not-writable": home_not_writable,
}
