"""Checks of a release that was loaded: each on galaxies made to be found."""

from __future__ import annotations  # see tests/morph/conftest.py

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from morph.analysis.import_checks import import_checks
from morph.catalogue import connection
from morph.catalogue.loading import load_release
from morph.home import catalogue_path
from morph.release.folder import Manifest, write_release
from morph.trees.decision_tree import GZD5

GALAXIES = 6
REAL = Manifest("one", "real", "decals", "", "", "", posterior="fraction")
NAMES = [f"J{100000 + i}.00+000000.0" for i in range(GALAXIES)]
BAR = GZD5.question("bar")


def found(
    root: Path,
    manifest: Manifest = REAL,
    *,
    dec: list[float] | None = None,
    ra: float | list[float] = 180.0,
    bars: list[tuple[float, ...]] | None = None,
    votes: list[tuple[int, ...]] | None = None,
) -> dict[tuple[str, str | None], tuple[int, int, str | None]]:
    """What the checks find: by words and question; only answers to "bar" are given."""
    galaxies = pd.DataFrame({"iauname": NAMES, "ra": ra, "dec": dec or 10.0})
    columns = [f"{label}_{manifest.posterior}" for label in GZD5.labels]
    equal = [1 / len(q.labels) for q in GZD5.questions for _ in q.labels]
    posteriors = pd.DataFrame(np.tile(equal, (GALAXIES, 1)), columns=columns)
    if bars:
        posteriors[[f"{label}_fraction" for label in BAR.labels]] = bars
    posteriors.insert(0, "iauname", NAMES)
    counts = None
    if votes:
        counts = pd.DataFrame(0, index=range(GALAXIES), columns=list(GZD5.labels))
        counts[list(BAR.labels)] = votes
        counts.insert(0, "iauname", NAMES)
    folder = root / "releases" / "one"
    write_release(folder, manifest, galaxies, posteriors, votes=counts)
    with connection.connect(catalogue_path(root)) as con:
        findings = import_checks(con, load_release(con, folder))
    return {
        (one.words, one.question and one.question.name): (
            one.galaxies,
            one.of,
            one.example,
        )
        for one in findings
    }


def test_nothing_is_found_where_all_is_well(tmp_path):
    assert found(tmp_path) == {}


def test_votes_on_one_answer_and_few_votes(tmp_path):
    votes = [(5, 0, 0), (3, 1, 1), (0, 9, 0), (2, 1, 0), (0, 0, 0), (1, 0, 1)]
    assert found(tmp_path, votes=votes) == {
        ("5 or more votes, all for one answer", "bar"): (2, 3, NAMES[2]),
        ("Fewer than 5 votes", "bar"): (2, 5, NAMES[5]),
    }


def test_of_equally_bad_galaxies_the_first_by_name_is_the_example(tmp_path):
    votes = [(3, 1, 1), *[(0, 0, 7)] * 4, (0, 6, 0)]
    (one,) = found(tmp_path, votes=votes).values()
    assert one == (5, 6, NAMES[1])


def test_fractions_that_do_not_sum_to_1(tmp_path):
    bars = [(0.5, 0.3, 0.2), (0.5, 0.3, 0.205), (0.5, 0.3, 0.18), (0.5, 0.3, 0.25)]
    bars += [(np.nan, np.nan, np.nan), (0, 0, 1)]
    assert found(tmp_path, bars=bars) == {
        ("Fractions that do not sum to 1 within 0.01", "bar"): (2, 5, NAMES[3])
    }


def test_positions_outside_the_survey_and_without_one(tmp_path):
    dec = [10, 40, -80, np.nan, 36, 89]
    assert found(tmp_path, dec=dec) == {
        ("South of the decals images (-71°)", None): (1, 5, NAMES[2]),
        ("North of the decals images (37°)", None): (2, 5, NAMES[5]),
        ("Without a position", None): (1, 6, NAMES[3]),
    }


def test_without_any_position_none_is_outside(tmp_path):
    assert found(tmp_path, dec=[np.nan] * GALAXIES) == {
        ("Without a position", None): (GALAXIES, GALAXIES, NAMES[0])
    }


def test_positions_near_the_galactic_plane_or_in_the_other_cap(tmp_path):
    """Cygnus is in the plane; BASS and MzLS have no images in the south cap."""
    words = "Outside the decals images: Dec −18° to 34° in the north Galactic cap and "
    words += "−68° to 34° in the south Galactic cap, |b| ≥ 15°"
    ra = [180, 300, 20, 180, 180, 180]
    assert found(tmp_path, ra=ra, dec=[10, 33, 33, 20, 0, 30]) == {
        (words, None): (1, 6, NAMES[1])
    }
    bmz = replace(REAL, survey="bmz")
    words = (
        "Outside the bmz images: Dec 32° to 84° in the north Galactic cap, RA 87° to "
    )
    words += "301°, |b| ≥ 15°"
    ra, dec = [180, 300, 20, 20, 180, 180], [40, 40, 33, 85, 60, 35]
    assert found(tmp_path / "bmz", bmz, ra=ra, dec=dec) == {
        (words, None): (3, 6, NAMES[3])
    }


def test_simulated_and_unknown_surveys_have_no_footprint(tmp_path):
    dec = [80.0] * GALAXIES
    for origin, survey in (("simulated", "decals"), ("real", "euclid")):
        manifest = replace(REAL, origin=origin, survey=survey)
        assert found(tmp_path / survey, manifest, dec=dec) == {}


def test_concentrations_always_sum_to_1(tmp_path):
    assert found(tmp_path, replace(REAL, posterior="concentration")) == {}
