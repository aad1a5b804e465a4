"""Positions of a table in any unit, frame, range and writing, and what is told."""

import astropy.units as u
import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table as AstropyTable

from data.tables.positions import plain_name
from data.tables.read import read_published
from morph.errors import UnreadableTable
from morph.tables import open_table
from morph.trees.decision_tree import GZD5

ARCSEC = 1 / 3600


@pytest.fixture
def declared(concentrations, tmp_path):
    """Read the concentrations with other positions, units and frame, as FITS."""

    def read(ra, dec, *, names=("ra", "dec"), units=(None, None), header=None):
        table = AstropyTable.from_pandas(
            concentrations.drop(columns=["iauname", "ra", "dec"])
        )
        for name, values, unit in zip(names, (ra, dec), units, strict=True):
            table[name] = np.asarray(values)
            if unit:
                table[name].unit = unit
        table.meta |= header or {}
        path = tmp_path / "table.fits"
        table.write(path, overwrite=True)
        with open_table(path) as opened:
            return read_published(opened, GZD5)

    return read


@pytest.fixture
def sky(concentrations):
    return SkyCoord(concentrations["ra"], concentrations["dec"], unit="deg")


def apart(reading, sky) -> float:
    """The most arcsec that a position is away from where it should be."""
    found = reading.galaxies
    return SkyCoord(found["ra"], found["dec"], unit="deg").separation(sky).arcsec.max()


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        (u.rad, "converted from radians to degrees"),
        (u.hourangle, "converted from hours to degrees"),
        (u.arcmin, "converted from arcmin to degrees"),
        (u.mas, "converted from mas to degrees"),
        (u.deg, None),
    ],
)
def test_declared_units_are_converted_and_told(unit, told, declared, sky):
    name = "h" if unit is u.hourangle else unit.to_string()
    reading = declared(sky.ra.to_value(unit), sky.dec.deg, units=(name, "deg"))
    assert apart(reading, sky) < 1e-6
    assert reading.report.get("ra") == told


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (("kpc", "deg"), "'kpc' is not one of angles"),
        (("deg", "h"), "a latitude in hours"),
        (("rad", "rad"), "out of range after conversion from radians"),
        (("h", "deg"), "out of range after conversion from hours"),
    ],
)
def test_contradictory_units_are_refused(units, words, declared, sky):
    with pytest.raises(UnreadableTable, match=words):
        declared(sky.ra.deg, sky.dec.deg, units=units)


@pytest.mark.parametrize(
    ("frame", "header"),
    [
        ("fk4", {"RADESYS": "FK4", "EQUINOX": 1950.0}),
        ("fk5", {"RADESYS": "FK5", "EQUINOX": 2000.0}),
        ("fk5", {"EQUINOX": 2000.0}),
        ("icrs", {"RADESYS": "ICRS"}),
        ("icrs", {}),
    ],
)
def test_declared_frames_are_converted(frame, header, declared, sky):
    there = sky.transform_to(frame)
    reading = declared(there.ra.deg, there.dec.deg, header=header)
    assert apart(reading, sky) < 1e-5
    assert ("positions" in reading.report) == (frame != "icrs")


def test_an_equinox_of_another_year(declared, sky):
    there = sky.transform_to("fk5").transform_to(
        SkyCoord(0 * u.deg, 0 * u.deg, frame="fk5", equinox="J1975").frame
    )
    header = {"RADESYS": "FK5", "EQUINOX": 1975.0}
    assert apart(declared(there.ra.deg, there.dec.deg, header=header), sky) < 1e-5


