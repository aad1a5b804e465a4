"""Uploaded lists: guessed columns and matched galaxies."""

import csv
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table as AstropyTable

from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.errors import MorphError, UnreadableTable
from morph.release.folder import Manifest, write_release
from morph.subsets import saved
from morph.subsets.list_columns import ListColumns
from morph.subsets.match_list import match, report_csv
from morph.subsets.match_positions import degrees
from morph.subsets.nearby_galaxies import Galaxies
from morph.subsets.uploaded_list import Upload, read_upload
from morph.trees.decision_tree import GZD5

pytestmark = pytest.mark.usefixtures("in_this_process")

# Four galaxies, two of them 3 arcsec apart, one beyond the pole's other side.
GALAXIES = pd.DataFrame(
    {
        "iauname": ["J-one", "J-two", "J-near-two", "J-pole", "J-nowhere"],
        "source_id": ["11", "12", "12", "14", "abc"],
        "ra": [359.9999, 150.0, 150.0, 10.0, np.nan],
        "dec": [0.0, 20.0, 20.0 + 3 / 3600, 89.9999, np.nan],
    }
)


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    home = tmp_path_factory.mktemp("lists")
    with connection.connect(home / "c.duckdb", workspace=home / "w.duckdb") as con:
        for name, galaxies in {"five": GALAXIES, "one": GALAXIES[:1]}.items():
            written(home / name, galaxies)
            load_release(con, home / name)
        yield con


def written(folder, galaxies) -> None:
    alpha = pd.DataFrame(
        np.random.default_rng(0).uniform(1, 101, (len(galaxies), 34)),
        columns=[f"{label}_concentration" for label in GZD5.labels],
    )
    alpha.insert(0, "iauname", galaxies["iauname"])
    manifest = Manifest(folder.name, "simulated", "synthetic", "Some", "", "")
    write_release(folder, manifest, galaxies, alpha)


@pytest.fixture(scope="module")
def five(con):
    return release_table.release(con, "five")


def outcome(con, release, text: str, **given) -> pd.DataFrame:
    upload = read_upload(text.encode(), "list.csv")
    return match(con, release, upload, **given).report.set_index("row")


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("iauname,ra,dec", "x,1,2", ListColumns("iauname", None, "ra", "dec")),
        ("ID,RAJ2000,DEJ2000", "7,1,2", ListColumns(None, "ID", "RAJ2000", "DEJ2000")),
        ("RA_deg,Dec_deg,z", "1,2,3", ListColumns(None, None, "RA_deg", "Dec_deg")),
        ("_RAJ2000,_DEJ2000", "1,2", ListColumns(None, None, "_RAJ2000", "_DEJ2000")),
        ("ra,mag", "1,2", ListColumns()),  # half a place is none
        (
            "target,ra,dec",
            "J112953.88-000427.4,1,2",
            ListColumns("target", None, "ra", "dec"),
        ),
        (
            "name,iau",
            "NGC 1,J112953.88-000427.4",
            ListColumns("iau"),
        ),
        ("J112953.88-000427.4", "J112953.88-000427.5", ListColumns("column 1")),
        ("184.6,11.7", "184.7,11.8", ListColumns(None, None, "column 1", "column 2")),
        ("colour,shape", "red,round", ListColumns()),
        ("ra_1,dec_1,ra_2,dec_2", "1,2,1,2", ListColumns(ra="ra_1", dec="dec_1")),
        ("gaia_ra,gaia_dec", "1,2", ListColumns(ra="gaia_ra", dec="gaia_dec")),
        ("TARGET_RA,TARGET_DEC", "1,2", ListColumns(ra="TARGET_RA", dec="TARGET_DEC")),
        ("RA (hours),Dec", "1,2", ListColumns(ra="RA (hours)", dec="Dec")),
        ("dej2000,ra,dec,raj2000", "1,2,3,4", ListColumns(ra="ra", dec="dec")),
        ("id,ra,dec", "1,2,3", ListColumns(ra="ra", dec="dec")),  # numbers the rows
        ("1,128.7,34.8", "2,169.4,44.0", ListColumns(ra="column 2", dec="column 3")),
        ("place,mag", '"184.675, -11.7",1', ListColumns(ra="place", dec="place")),
        ("who", "SDSS J112953.88-000427.4", ListColumns("who")),
    ],
)
def test_columns_are_guessed_by_their_headers_and_what_is_in_them(
    header, cells, expected
):
    upload = read_upload(f"{header}\n{cells}\n".encode(), "list.csv")
    assert upload.chosen == expected


