"""Lists of NGC, IC, Messier and other well-known objects, by worked positions."""

import pandas as pd
import pytest

from morph.catalogue import find_galaxy
from morph.sky import parse_position
from morph.subsets.list_columns import ListColumns
from morph.subsets.match_list import MatchedList, match
from morph.subsets.uploaded_list import read_upload
from tests.cases.list_cases import release_of

pytestmark = pytest.mark.usefixtures("in_this_process")
pytest.importorskip("pyongc")

# Published positions of the objects (J2000), and how far north of them a galaxy is.
PUBLISHED = {
    "NGC 4535": (188.58458, 8.19775, 1),
    "NGC 5194": (202.46963, 47.19517, 2),
    "NGC 5457": (210.80225, 54.34894, 19),
    "NGC 4258": (184.73958, 47.30397, 0),
    "IC 10": (5.07225, 59.30378, 21),
}
NAMES = {
    "NGC 4535": "J123420.30+081152.9",
    "NGC 5194": "J132952.71+471144.6",
    "NGC 5457": "J140312.54+542115.1",
    "NGC 4258": "J121857.50+471814.3",
    "IC 10": "J002017.34+591834.6",
}
GALAXIES = pd.DataFrame(
    {
        "iauname": [*NAMES.values(), "J121857.50+471826.3"],
        "source_id": ["a", "b", "c", "d", "e", "f"],
        "ra": [ra for ra, _, _ in PUBLISHED.values()] + [184.73958],
        "dec": [dec + north / 3600 for _, dec, north in PUBLISHED.values()]
        + [47.30397 + 12 / 3600],  # the second nearest to NGC 4258
    }
)


@pytest.fixture(scope="module")
def release():
    with release_of(GALAXIES) as opened:
        yield opened


def found(release, text: str, **options) -> MatchedList:
    return match(*release, read_upload(text.encode(), "list.csv"), **options)


@pytest.mark.parametrize(
    ("name", "object_name"),
    [
        ("NGC 4535", "NGC 4535"),
        ("ngc4535", "NGC 4535"),
        ("NGC_04535", "NGC 4535"),
        ("N4535", "NGC 4535"),
        ("UGC 7727", "NGC 4535"),
        ("PGC041812", "NGC 4535"),
        ("M51", "NGC 5194"),
        ("Messier 51", "NGC 5194"),
        ("Whirlpool", "NGC 5194"),
        ("the whirlpool galaxy", "NGC 5194"),
        ("NGC 5194 (M51)", "NGC 5194"),
        ("M 101", "NGC 5457"),
    ],
)
def test_a_list_finds_the_galaxy_that_the_search_field_finds(
    release, name, object_name
):
    report = found(release, f"name,mag\n{name},12\n").report
    assert report["iauname"].tolist() == [NAMES[object_name]]
    assert report["by"].tolist() == ["object name"]
    assert report["reason"].tolist() == [f"{object_name} in OpenNGC"]
    north = PUBLISHED[object_name][2]
    assert report["separation_arcsec"][0] == pytest.approx(north, abs=0.1)
    place = parse_position(name)
    nearest = find_galaxy.nearest(*release, place.ra, place.dec)
    assert nearest["iauname"].tolist() == report["iauname"].tolist()


def test_a_galaxy_farther_than_20_arcsec_is_not_the_object(release):
    report = found(release, "name\nIC 10\nM 101\n").report
    assert report["state"].tolist() == ["unmatched", "matched"]
    assert "IC 10 in OpenNGC; its nearest galaxy is 21.0 arcsec" in report["reason"][0]


def test_the_nearest_of_two_galaxies_is_the_object(release):
    report = found(release, "name\nNGC 4258\n").report
    assert report["iauname"].tolist() == [NAMES["NGC 4258"]]
    assert report["reason"].tolist() == [
        "NGC 4258 in OpenNGC; another galaxy is 12.0 arcsec away"
    ]


def test_a_galaxy_of_that_name_comes_before_the_object():
    galaxies = GALAXIES.assign(iauname=["NGC 5194", *GALAXIES["iauname"][1:]])
    with release_of(galaxies) as opened:
        report = found(opened, "name\nngc 5194\nM51\n").report
    assert report["iauname"].tolist() == ["NGC 5194", NAMES["NGC 5194"]]
    assert report["by"].tolist() == ["iauname", "object name"]


def test_unknown_names_are_told_with_their_rows(release):
    text = "name\nNGC 99999\nNGC 4535\nWhirlpoool\nPGC 9999999\n"
    report = found(release, text).report.set_index("row")
    assert report["state"].tolist() == ["unmatched", "matched", *["unmatched"] * 2]
    unknown = "no galaxy with that iauname"
    assert report["reason"].drop(2).to_dict() == {
        1: f"{unknown}, nor an object in OpenNGC",
        3: unknown,
        4: f"{unknown}, nor an object in OpenNGC",
    }