@pytest.mark.parametrize(
    ("names", "frame"),
    [
        (("l", "b"), "galactic"),
        (("GLON", "GLAT"), "galactic"),
        (("elon", "elat"), "barycentricmeanecliptic"),
        (("RAB1950", "DEB1950"), "fk4"),
        (("RAJ2000", "DEJ2000"), "icrs"),
        (("_RAJ2000", "_DEJ2000"), "icrs"),
        (("ALPHA_J2000", "DELTA_J2000"), "icrs"),
        (("TARGET_RA", "TARGET_DEC"), "icrs"),
        (("RA_ICRS", "DE_ICRS"), "icrs"),
        (("ra_deg", "dec_deg"), "icrs"),
        (("RightAscension", "Declination"), "icrs"),
        (("sky.ra", "sky.dec"), "icrs"),
        (("RA (J2000)", "Dec (J2000)"), "icrs"),
        (("RA (B1950)", "Dec (B1950)"), "fk4"),
    ],
)
def test_usual_names_of_positions_are_known(names, frame, declared, sky):
    there = sky.transform_to(frame).spherical
    reading = declared(there.lon.deg, there.lat.deg, names=names)
    assert apart(reading, sky) < 1e-5
    assert ("positions" in reading.report) == (frame != "icrs")


@pytest.mark.parametrize(
    ("names", "header"),
    [
        (("ra", "dec"), {"RADESYS": "GALACTIC"}),
        (("RAJ2000", "DEJ2000"), {"RADESYS": "FK4", "EQUINOX": 1950.0}),
        (("RA_ICRS", "DE_ICRS"), {"RADESYS": "FK4"}),
    ],
)
def test_a_frame_against_the_names_of_columns_is_refused(names, header, declared, sky):
    with pytest.raises(UnreadableTable, match="rename the columns"):
        declared(sky.ra.deg, sky.dec.deg, names=names, header=header)


@pytest.mark.parametrize("names", [("ra_deg", "dec_deg"), ("RA (deg)", "Dec (deg)")])
def test_a_unit_against_the_name_of_a_column_is_refused(names, declared, sky):
    units = ("rad", "rad")
    with pytest.raises(UnreadableTable, match="but its name has another unit"):
        declared(sky.ra.rad, sky.dec.rad, names=names, units=units)


def test_a_unit_in_the_name_of_a_column(concentrations, read, sky):
    table = concentrations.drop(columns=["iauname", "ra", "dec"])
    table["RA (hours)"], table["Dec [deg]"] = sky.ra.hour, sky.dec.deg
    assert apart(read(table), sky) < 1e-6


def test_longitudes_from_minus_180_and_of_360_are_moved_and_told(concentrations, read):
    table = concentrations.drop(columns="iauname")
    ra = table["ra"].to_numpy()
    moved = np.where(ra > 180, ra - 360, ra)
    table["ra"] = moved
    reading = read(table)
    np.testing.assert_allclose(reading.galaxies["ra"], ra, atol=1e-9)
    told = "right ascensions below 0 or at 360, moved by 360 degrees"
    assert reading.report[told] == (moved < 0).sum() > 0
    table["ra"] = np.where(np.arange(12) == 3, 360.0, ra)
    assert read(table).galaxies.loc[3, "ra"] == 0.0
    table["ra"] = np.where(np.arange(12) == 3, -1e-15, ra)
    assert read(table).galaxies.loc[3, "ra"] == 0.0


@pytest.mark.parametrize("place", [(-99, -99), (-999, -999), (-9999, 12.0), (5, -999)])
def test_placeholders_of_positions_are_missing_and_counted(place, concentrations, read):
    table = concentrations.copy()
    table.loc[2, ["ra", "dec"]] = place
    reading = read(table)
    assert reading.galaxies.loc[2, "position_from"] == "name"
    assert reading.report["position from name"] == 1
    told = "positions such as -99 or -999, treated as missing"
    assert reading.report[told] == 1
    assert reading.galaxies["ra"].notna().all()


def test_minus_99_is_a_right_ascension_where_others_are_negative(concentrations, read):
    table = concentrations.drop(columns="iauname")
    table["ra"] = np.where(table["ra"] > 180, table["ra"] - 360, table["ra"])
    table.loc[2, ["ra", "dec"]] = (-99.0, 5.0)
    assert read(table).galaxies.loc[2, "ra"] == 261.0


