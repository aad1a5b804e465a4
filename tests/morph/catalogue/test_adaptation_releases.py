"""The three releases of an adaptation, found from their manifests."""

from dataclasses import replace

import pytest

from morph.catalogue.adaptation_releases import adaptation
from morph.release.details import Details, read_details


def of_run(release, name: str, kind: str, survey: str, model: str | None = None):
    config = {"kind": kind} | ({"model_run": model} if model else {})
    manifest = replace(
        release.manifest,
        release_id=name,
        survey=survey,
        parent_run=f"run-{name}",
        details=Details(config=config),
    )
    return replace(release, manifest=manifest)


@pytest.fixture
def three(plain):
    source = of_run(plain, "source", "source", "decals")
    direct = of_run(plain, "direct", "predict", "bmz", "run-source")
    adapted = of_run(plain, "adapted", "adapt", "bmz", "run-source")
    return source, direct, adapted


def test_they_are_found_among_others_in_any_order(plain, three):
    source, direct, adapted = three
    elsewhere = of_run(plain, "elsewhere", "predict", "decals", "run-source")
    found = adaptation([plain, elsewhere, direct, adapted, source])
    assert (found.source, found.direct, found.adapted) == three
    assert [release for _, release in found.panels] == list(three)


@pytest.mark.parametrize("missing", range(3))
def test_without_one_of_them_there_is_none(three, missing):
    assert adaptation([r for i, r in enumerate(three) if i != missing]) is None


def test_the_newest_adaptation_is_taken(plain, three):
    newer = of_run(plain, "newer", "adapt", "bmz", "run-source")
    assert adaptation([newer, *three]).adapted is newer


def test_the_direct_release_has_the_cutouts_of_the_adapted_one(three):
    source, direct, adapted = three
    elsewhere = replace(direct.manifest, release_id="overlap", cutouts=("overlap",))
    overlap = replace(direct, manifest=elsewhere)
    assert adaptation([adapted, overlap, direct, source]).direct is direct
    assert adaptation([adapted, overlap, source]).direct is overlap


def test_imported_releases_descend_from_no_run(plain):
    odd = replace(
        plain, manifest=replace(plain.manifest, details=read_details({"config": "odd"}))
    )
    assert adaptation([plain, odd]) is None