def test_a_guess_can_be_corrected():
    data = b"ra,dec,ra_new,dec_new\n1,2,3,4\n"
    columns = ListColumns(ra="ra_new", dec="dec_new")
    upload = read_upload(data, "list.csv", columns)
    assert upload.chosen == columns
    assert upload.rows[["ra", "dec"]].iloc[0].tolist() == ["3", "4"]
    with pytest.raises(MorphError, match="no column 'nope'; it has ra, dec, ra_new"):
        read_upload(data, "list.csv", ListColumns(iauname="nope"))
    with pytest.raises(MorphError, match="both RA and Dec"):
        read_upload(data, "list.csv", ListColumns(ra="ra"))


def test_a_header_alone_is_no_list():
    with pytest.raises(UnreadableTable, match="columns but no rows"):
        read_upload(b"ra,dec\n", "list.csv")


def test_names_ids_and_places_are_tried_in_turn(con, five):
    found = outcome(
        con,
        five,
        "iauname,source_id,ra,dec\n"
        "j-ONE ,,,\n"  # 1 by name, whatever its case
        ",11,,\n"  # 2 by id
        ",,150.0,20.0001\n"  # 3 by place
        "unknown,99,10,89.9999\n"  # 4 the name and id fail, the place does not
        ",12,,\n"  # 5 two galaxies have this id
        "unknown,,,\n"  # 6
        ",,,\n"  # 7
        "J-nowhere,,,\n",  # 8 without a place in the release
    )
    assert found["state"].tolist() == [
        "matched",
        "matched",
        "matched",
        "matched",
        "ambiguous",
        "unmatched",
        "unmatched",
        "matched",
    ]
    names = ["J-one", "J-one", "J-two", "J-pole", "J-near-two", "", "", "J-nowhere"]
    assert found["iauname"].tolist() == names
    assert found["by"].tolist()[:5] == [
        "iauname",
        "source_id",
        "position",
        "position",
        "source_id",
    ]
    assert found["separation_arcsec"].round(3).tolist()[2:4] == [0.36, 0.0]
    assert found["reason"].to_dict() == {
        1: "",
        2: "the same galaxy as row 1",
        3: "",
        4: "",
        5: "2 galaxies with that source_id",
        6: "no galaxy with that iauname",
        7: "no name and no position",
        8: "",
    }


NAMED = pd.DataFrame(
    {
        "iauname": [
            "J083448.64+344924.9",
            "J103359.17+600755.9",
            "J110000.00-000030.0",
        ],
        "source_id": ["1", "2", "3"],
        "ra": [128.7026718965933, 158.4965627226655, 165.00002],
        "dec": [34.82360628312841, 60.13221183607399, -30.04 / 3600],
    }
)


@pytest.fixture(scope="module")
def named(con, tmp_path_factory):
    folder = tmp_path_factory.mktemp("named") / "named"
    written(folder, NAMED)
    load_release(con, folder)
    return release_table.release(con, "named")


@pytest.mark.parametrize(
    ("name", "galaxy"),
    [
        ("SDSS J083448.64+344924.9", 0),
        ("J083448.64\u00a0+\u00a0344924.9", 0),
        ("2MASX J08344864+3449249", 0),
        ("J083449+344925", 0),  # rounded
        ("J083448+344924", 0),  # cut
        ("DES J0834+3449", 0),
        ("PSO J128.7027+34.8236", 0),
        ("J103359.18+600755.9", 1),
        ("j110000−000030", 2),
    ],
)
def test_a_name_finds_its_galaxy_in_any_writing(con, named, name, galaxy):
    found = outcome(con, named, f"name\n{name}\n")
    assert found["state"].tolist() == ["matched"], found["reason"].tolist()
    assert found["iauname"].tolist() == [NAMED["iauname"][galaxy]]


@pytest.mark.parametrize(
    "name", ["J083450+344924", "J083448+344922", "J0833+3449", "J103359+600753", "x"]
)
def test_a_name_of_another_place_finds_none(con, named, name):
    found = outcome(con, named, f"name\n{name}\n")
    assert found["state"].tolist() == ["unmatched"]