@pytest.mark.parametrize("style", ["hmsdms", "colons", "spaces", "mixed"])
def test_sexagesimal_positions(style, concentrations, read, sky):
    table = concentrations.drop(columns="iauname").astype({"ra": object, "dec": object})
    separator = {"hmsdms": "fromunit", "colons": ":", "spaces": " "}.get(style, ":")
    table["ra"] = sky.ra.to_string(u.hour, sep=separator, precision=4)
    table["dec"] = sky.dec.to_string(u.deg, sep=separator, precision=3, alwayssign=True)
    if style == "mixed":
        table["ra"] = sky.ra.deg
    assert apart(read(table), sky) < 2e-3


@pytest.mark.parametrize("signed", [True, False])
def test_positions_in_columns_of_hours_minutes_and_seconds(
    signed, concentrations, read, sky
):
    table = concentrations.drop(columns=["iauname", "ra", "dec"])
    hours, degrees = sky.ra.hms, sky.dec.signed_dms
    table["RAh"], table["RAm"], table["RAs"] = hours.h, hours.m, hours.s
    if signed:
        table["DE-"] = np.where(degrees.sign < 0, "-", "+")
    table["DEd"] = degrees.d * (1 if signed else degrees.sign)
    table["DEm"], table["DEs"] = degrees.m, degrees.s
    assert apart(read(table), sky) < 1e-6


def test_cells_that_are_no_coordinate_are_named(concentrations, read):
    table = concentrations.astype({"ra": object})
    table.loc[4, "ra"] = "12:61:00"
    with pytest.raises(UnreadableTable, match=r"'12:61:00' in row 5"):
        read(table)


@pytest.mark.parametrize(
    "text",
    [
        "SDSS J121842.00+114354.4",
        "SDSSJ121842.00+114354.4",
        "j121842.00+114354.4",
        "J121842.00\u2212114354.4".replace("\u2212", "+"),
        " DESI  J121842.00+114354.4",
        "SDSS_J121842.00+114354.4",
        "J121842.00 +114354.4",
        "2MASX J12184200+1143544",
        "/images/J121/J121842.00+114354.4.jpg",
    ],
)
def test_names_in_any_writing(text):
    assert plain_name(text) == "J121842.00+114354.4"


def test_other_names_stay_as_they_are():
    for text in ("NGC 1300", "J1218+1143", "J121842+114354", "B1216+120", "7", ""):
        assert plain_name(text) == text
    assert plain_name("J004200.00\u2212003000.0") == "J004200.00-003000.0"


def test_names_in_another_writing_are_told_and_found(concentrations, read):
    table = concentrations.drop(columns=["ra", "dec"])
    table["iauname"] = "SDSS " + table["iauname"].str.replace("-", "\u2212")
    reading = read(table)
    assert reading.galaxies["iauname"].tolist() == concentrations["iauname"].tolist()
    told = "names in another format, written as J121842.00+114354.4"
    assert reading.report[told] == 12
    assert np.abs(reading.galaxies["dec"] - concentrations["dec"]).max() < ARCSEC


def test_measured_columns_are_converted_and_their_unit_checked(
    concentrations, tmp_path
):
    table = AstropyTable.from_pandas(concentrations.assign(petro_th50=0.1, mag_r=17.0))
    path = tmp_path / "table.fits"
    table["petro_th50"].unit, table["mag_r"].unit = "arcmin", "mag"
    table.write(path)
    with open_table(path) as opened:
        reading = read_published(opened, GZD5)
    assert reading.galaxies["radius_arcsec"].tolist() == pytest.approx([6.0] * 12)
    assert reading.report["petro_th50"] == "converted from arcmin to arcsec"
    assert "mag_r" not in reading.report
    table["petro_th50"].unit = "kpc"
    table.write(path, overwrite=True)
    with open_table(path) as opened, pytest.raises(UnreadableTable, match="petro_th50"):
        read_published(opened, GZD5)


