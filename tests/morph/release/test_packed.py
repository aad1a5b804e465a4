"""A release as one file: packed, unpacked, and what is refused."""

import json
import zipfile

import pytest

from data.synthetic.release import synthetic_release
from morph.errors import DamagedRelease, MorphError
from morph.release.folder import verify_release
from morph.release.packed import pack, unpack


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "made" / "small"
    synthetic_release(folder, galaxies=30, release_id="small")
    return folder


def rewritten(path, change):
    """The packed file with the content of some members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    target = path.with_name("changed.morph.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in change(members).items():
            archive.writestr(name, content)
    return target


def test_a_packed_release_is_published_elsewhere_as_it_was(tmp_path, release):
    path = pack(release, tmp_path)
    assert path.name == "small.morph.zip"
    manifest = unpack(path, tmp_path / "releases")
    assert verify_release(tmp_path / "releases" / "small") == manifest
    assert unpack(path, tmp_path / "releases") == manifest  # again: nothing changes
    assert [p.name for p in (tmp_path / "releases").iterdir()] == ["small"]


def test_a_file_that_exists_is_not_overwritten(tmp_path, release):
    pack(release, tmp_path)
    with pytest.raises(MorphError, match="exists already"):
        pack(release, tmp_path)


def test_a_damaged_release_is_not_packed(tmp_path, release):
    (release / "galaxies.parquet").write_bytes(b"")
    with pytest.raises(DamagedRelease):
        pack(release, tmp_path)


def renamed_to(name):
    def change(members):
        manifest = json.loads(members["manifest.json"])
        manifest["files"][name] = manifest["files"].pop("galaxies.parquet")
        members[name] = members.pop("galaxies.parquet")
        return members | {"manifest.json": json.dumps(manifest)}

    return change


def longer(members):
    return members | {"galaxies.parquet": members["galaxies.parquet"] + b"x"}


def flipped(members):
    content = bytearray(members["galaxies.parquet"])
    content[100] ^= 1
    return members | {"galaxies.parquet": bytes(content)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (renamed_to("../outside.parquet"), "outside its folder"),
        (renamed_to("/etc/outside.parquet"), "outside its folder"),
        (renamed_to(".hidden"), "outside its folder"),
        (longer, "longer than the manifest states"),
        (flipped, "galaxies.parquet"),
        (lambda members: {"manifest.json": "{}"}, "not a packed release"),
        (lambda members: {"other.txt": "x"}, "not a packed release"),
    ],
)
def test_a_changed_file_leaves_nothing_behind(tmp_path, release, change, words):
    path = rewritten(pack(release, tmp_path), change)
    with pytest.raises(MorphError, match=words):
        unpack(path, tmp_path / "releases")
    assert list((tmp_path / "releases").iterdir()) == []
    assert not (tmp_path / "outside.parquet").exists()


def test_another_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "x.morph.zip"
    path.write_text("no archive")
    with pytest.raises(MorphError, match="not a packed release"):
        unpack(path, tmp_path / "releases")