def test_rows_of_two_galaxies_are_in_conflict_until_the_position_is_preferred(
    con, named
):
    one, two, three = NAMED.itertuples(index=False)
    rows = [
        f"{one.iauname},,{two.ra},{two.dec}",  # a name and another's position
        f",1,{two.ra},{two.dec}",  # an identifier and another's position
        f"{one.iauname},2,,",  # a name and another's identifier
        f"{one.iauname},1,{one.ra},{one.dec}",  # they agree
        f"{three.iauname},,{three.ra},{three.dec + 5 / 3600}",  # near enough
        f"{one.iauname},,12.5,-3.5",  # a position without a galaxy
        f"J0834+3449,,{two.ra},{two.dec}",  # digits of another place
    ]
    text = "\n".join(["iauname,objid,ra,dec", *rows])
    columns = ListColumns("iauname", "objid", "ra", "dec")
    upload = read_upload(text.encode(), "list.csv", columns)
    found = match(con, named, upload)
    states = ["conflict"] * 3 + ["matched"] * 2 + ["conflict"] * 2
    assert found.report["state"].tolist() == states
    assert found.names.tolist() == [one.iauname, three.iauname]
    assert "5 in conflict" in found.sentence
    assert f"which is that of {two.iauname}" in found.report["reason"][0]
    assert "that of" in found.report["reason"][2]
    assert "where there is no galaxy" in found.report["reason"][5]
    assert "digits" in found.report["reason"][6]
    assert found.report["reason"][4] == "the position is 5.0 arcsec away"
    settled = match(con, named, upload, prefer_position=True)
    assert settled.recipe["prefer_position"]
    assert settled.report["state"].tolist() == [
        *("matched", "matched", "conflict", "matched", "matched"),
        *("unmatched", "matched"),
    ]
    wanted = [two.iauname, two.iauname, one.iauname, one.iauname, three.iauname]
    assert settled.report["iauname"].tolist() == [*wanted, "", two.iauname]


def test_identifiers_are_compared_with_positions(con, named):
    """Row numbers chosen as identifiers are told from the galaxies that have them."""
    one, two, three = NAMED.itertuples(index=False)
    rows = [f"{i},{g.ra},{g.dec}" for i, g in enumerate((three, two, one), start=1)]
    data = "\n".join(["id,ra,dec", *rows]).encode()
    guessed = match(con, named, read_upload(data, "list.csv")).report
    assert guessed["iauname"].tolist() == [three.iauname, two.iauname, one.iauname]
    columns = ListColumns(None, "id", "ra", "dec")
    found = match(con, named, read_upload(data, "list.csv", columns)).report
    assert found["state"].tolist() == ["conflict", "matched", "conflict"]


@pytest.mark.parametrize(
    "text",
    [
        "ra;dec\n158,4965627;60,1322118\n",
        "ra,dec\n158.4965627,+ 60.1322118\n",
        "ra (hours),dec\n10.56643751,60.1322118\n",
        "ra_rad,dec_rad\n2.766286548,1.049505081\n",
        "place|n\n(158.4965627, 60.1322118)|1\n",
        "place|n\n10 33 59.175 +60 07 55.96|1\n",
        "place|n\nhttps://a.b/viewer?ra=158.4965627&dec=60.1322118|1\n",
        "ra,dec\n10:33:59.175,60.1322118\n",
        "ra,dec\n158.4965627,+60:07:55.96\n",
        "RAB1950,DEB1950\n157.6741131,60.3904235\n",
    ],
)
def test_positions_are_read_in_any_writing(con, named, text):
    found = outcome(con, named, text)
    assert found["state"].tolist() == ["matched"], found["reason"].tolist()
    assert found["iauname"].tolist() == [NAMED["iauname"][1]]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("ra,dec\n10.566437,60.1322118\n8.5801781,34.8236062\n", "hours"),
        ("ra,dec\n60.1322118,158.4965627\n34.8236062,128.7026718\n", "swapped"),
        ("ra,dec\n10.566437,60.1322118\n158.4965627,34.8236062\n", ""),
    ],
)
def test_a_hint_says_why_no_row_may_match(text, hint):
    found = read_upload(text.encode(), "list.csv").places.hint
    assert hint in found
    assert bool(hint) == bool(found)


def test_right_ascensions_are_wrapped(con, five):
    found = outcome(con, five, "ra,dec\n-0.0001,0\n360,0\n-0.00000001,0\n-181,0\n")
    assert found["iauname"].tolist() == ["J-one"] * 3 + [""]
    assert found["reason"].iloc[3] == "RA -181, Dec 0 is not a position"


