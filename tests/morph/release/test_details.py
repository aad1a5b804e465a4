"""What a manifest's details are read as, and written as: the same JSON."""

import json
from dataclasses import replace

import pytest

from morph.errors import DamagedRelease
from morph.release.details import Details, details_to_json, read_details
from morph.release.folder import finish_release, write_release
from morph.release.manifest import MANIFEST, read_manifest
from tests.morph.release import test_folder as made

EARLIER = {
    "config": {"kind": "adapt", "fit": {"epochs": 3}},
    "evaluation": {"galaxies": 5, "questions": []},
    "projection": "A random plane",
    "galaxies tried": 40,
    "order": "by hand",  # of another form than is known
}


def test_known_parts_are_attributes_and_the_others_stay():
    found = read_details(EARLIER)
    assert found.config["fit"] == {"epochs": 3}
    assert found.evaluation == {"galaxies": 5, "questions": []}
    assert (found.projection, found.order, found.source) == (
        "A random plane",
        None,
        None,
    )
    assert found.other == {"galaxies tried": 40, "order": "by hand"}
    assert read_details({}) == Details()


@pytest.mark.parametrize("value", [EARLIER, {}, {"report": {"rows": 3}, "x": None}])
def test_json_is_read_and_written_without_loss(value):
    assert details_to_json(read_details(value)) == value


def test_a_manifest_has_them_under_the_keys_it_always_had(tmp_path):
    write_release(tmp_path, made.MANIFEST, made.galaxies(), made.posteriors())
    manifest = replace(read_manifest(tmp_path), details=read_details(EARLIER))
    finish_release(tmp_path, manifest, manifest.files)
    assert json.loads((tmp_path / MANIFEST).read_text())["details"] == EARLIER
    assert read_manifest(tmp_path) == manifest


def test_details_of_a_later_version_are_refused(tmp_path):
    write_release(tmp_path, made.MANIFEST, made.galaxies(), made.posteriors())
    value = json.loads((tmp_path / MANIFEST).read_text())
    value["details"]["version"] = 3
    (tmp_path / MANIFEST).write_text(json.dumps(value))
    with pytest.raises(DamagedRelease, match="details of version 3; expected 1 or 2"):
        read_manifest(tmp_path)