def test_objects_and_positions_of_other_galaxies_are_in_conflict(release):
    one, two = GALAXIES.iloc[0], GALAXIES.iloc[1]
    rows = [
        ("NGC 4535", one.ra, one.dec),  # they agree
        ("NGC 4535", two.ra, two.dec),  # another galaxy
        ("NGC 4535", 10.0, 20.0),  # no galaxy
        ("NGC 5457", 210.80225, 54.34894),  # near enough
        ("NGC 1", two.ra, two.dec),  # an object that is no galaxy of the release
        ("NGC 1", 1.81604, 27.70811 + 45 / 3600),  # near enough to it
        ("foo", two.ra, two.dec),  # no object
    ]
    text = "\n".join(f"{name},{ra},{dec}" for name, ra, dec in rows)
    text = f"name,ra,dec\n{text}\n"
    report = found(release, text).report
    states = ["matched", "conflict", "conflict", "matched", "conflict", "unmatched"]
    assert report["state"].tolist() == [*states, "matched"]
    reason = report["reason"]
    assert reason[1].startswith("the galaxy with that object name is 40.8° from the ")
    assert reason[1].endswith(f"which is that of {NAMES['NGC 5194']}")
    assert reason[2].endswith("where there is no galaxy")
    assert reason[3] == "the position is 19.0 arcsec away"
    assert reason[4].startswith("NGC 1 in OpenNGC is ")
    settled = found(release, text, prefer_position=True).report["iauname"].tolist()
    first, second = NAMES["NGC 4535"], NAMES["NGC 5194"]
    third = NAMES["NGC 5457"]
    assert settled == [first, second, "", third, second, "", second]


def test_objects_and_identifiers_of_other_galaxies_are_in_conflict(release):
    report = found(release, "name,source_id\nNGC 4535,b\nNGC 4535,a\n").report
    assert report["state"].tolist() == ["conflict", "matched"]
    assert report["by"].tolist() == ["object name"] * 2
    assert report["reason"][0] == f"the source_id is that of {NAMES['NGC 5194']}"


@pytest.mark.parametrize(
    "text",
    [
        "{}\n{}\n{}\n",
        "{}\r\n\r\n{}\r\n{}",
        "Object\n{}\n{}\n{}\n",
        "# mine\n{}\n{}\n{}\n",
        '"{}"\n"{}"\n"{}"\n',
        "{}, {}, {}",
        "{}; {}; {}",
        '["{}", "{}", "{}"]',
        "{},12.1\n{},12.2\n{},12.3\n",
        "{}\t12.1\n{}\t12.2\n{}\t12.3\n",
        "my list,mag\n{},12.1\n{},12.2\n{},12.3\n",
    ],
)
@pytest.mark.parametrize(
    "names", [("NGC 4535", "NGC 99999", "IC 10"), ("NGC 99999", "UGC 7727", "M 51")]
)
def test_names_are_read_without_a_header_or_under_any(text, names):
    upload = read_upload(text.format(*names).encode(), "list.txt")
    assert upload.rows["iauname"].tolist() == list(names)
    assert upload.rows["row"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("names", [("Whirlpool", "M51", "M 101"), ("N4535", "M5", "?")])
def test_short_names_are_read_where_a_line_has_nothing_else(names):
    upload = read_upload("\n".join(names).encode(), "list.txt")
    assert upload.rows["iauname"].tolist() == list(names)


def test_one_name_is_a_list():
    upload = read_upload(b"NGC 4535", "list.txt")
    assert upload.rows["iauname"].tolist() == ["NGC 4535"]


def test_names_and_positions_are_read_from_one_column(release):
    text = "M51\n188.58458 8.19803\nJ121857.50+471814.3\nfoo\n14:03:12.54 +54:21:15.2\n"
    report = found(release, text).report
    wanted = ["NGC 5194", "NGC 4535", "NGC 4258", None, "NGC 5457"]
    assert report["iauname"].tolist() == [NAMES.get(one, "") for one in wanted]
    assert report["by"].tolist() == [
        *("object name", "position", "iauname", "", "position")
    ]
    assert "'foo' is not a position" in report["reason"][3]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("type,ra,dec\nM5,1,2\nM3,3,4\n", ListColumns(ra="ra", dec="dec")),
        ("ring\nnone\nweak\n", ListColumns()),
        (
            "name,sdss\nM51,J132952.71+471144.6\nM101,J140312.54+542115.1\n",
            ListColumns("sdss"),
        ),
    ],
)
def test_what_may_be_no_object_is_not_guessed(text, columns):
    assert read_upload(text.encode(), "list.csv").chosen == columns