@pytest.mark.parametrize(
    "line",
    [
        "158.4965627,\u00a060.1322118",
        "158.4965627°,60.1322118°",
        "(158.4965627, 60.1322118)",
        '"158.4965627 60.1322118"',
        "10h33m59.175s +60°07′55.96″",
        "10 33 59.175;+60 07 55.96",
        "  158.4965627   60.1322118",
        "https://a.b/viewer?ra=158.4965627&dec=60.1322118",
        "SDSS 103359.17+600755.9",
        "DES J1033+6007",
        "PSO J158.4966+60.1322",
    ],
)
def test_the_first_line_of_a_list_without_a_header_is_a_row(con, named, line):
    found = outcome(con, named, f"{line}\n{line}\n")
    assert found["state"].tolist() == ["matched"] * 2, found["reason"].tolist()
    assert found["iauname"].tolist() == [NAMED["iauname"][1]] * 2


@pytest.mark.parametrize("line", ["10 33 59.17 60 07 55.9", "\\hline x"])
def test_columns_that_are_no_position_are_not_guessed(con, named, line):
    with pytest.raises(MorphError, match="choose the columns"):
        outcome(con, named, f"{line}\n{line}\n")


def test_what_may_be_hours_or_degrees_is_not_guessed(con, named):
    found = outcome(con, named, "ra,dec\n10.56643751,+60:07:55.96\n")
    assert found["reason"].tolist()[0].startswith("RA may be in hours or degrees")
    text = "ra,dec\n10.56643751,+60:07:55.96\n158.4965627,+60:07:55.96\n"
    assert outcome(con, named, text)["state"].tolist() == ["unmatched", "matched"]


@pytest.mark.parametrize(
    ("unit", "factor"), [("rad", np.pi / 180), ("15deg", 1 / 15), ("arcsec", 3600)]
)
def test_declared_units_are_converted(con, named, tmp_path, unit, factor):
    path = tmp_path / "units.vot"
    ra = u.Quantity(NAMED["ra"].to_numpy() * factor, u.Unit(unit))
    dec = u.Quantity(NAMED["dec"].to_numpy(), u.deg)
    dec = dec.to(u.rad) if unit == "rad" else dec
    AstropyTable({"RA": ra, "DEC": dec}).write(path, format="votable")
    upload = read_upload(path.read_bytes(), "units.vot")
    found = match(con, named, upload)
    assert found.report["iauname"].tolist() == NAMED["iauname"].tolist()
    assert any("RA was converted" in note for note in upload.places.notes)
    assert found.recipe["conversions"]


def test_a_frame_that_is_stated_is_converted(con, named, tmp_path):
    places = SkyCoord(NAMED["ra"], NAMED["dec"], unit="deg").fk4
    upload = replace(
        read_upload(b"ra,dec\n1,2\n", "list.csv"),
        rows=pd.DataFrame(
            {
                "row": [1, 2, 3],
                "iauname": "",
                "source_id": "",
                "ra": [str(ra) for ra in places.ra.deg],
                "dec": [str(dec) for dec in places.dec.deg],
            }
        ),
        frame="FK4 B1950",
    )
    found = match(con, named, upload).report
    assert found["iauname"].tolist() == NAMED["iauname"].tolist()
    with pytest.raises(MorphError, match="states galactic coordinates"):
        match(con, named, replace(upload, frame="galactic"))


def test_near_is_counted_on_the_sky(con, five):
    """Across RA 0, and near the pole, where degrees of RA are short."""
    text = "ra,dec\n0.0001,0\n10.5,89.9999\n0.0003,0\n"
    found = outcome(con, five, text)
    assert found["state"].tolist() == ["matched", "matched", "unmatched"]
    assert found["separation_arcsec"].iloc[0] == pytest.approx(0.72)
    assert found["reason"].iloc[2] == "the nearest galaxy is 1.4 arcsec away"
    wider = outcome(con, five, text, radius_arcsec=2)
    assert wider["state"].tolist() == ["matched"] * 3


def test_two_galaxies_within_the_radius_are_ambiguous(con, five):
    text = "ra,dec\n150,20.0004\n"
    assert outcome(con, five, text, radius_arcsec=1.5)["state"].tolist() == ["matched"]
    found = outcome(con, five, text, radius_arcsec=2)
    assert found["state"].tolist() == ["ambiguous"]
    assert found["reason"].tolist() == ["several galaxies within 2 arcsec"]
    assert found["iauname"].tolist() == ["J-two"]  # the nearer, for the user to judge


