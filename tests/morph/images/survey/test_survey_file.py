"""Surveys as TOML files: those shipped, a user's own, and files that are wrong."""

import numpy as np
import pytest
from astropy.io import fits

from morph.errors import MorphError
from morph.images.survey.moc import read_moc
from morph.images.survey.survey_file import read_survey, shipped, surveys_of
from morph.images.surveys import known_surveys, survey_called, survey_problems

WHOLE = """
name = "third"
title = "A third survey"
credit = "Somebody"
pixscale_arcsec = 0.5

[service]
url = "https://cutouts.example.org/api"
layer = "deep"

[[bands]]
name = "VIS"
as_band = "r"
fwhm_arcsec = 0.16
depth_mag = 26.2

[footprint]
boxes = [[350, 10, -5, 5]]

[colours]
scales = [1, 2, 3]
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "surveys"
    made.mkdir()
    return made


def test_a_survey_of_the_home_has_all_that_its_file_says(tmp_path, folder):
    (folder / "mine.toml").write_text(WHOLE)
    third = survey_called("third", tmp_path)
    assert (third.title, third.credit) == ("A third survey", "Somebody")
    assert (third.pixscale_arcsec, third.service.layer) == (0.5, "deep")
    assert (third.places, third.fwhm_arcsec, third.depth_mag) == (
        ("r",),
        (0.16,),
        (26.2,),
    )
    assert third.colours.scales == (1.0, 2.0, 3.0)
    assert [s.name for s in known_surveys(tmp_path)][-1] == "third"
    ra, dec = np.array([355.0, 5, 180, 5, np.nan]), np.array([0.0, 0, 0, 6, 0])
    inside = third.footprint.contains(ra, dec)
    assert inside.tolist() == [True, True, False, False, False]
    assert third.footprint.words == "RA 350° to 10°, Dec −5° to 5°"
    assert third.footprint.dec_range() == (-5, 5)


def test_a_survey_of_the_home_replaces_the_shipped_one_of_its_name(tmp_path, folder):
    (folder / "mirror.toml").write_text(WHOLE.replace('"third"', '"decals"'))
    assert survey_called("decals", tmp_path).service.layer == "deep"
    names = [survey.name for survey in known_surveys(tmp_path)]
    assert len(names) == len(set(names)) == len(shipped())


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('name = "third"', 'name = "A Survey"', "use 1 to 32 of a-z"),
        ('title = "A third survey"', "", "title is missing"),
        ('title = "A third survey"', "title = 3", "title is 3; expected a string"),
        ("pixscale_arcsec = 0.5", "pixscale_arcsec = 0", "from 0.01 to 60"),
        ("pixscale_arcsec = 0.5", "pixels = 1", "pixels is not a setting"),
        ('as_band = "r"', "", "the band 'VIS' has no as_band"),
        ('as_band = "r"', 'as_band = "y"', "expected one of: , g, r, z"),
        ("https://", "http://", "begins with https://"),
        ("https://", "https://me:word@", "without password"),
        ("https://", "file://", "begins with https://"),
        ('layer = "deep"', 'other_hosts = ["https://a.b"]', "names of hosts, such"),
        ("boxes = [[350, 10, -5, 5]]", "boxes = [[1, 2, 3]]", "a list of 4"),
        ("boxes = [[350, 10, -5, 5]]", "", "needs exactly one of these"),
        ("boxes = [[350, 10, -5, 5]]", 'moc = "none.fits"', "none.fits cannot be read"),
        ("scales = [1, 2, 3]", "scales = [1, 2]", "colours.scales"),
        ("[colours]", "[colours", "line"),
    ],
)
def test_a_wrong_file_is_named_in_a_sentence_and_stops_nothing(
    tmp_path, folder, before, after, says
):
    assert before in WHOLE
    (folder / "good.toml").write_text(WHOLE)
    (folder / "wrong.toml").write_text(WHOLE.replace(before, after, 1))
    (problem,) = survey_problems(tmp_path)
    assert problem.startswith("the survey file wrong.toml cannot be used: ")
    assert says in problem
    assert survey_called("third", tmp_path).title == "A third survey"


def test_odd_files_are_named_too(tmp_path, folder):
    (folder / "binary.toml").write_bytes(b"\xff\xfe\0")
    (folder / "large.toml").write_text("#" * 200_000)
    (folder / "folder.toml").mkdir()
    (folder / "one.toml").write_text(WHOLE)
    (folder / "two.toml").write_text(WHOLE)
    surveys, problems = surveys_of(tmp_path)
    assert [survey.name for survey in surveys] == ["third"]
    assert len(problems) == 4
    assert "another file has the name 'third' too" in problems[-1]


def test_bands_that_take_one_place_are_refused(folder):
    path = folder / "twice.toml"
    path.write_text(WHOLE + '[[bands]]\nname = "r"\n')
    with pytest.raises(MorphError, match="each of g, r and z at most once"):
        read_survey(path)


def write_moc(path, cells, ordering="NUNIQ", frame="C"):
    column = fits.Column("CELL", "K", array=np.array(cells, dtype=np.int64))
    table = fits.BinTableHDU.from_columns([column])
    table.header["ORDERING"], table.header["COORDSYS"] = ordering, frame
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path)


@pytest.mark.parametrize("order", [0, 13, 26, 29])
def test_the_last_cell_of_every_order_is_read(tmp_path, order):
    """Its number, 16 · 4^order - 1, is not that of a double-precision number."""
    write_moc(tmp_path / "sky.fits", [16 * 4**order - 1])
    end = 12 * 4**29
    assert read_moc(tmp_path / "sky.fits").tolist() == [[end - 4 ** (29 - order), end]]


def test_a_coverage_map_of_galactic_coordinates_is_refused(tmp_path):
    write_moc(tmp_path / "sky.fits", [4], frame="G")
    with pytest.raises(MorphError, match=r"sky\.fits cannot be read .*COORDSYS is 'G'"):
        read_moc(tmp_path / "sky.fits")


@pytest.mark.parametrize("ordering", ["NUNIQ", "RANGE"])
def test_a_footprint_may_be_a_coverage_map(folder, ordering):
    """The cell 0 of order 0 has its corners at RA 45°, Dec 0° to 41.8°."""
    write_moc(folder / "sky.fits", [4] if ordering == "NUNIQ" else [0, 4**29], ordering)
    path = folder / "mapped.toml"
    path.write_text(WHOLE.replace("boxes = [[350, 10, -5, 5]]", 'moc = "sky.fits"'))
    footprint = read_survey(path).footprint
    ra, dec = np.array([45.0, 45, 225, np.nan]), np.array([20.0, -20, 20, 20])
    assert footprint.contains(ra, dec).tolist() == [True, False, False, False]
    assert footprint.words == "the map sky.fits"