def test_empty_cells_of_measured_columns_are_counted(concentrations, read):
    table = concentrations.assign(mag_r=17.0)
    table.loc[[1, 2], "mag_r"] = np.nan
    table.loc[3, "mag_r"] = -9999
    report = read(table).report
    assert report["empty cells of mag_r"] == 2
    assert report["impossible values of mag_r"] == 1


def test_ids_that_number_the_rows_are_no_ids(concentrations, read):
    for first in (0, 1):
        shuffled = np.random.default_rng(1).permutation(12) + first
        reading = read(concentrations.assign(source_id=shuffled))
        assert "source_id" not in reading.galaxies
        assert "row numbers" in reading.report["source_id"]
    reading = read(concentrations.assign(source_id=np.arange(12) + 2))
    assert reading.galaxies["source_id"].tolist() == [str(i) for i in range(2, 14)]


@pytest.mark.parametrize("column", ["objid", "name", "object", "id"])
def test_other_columns_that_repeat_are_no_ids(column, concentrations, read):
    table = concentrations.drop(columns="iauname")
    reading = read(table.assign(**{column: "GALAXY"}))
    assert "source_id" not in reading.galaxies
    assert reading.report[column] == "repeated values, not used as ids"


def test_repeated_placeholders_are_no_ids(concentrations, read):
    ids = np.where(np.arange(12) < 3, -1, np.arange(12) + 700)
    reading = read(concentrations.assign(source_id=ids))
    assert (reading.galaxies["source_id"] == "").sum() == 3
    assert reading.report["ids such as -1 or 0, treated as missing"] == 3


@pytest.mark.parametrize("column", ["id_str", "name", "objid"])
def test_a_column_that_holds_names_is_taken_as_names(column, concentrations, read):
    table = concentrations.rename(columns={"iauname": column}).drop(
        columns=["ra", "dec"]
    )
    if column == "objid":
        table["name"] = [f"NGC {i}" for i in range(12)]
    galaxies = read(table).galaxies
    assert galaxies["iauname"].tolist() == concentrations["iauname"].tolist()
    assert galaxies["ra"].notna().all()


def test_text_columns_of_plain_numbers_keep_their_unit(concentrations, tmp_path, sky):
    table = AstropyTable.from_pandas(concentrations.drop(columns=["iauname"]))
    table["ra"] = [f"{h:.9f}" for h in sky.ra.hour]
    table["ra"].unit = "h"
    path = tmp_path / "table.fits"
    table.write(path)
    with open_table(path) as opened:
        reading = read_published(opened, GZD5)
    assert apart(reading, sky) < 1e-3
    assert isinstance(reading.galaxies, pd.DataFrame)


@pytest.mark.parametrize("sign", [np.inf, 1e20, 999.0])
def test_a_sign_of_no_position_in_both_coordinates_is_missing(
    sign, concentrations, read
):
    table = concentrations.copy()
    table.loc[3, ["ra", "dec"]] = sign
    reading = read(table)
    assert reading.galaxies["position_from"].tolist() == [
        "name" if row == 3 else "table" for row in range(12)
    ]


def test_numbers_that_fill_the_range_of_another_unit_are_told(declared):
    ra = np.linspace(5, 355, 12)
    dec = np.linspace(-40, 60, 12)
    for unit, lon, lat in (
        ("radians", np.radians(ra), np.radians(dec)),
        ("hours", ra / 15, dec),
    ):
        assert unit in declared(lon, lat).report["positions without a unit"]
    assert "positions without a unit" not in declared(ra, dec).report
    stated = declared(ra / 15, dec, units=("deg", "deg"))
    assert "positions without a unit" not in stated.report
