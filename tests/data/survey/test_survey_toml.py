"""Measured values in a survey's file: only their lines change."""

import tomllib

import pytest

from data.survey.survey_toml import with_values, write_values
from morph.errors import MorphError
from morph.images.survey.survey_file import read_survey

FILE = """# A survey, by hand.
name = "mine"
title = "My survey"
pixscale_arcsec = 0.2

[[bands]]
name = "VIS"  # one band
as_band = "r"
depth_mag = 20.0  # a guess

[colours]
q = 30
"""


def test_only_the_lines_of_the_values_change():
    changed = with_values(
        FILE, {"VIS": {"fwhm_arcsec": 0.17, "depth_mag": 25.1}}, "by X"
    )
    assert changed.splitlines() == [
        "# Measured: by X",
        "# A survey, by hand.",
        'name = "mine"',
        'title = "My survey"',
        "pixscale_arcsec = 0.2",
        "",
        "[[bands]]",
        'name = "VIS"  # one band',
        "fwhm_arcsec = 0.17",
        "depth_mag = 25.1",
        'as_band = "r"',
        "",
        "[colours]",
        "q = 30",
    ]


def test_measuring_again_replaces_the_values(tmp_path):
    path = tmp_path / "mine.toml"
    for width in (0.17, 0.19):
        write_values(path, FILE, {"VIS": {"fwhm_arcsec": width}}, f"{width}")
    assert read_survey(path).bands[0].fwhm_arcsec == 0.19
    again = with_values(path.read_text(), {"VIS": {"fwhm_arcsec": 0.2}}, "third")
    assert again.count("# Measured") == 1
    assert again.count("fwhm_arcsec") == 1


@pytest.mark.parametrize(
    "bands",
    [
        'bands = [{name = "g"}, {name = "r"}]',
        '[[bands]]\n"name" = "g"',
        "[[bands]]\nname = 'g'\n[[bands]]\nname = 'r'\nfwhm_arcsec = [\n1]",
    ],
)
def test_a_file_that_cannot_be_changed_safely_is_refused(bands, tmp_path):
    text = f'name = "x"\ntitle = "X"\n{bands}\n'
    tomllib.loads(text)
    path = tmp_path / "x.toml"
    path.write_text(text)
    values = {"g": {"fwhm_arcsec": 1.0}, "r": {"fwhm_arcsec": 1.0}}
    with pytest.raises(MorphError, match=r"x\.toml was not changed"):
        write_values(path, text, values, "note")
    assert path.read_text() == text


def test_an_impossible_value_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    with pytest.raises(MorphError, match="fwhm_arcsec"):
        write_values(path, FILE, {"VIS": {"fwhm_arcsec": 700.0}}, "note")
    assert not path.exists()
