"""Pictures of one galaxy in several stores, by name or by place."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from morph.images import store
from morph.images.store import StoreManifest
from morph.images.survey.survey import Survey
from morph.images.survey.survey_file import shipped
from morph.images.surveys import pictures_of, survey_called

SIZE = 8
NAME, OTHER = "J100000.00+100000.0", "J110000.00+100000.0"
PLACE = (150.0, 10.0)


def write(folder, names, places, *, survey="bmz", origin="real"):
    manifest = StoreManifest(survey, origin, "A test", len(names), SIZE)
    index = pd.DataFrame({"iauname": names}).assign(
        ra=[ra for ra, _ in places], dec=[dec for _, dec in places]
    )
    store.write_store(folder, manifest, index, np.zeros((len(names), 3, SIZE, SIZE)))
    return folder


@pytest.fixture
def folders(tmp_path):
    away = (PLACE[0] + 0.8 / 3600 / np.cos(np.radians(10)), PLACE[1])  # 0.8 arcsec
    unknown = (np.nan, np.nan)
    return [
        write(tmp_path / "own", [OTHER, NAME], [unknown, PLACE]),
        write(
            tmp_path / "near",
            ["J100000.05+100000.0", OTHER],
            [away, unknown],
            survey="decals",
        ),
        write(tmp_path / "far", ["J100001.00+100000.0"], [(150.01, 10)], survey="x"),
        write(tmp_path / "made", [NAME], [PLACE], origin="demonstration"),
        tmp_path / "absent",
    ]


def found(folders, *, place=PLACE, origin="real"):
    return pictures_of(folders, NAME, place, origin=origin)


def test_a_galaxy_is_known_by_its_name_and_else_by_its_place(folders):
    own, near = found(folders)
    assert (own.store, own.iauname, own.separation_arcsec) == ("own", NAME, 0.0)
    assert (near.store, near.iauname) == ("near", "J100000.05+100000.0")
    assert near.separation_arcsec == pytest.approx(0.8, abs=1e-6)
    assert (own.survey, near.survey) == ("BASS+MzLS", "DECaLS")
    assert own.field_arcsec == pytest.approx(8 * 0.262)


def test_without_a_place_only_the_name_counts(folders):
    assert [held.store for held in found(folders, place=None)] == ["own"]


def test_simulated_galaxies_have_no_real_pictures(folders):
    assert [held.store for held in found(folders, origin="demonstration")] == ["made"]
    assert [held.store for held in found(folders, origin="simulated")] == ["made"]


def test_a_store_without_places_or_a_broken_one_is_no_trouble(tmp_path):
    manifest = StoreManifest("bmz", "real", "A test", 1, SIZE)
    bare = pd.DataFrame({"iauname": [OTHER]})
    store.write_store(tmp_path / "bare", manifest, bare, np.zeros((1, 3, SIZE, SIZE)))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    assert found([tmp_path / "bare", tmp_path / "broken"]) == ()


def test_an_unknown_survey_keeps_its_code(folders):
    (own, _) = found(folders)
    assert replace(own, manifest=replace(own.manifest, survey="ngc")).survey == "ngc"


def test_a_survey_that_is_not_known_has_its_name_alone():
    assert survey_called("bmz").service.layer == "ls-dr9-north"
    assert survey_called("decals").title == "DECaLS"
    assert survey_called("euclid") == Survey("euclid", "euclid")


@pytest.mark.parametrize("survey", shipped(), ids=lambda survey: survey.name)
def test_a_known_survey_is_whole(survey):
    assert survey_called(survey.name) is survey
    assert survey.places == ("g", "r", "z")
    assert survey.votes_from in ("", *(one.name for one in shipped()))