def test_a_bad_row_is_told_and_the_rest_goes_on(con, five):
    text = "ra,dec\n150\nabc,20\n400,20\n150,95\n150,\nnan,nan\n150,20\n"
    found = outcome(con, five, text)
    assert found["state"].tolist() == ["unmatched"] * 6 + ["matched"]
    assert found["reason"].tolist() == [
        "1 cells, but the header has 2",
        "RA abc, Dec 20 is not a position",
        "RA 400, Dec 20 is not a position",
        "RA 150, Dec 95 is not a position",
        "RA 150, Dec  is not a position",
        "RA nan, Dec nan is not a position",
        "",
    ]


@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        ("12:18:42.1", "+11:43:54.2"),
        ("12 18 42.1", "+11 43 54.2"),
        ("12h18m42.1s", "-00d43m54.2s"),
        ("184d40m31.5s", "−11°43′54.2″"),
        ("184.675", "11.7318"),
        (" 1.84675e2 ", "-.5"),
        ("12\u00a018\u00a042.1", "\u2013 11 43 54.2"),
    ],
)
def test_places_read_as_astropy_reads_them(ra, dec):
    plain = dec.translate(str.maketrans({"−": "-", "′": "'", "″": '"', "°": "d"}))
    ra, plain = ra.replace("\u00a0", " "), plain.replace("\u2013 ", "-")
    number = ra.strip().replace(".", "").replace("e", "").isdigit()
    hours = u.deg if number or "d" in ra else u.hourangle
    expected = SkyCoord(
        ra.strip(), plain.replace('"', "s").replace("'", "m"), unit=(hours, u.deg)
    )
    found = degrees(pd.Series([ra]), hours=True), degrees(pd.Series([dec]), hours=False)
    assert found[0][0] == pytest.approx(expected.ra.deg, abs=1e-9)
    assert found[1][0] == pytest.approx(expected.dec.deg, abs=1e-9)


def test_a_decimal_comma_is_a_point():
    cells = pd.Series(["128,702672", "− 3,5", "12:18:42,6"])
    np.testing.assert_allclose(degrees(cells, hours=True), [128.702672, -3.5, 184.6775])


@pytest.mark.parametrize(
    "wrong",
    ["12:61:00", "12:00:60", "12:18", "-12:18:42", "25:00:00", "1,5,2", "x", ""],
)
def test_what_is_no_coordinate_is_unknown(wrong):
    assert np.isnan(degrees(pd.Series([wrong]), hours=True)).all()


def test_matches_by_place_are_those_of_astropy(shared_con, plain, tmp_path):
    """All galaxies of a release, scattered by half an arcsec, as a FITS table."""
    rows = shared_con.execute(f"SELECT iauname, ra, dec FROM {plain.table}").df()
    rng = np.random.default_rng(1)
    sky = SkyCoord(rows["ra"].to_numpy(), rows["dec"].to_numpy(), unit="deg")
    moved = sky.directional_offset_by(
        rng.uniform(0, 360, len(sky)) * u.deg, rng.uniform(0, 2, len(sky)) * u.arcsec
    )
    path = tmp_path / "mine.fits"
    AstropyTable({"RAJ2000": moved.ra.deg, "DEJ2000": moved.dec.deg}).write(path)
    upload = read_upload(path.read_bytes(), "mine.fits")
    found = match(shared_con, plain, upload).report
    nearest, apart, _ = moved.match_to_catalog_sky(sky)
    near = apart.arcsec <= 1
    assert 1000 < near.sum() < 2000
    assert ((found["state"] == "matched") == near).all()
    assert found["iauname"][near].tolist() == rows["iauname"][nearest[near]].tolist()
    np.testing.assert_allclose(
        found["separation_arcsec"][near], apart.arcsec[near], atol=1e-6
    )


def test_a_release_of_one_galaxy_has_no_second_nearest(con):
    place = np.array([0.0]), np.array([0.0])
    galaxies = Galaxies(con, release_table.release(con, "one"))
    found = galaxies.nearest_two(*place)
    assert found.iauname.tolist() == ["J-one"]
    np.testing.assert_allclose(found.separation_arcsec, [0.36], rtol=1e-6)
    assert found.second_arcsec.tolist() == [np.inf]


def test_a_matched_list_becomes_a_subset(con, five):
    upload = read_upload(b"iauname\nJ-one\nJ-pole\nJ-one\nnobody\n", "mine.csv")
    found = match(con, five, upload)
    assert found.sentence == "4 rows: 3 matched (2 galaxies), 0 ambiguous, 1 unmatched"
    kept = saved.save_names(
        con, five, found.names, kind="list", name="Mine", recipe=found.recipe
    )
    assert saved.members(con, kept.subset_id).tolist() == ["J-one", "J-pole"]
    assert kept.recipe["file"] == "mine.csv"
    assert kept.recipe["columns"]["iauname"] == "iauname"
    assert len(kept.recipe["sha256"]) == 64
    assert "4 rows" in kept.recipe["words"]


