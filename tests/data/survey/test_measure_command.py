"""``python -m data survey measure``: what it prints, writes and refuses."""

import json
import tomllib

import numpy as np
import pytest

from data.__main__ import main
from data.survey.point_sources import equivalent_width
from morph.images.surveys import survey_called
from tests.data.survey.conftest import images_of

FWHM, BETA, NOISE = (1.4, 1.2, 1.0), 4.0, (0.004, 0.008, 0.015)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MORPH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def planes():
    """24 images in g, r, z."""
    return [
        images_of(
            np.random.default_rng(7), 24, fwhm_arcsec=fwhm, beta=BETA, noise=noise
        )
        for fwhm, noise in zip(FWHM, NOISE, strict=True)
    ]


def measured(*words):
    return main(["survey", "measure", *words])


def test_values_are_written_into_a_copy_of_the_shipped_file(
    planes, make_store, home, capsys
):
    make_store("mine", planes)
    assert measured("mine", "--write", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    path = home / "surveys" / "decals.toml"
    assert result["written"] == str(path)
    survey = survey_called("decals", home)
    for band, found, fwhm, noise in zip(
        survey.in_order, result["bands"], FWHM, NOISE, strict=True
    ):
        assert band.fwhm_arcsec == pytest.approx(
            fwhm * equivalent_width(BETA), rel=0.06
        )
        assert band.depth_mag == pytest.approx(found["depth_mag"], abs=0.006)
        assert found["pixel_noise_nanomaggies"] == pytest.approx(noise, rel=0.06)
        assert found["point_sources"] >= 20
    assert tomllib.loads(path.read_text())["service"]["layer"] == "ls-dr9-south"
    assert "from 24 cutouts of the store mine" in path.read_text()
    assert measured("mine", "--write") == 0  # again, into the copy
    assert path.read_text().count("# Measured") == 1


def test_the_table_names_sources_and_images(planes, make_store, capsys):
    make_store("mine", planes)
    assert measured("mine") == 0
    told = capsys.readouterr().out
    assert "point sources" in told.splitlines()[0]
    assert "1.29 arcsec, 24.8 mag" in told  # of the file
    assert "Written" not in told


def test_simulated_images_are_not_written(planes, make_store, home, capsys):
    make_store("demo", [plane[:3] for plane in planes], origin="simulated")
    assert measured("demo", "--write") == 1
    assert "not those of the survey; nothing was written" in capsys.readouterr().err
    assert not (home / "surveys").exists()


def test_too_few_point_sources_are_refused(planes, make_store, home, capsys):
    make_store("few", [plane[:4] for plane in planes])
    assert measured("few", "--write") == 1
    told = capsys.readouterr().out
    assert "point sources were found in 4 images; at least 20 are needed" in told
    assert not (home / "surveys").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"pixscale_arcsec": None}, "different pixel scales, or unknown ones"),
        ({"pixscale_arcsec": 0.4}, "0.4 arcsec wide, those of the survey 0.262"),
        ({"survey": "unheard-of"}, "no survey 'unheard-of'; give its TOML file"),
        ({"unit": "counts"}, "in 'counts'; expected nanomaggies"),
    ],
)
def test_unusable_stores_are_refused(planes, make_store, capsys, more, words):
    make_store("bad", [plane[:2] for plane in planes], **more)
    assert measured("bad") == 1
    assert words in capsys.readouterr().err
