"""Galaxies outside of a survey: counted, restricted to a region, refused if all are."""

import pandas as pd
import pytest

from data.__main__ import main
from morph.errors import MorphError
from morph.images.new_stores.cutouts_run import CutoutsConfig, begin
from morph.images.store import open_store

FOOTPRINT = "[footprint]\nboxes = [[359, 150.055, 1, 3]]\n"  # over RA 0


@pytest.fixture
def narrow(root, targets, monkeypatch):
    """A survey that has 6 of the 12 galaxies, and their table."""
    survey = root / "surveys" / "near.toml"
    survey.write_text(survey.read_text() + FOOTPRINT)
    monkeypatch.setenv("MORPH_HOME", str(root))
    targets.to_csv(root / "mine.csv", index=False)
    return root / "mine.csv"


def cutouts(capsys, path, *arguments: str, expect: int = 0) -> str:
    status = main(
        ["cutouts", str(path), "--survey", "near", "--size", "16", *arguments]
    )
    printed = capsys.readouterr()
    assert status == expect, printed
    return printed.err


def test_galaxies_outside_of_the_survey_are_counted(root, narrow, capsys):
    said = cutouts(capsys, narrow)
    assert "6 of 12 galaxies are outside the images of A near service (RA" in said
    assert len(open_store(root / "cutouts" / "near").index) == 12  # it is asked anyway


def test_galaxies_all_outside_are_refused_before_a_request(
    root, narrow, targets, server, capsys
):
    far = targets.assign(dec=-60.0)
    far.to_csv(narrow, index=False)
    said = cutouts(capsys, narrow, expect=1)
    assert "all 12 galaxies are outside the images of A near service (RA" in said
    assert "choose another survey" in said
    assert not (root / "cutouts").exists()
    with pytest.raises(MorphError, match="all 12 galaxies are outside the images"):
        begin(root, CutoutsConfig("mine", "near", size=16), far)
    one = pd.concat([targets.head(1), far])
    assert begin(root, CutoutsConfig("mine", "near", size=16), one).is_dir()
    assert server.log == []


def test_one_galaxy_outside_and_plain_lines_of_a_log(root, narrow, targets, capsys):
    six = targets[targets["ra"] < 150.055]
    pd.concat([six, targets.tail(1)]).to_csv(narrow, index=False)
    said = cutouts(capsys, narrow).splitlines()
    assert "1 of 7 galaxies is outside the images of A near service (RA" in said[0]
    assert "\r" not in "".join(said)
    assert said[-1].startswith("7 of 7 requested, ")


def test_cutouts_of_a_region_alone(root, narrow, targets, capsys):
    cutouts(capsys, narrow, "--cone", "150", "2", "0.025", "--outside")
    names = sorted(open_store(root / "cutouts" / "near").names)
    assert names == targets["iauname"][3:].tolist()
    said = cutouts(capsys, narrow, "--cone", "10", "2", "1", expect=1)
    assert "none of the 12 galaxies is within 1° of RA 10.00000" in said
    assert "--outside needs a region" in cutouts(capsys, narrow, "--outside", expect=1)