def test_the_report_is_a_csv_that_no_spreadsheet_runs(con, five):
    upload = read_upload(b"iauname,ra,dec\n=cmd(),1,-2\nJ-one,,\n", "list.csv")
    rows = list(
        csv.DictReader(io.StringIO(report_csv(match(con, five, upload)).decode()))
    )
    assert [row["row"] for row in rows] == ["1", "2"]
    assert rows[0]["given_name"] == "'=cmd()"
    assert rows[0]["given_dec"] == "-2"
    assert rows[1]["iauname"] == "J-one"


def test_a_release_without_ids_says_so(shared_con, plain):
    bare = replace(plain, columns=plain.columns - {"source_id"})
    upload = read_upload(b"id\n7\n", "list.csv")
    report = match(shared_con, bare, upload).report
    assert report["reason"].tolist() == ["plain has no source_id"]


@pytest.mark.parametrize("radius", [0, -1, 61, np.nan])
def test_a_radius_out_of_range_is_refused(con, five, radius):
    upload = read_upload(b"ra,dec\n1,2\n", "list.csv")
    with pytest.raises(MorphError, match="at most 60"):
        match(con, five, upload, radius_arcsec=radius)


def test_no_columns_are_asked_for(con, five):
    upload = read_upload(b"colour,shape\nred,round\n", "list.csv")
    assert isinstance(upload, Upload)
    with pytest.raises(MorphError, match="choose the columns of list"):
        match(con, five, upload)


@pytest.mark.parametrize(
    "text",
    [
        '["{}", "{}"]',
        "['{}',\n '{}']",
        "{}, {}",
        "{}; {}",
    ],
)
def test_names_in_brackets_or_in_one_row_are_one_galaxy_each(text):
    names = ["J112953.88-000427.4", "J121842.00+114354.4"]
    upload = read_upload(text.format(*names).encode(), "list.txt")
    assert upload.rows["iauname"].tolist() == names


@pytest.mark.parametrize(
    "text", ["[(1.5, 2.0), (3.5, -4.0)]", "[[1.5, 2.0],\n [3.5, -4.0]]"]
)
def test_pairs_in_brackets_are_one_position_each(text):
    places = read_upload(text.encode(), "list.txt").places
    np.testing.assert_allclose(places.ra, [1.5, 3.5])
    np.testing.assert_allclose(places.dec, [2, -4])


@pytest.mark.parametrize("header", ["l,b", "coord.l,coord.b"])
def test_columns_l_and_b_are_galactic(header):
    cells = "283.77757,74.49122"
    upload = read_upload(f"{header}\n{cells}\n".encode(), "list.csv")
    assert upload.places.ra[0] == pytest.approx(187.70593, abs=1e-4)
    assert upload.places.dec[0] == pytest.approx(12.39112, abs=1e-4)
    assert "from galactic to ICRS" in upload.places.notes[0]


def test_exponents_of_fortran_are_read():
    upload = read_upload(b"ra,dec\n1.84675D+02,-1.17318D+01\n", "list.csv")
    assert (upload.places.ra[0], upload.places.dec[0]) == (184.675, -11.7318)


def test_lines_in_several_formats_are_matched_beside_one_that_cannot_be_read():
    lines = ["12:30:49.42 +12:23:28.0", "10 12 12.07 +06 47 21.5", "150.1 2.2"]
    lines += ["foo bar", "J101212.07+064721.5", "150.2, 2.3"]
    upload = read_upload("\n".join(lines).encode(), "list.txt")
    assert len(upload.rows) == len(lines)
    places = upload.places
    expected = [187.705917, 153.050292, 150.1, np.nan, 153.050313, 150.2]
    np.testing.assert_allclose(places.ra, expected, atol=1e-4)
    assert "foo bar" in places.reason[3]
    assert [bool(reason) for reason in places.reason].count(True) == 1


@pytest.mark.parametrize(
    "text",
    [
        "name,note\nJ121842.00+114354.4,a b\nJ101212.07+064721.5,c d e\n",
        "ra,dec,mag\n184.675,11.7318,17.5\n150.2,2.3,\n",
        "184.675, 11.7318\n150.2, 2.3\n",
    ],
)
def test_tables_keep_their_columns(text):
    assert len(read_upload(text.encode(), "list.csv").columns) > 1
