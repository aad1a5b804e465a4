"""A release is published whole or not at all, and never over another."""

import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morph.errors import CannotWrite, DamagedRelease, MorphError
from morph.release.folder import (
    Manifest,
    posterior_columns,
    verify_release,
    write_release,
)
from morph.release.publish import (
    publish_release,
    restore_replaced,
    withdraw,
    withdrawn,
)
from morph.trees.decision_tree import GZD5


def make_run(
    root: Path,
    name: str,
    *,
    seed: int = 0,
    release_id: str = "mine",
    parent: str | None = None,
) -> Path:
    random = np.random.default_rng(seed)
    names = [f"J{i:02d}" for i in range(5)]
    alpha = random.uniform(1, 101, (5, len(GZD5.labels)))
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(alpha, columns=columns)
    posteriors.insert(0, "iauname", names)
    galaxies = pd.DataFrame({"iauname": names, "ra": np.arange(5.0), "dec": 30.0})
    manifest = Manifest(release_id, "simulated", "bmz", "A title", "A note", "Nobody")
    manifest = replace(manifest, parent_run=parent)
    write_release(root / name / "release", manifest, galaxies, posteriors)
    return root / name


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_published_release_is_the_run_s_byte_for_byte(tmp_path):
    run = make_run(tmp_path, "run")
    manifest = publish_release(run, tmp_path / "releases")
    assert manifest == verify_release(tmp_path / "releases" / "mine")
    assert contents(tmp_path / "releases" / "mine") == contents(run / "release")
    assert [p.name for p in (tmp_path / "releases").iterdir()] == ["mine"]


def test_publishing_once_more_changes_nothing(tmp_path):
    run = make_run(tmp_path, "run")
    first = publish_release(run, tmp_path / "releases")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "releases/mine").iterdir()}
    assert publish_release(run, tmp_path / "releases") == first
    assert times == {p: p.stat().st_mtime_ns for p in times}


def test_the_release_of_a_named_run_is_replaced(tmp_path):
    releases = tmp_path / "releases"
    publish_release(make_run(tmp_path, "first", parent="first"), releases)
    second = make_run(tmp_path, "second", seed=1, parent="second")
    for instead_of in ("", "another"):
        with pytest.raises(MorphError, match="another release 'mine'"):
            publish_release(second, releases, instead_of=instead_of)
    publish_release(second, releases, instead_of="first")
    assert contents(releases / "mine") == contents(second / "release")
    assert [p.name for p in releases.iterdir()] == ["mine"]


def test_a_release_of_no_run_is_never_replaced(tmp_path):
    publish_release(make_run(tmp_path, "first"), tmp_path / "releases")
    second = make_run(tmp_path, "second", seed=1)
    with pytest.raises(MorphError, match="another release 'mine'"):
        publish_release(second, tmp_path / "releases", instead_of="")


def test_another_release_of_the_same_name_is_refused(tmp_path):
    publish_release(make_run(tmp_path, "first"), tmp_path / "releases")
    before = contents(tmp_path / "releases" / "mine")
    with pytest.raises(MorphError, match="another release 'mine'"):
        publish_release(make_run(tmp_path, "second", seed=1), tmp_path / "releases")
    assert contents(tmp_path / "releases" / "mine") == before


def test_a_run_without_a_finished_release_publishes_nothing(tmp_path):
    run = make_run(tmp_path, "run")
    (run / "release" / "manifest.json").unlink()
    with pytest.raises(DamagedRelease, match="no finished release"):
        publish_release(run, tmp_path / "releases")
    assert not (tmp_path / "releases").exists()


def test_a_damaged_release_is_not_published(tmp_path):
    run = make_run(tmp_path, "run")
    path = run / "release" / "posteriors.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedRelease, match="SHA-256"):
        publish_release(run, tmp_path / "releases")
    assert not (tmp_path / "releases" / "mine").exists()


def test_what_a_killed_copy_left_is_in_nobody_s_way(tmp_path, monkeypatch):
    run = make_run(tmp_path, "run")

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    copy = shutil.copyfile
    monkeypatch.setattr(shutil, "copyfile", killed)
    with pytest.raises(KeyboardInterrupt):
        publish_release(run, tmp_path / "releases")
    assert all(p.name.startswith(".") for p in (tmp_path / "releases").iterdir())
    monkeypatch.setattr(shutil, "copyfile", copy)
    publish_release(run, tmp_path / "releases")
    verify_release(tmp_path / "releases" / "mine")


def test_a_release_whose_replacement_was_killed_comes_back(tmp_path):
    releases = tmp_path / "releases"
    first = make_run(tmp_path, "first", parent="first")
    publish_release(first, releases)
    (releases / "mine").rename(releases / ".mine.replaced")  # killed after this rename
    restore_replaced(releases)
    assert contents(releases / "mine") == contents(first / "release")
    assert [path.name for path in releases.iterdir()] == ["mine"]


def test_a_replaced_release_does_not_come_back(tmp_path):
    releases = tmp_path / "releases"
    second = make_run(tmp_path, "second", seed=1, parent="second")
    publish_release(second, releases)
    shutil.copytree(releases / "mine", releases / ".mine.replaced")
    (releases / ".mine.replaced" / "manifest.json").write_text("of the first")
    restore_replaced(releases)
    assert contents(releases / "mine") == contents(second / "release")


@pytest.mark.parametrize("linked", ["posteriors.parquet", "manifest.json", "folder"])
def test_a_release_that_links_to_outside_is_refused(tmp_path, linked):
    run = make_run(tmp_path, "run")
    link = run / "release" if linked == "folder" else run / "release" / linked
    link.rename(tmp_path / "outside")
    link.symlink_to(tmp_path / "outside")
    with pytest.raises(DamagedRelease, match="is a link"):
        publish_release(run, tmp_path / "releases")
    assert not (tmp_path / "releases").exists()


def test_of_two_that_publish_at_once_the_second_finds_the_first(tmp_path, monkeypatch):
    mine, theirs = make_run(tmp_path, "mine"), make_run(tmp_path, "theirs", seed=1)
    releases, copy = tmp_path / "releases", shutil.copyfile

    def publish_meanwhile(run: Path) -> None:
        def during(source: Path, target: Path) -> None:
            monkeypatch.setattr(shutil, "copyfile", copy)
            with ThreadPoolExecutor(1) as other:
                other.submit(publish_release, run, releases).result()
            copy(source, target)

        monkeypatch.setattr(shutil, "copyfile", during)

    publish_meanwhile(mine)
    assert publish_release(mine, releases) == verify_release(releases / "mine")
    shutil.rmtree(releases)
    publish_meanwhile(theirs)
    with pytest.raises(MorphError, match="another release 'mine'"):
        publish_release(mine, releases)
    assert contents(releases / "mine") == contents(theirs / "release")
    assert [path.name for path in releases.iterdir()] == ["mine"]


def test_a_full_disk_publishes_nothing_and_says_so(tmp_path, monkeypatch):
    run = make_run(tmp_path, "run")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(CannotWrite, match=r"is full .* Free some space"):
            publish_release(run, tmp_path / "releases")
    assert list((tmp_path / "releases").iterdir()) == []
    publish_release(run, tmp_path / "releases")


def test_of_two_that_remove_at_once_one_is_told(tmp_path, monkeypatch):
    publish_release(make_run(tmp_path, "run"), tmp_path / "releases")
    rename = Path.rename

    def removed_meanwhile(path: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", rename)
        withdraw(tmp_path, "mine")
        return path.rename(target)

    monkeypatch.setattr(Path, "rename", removed_meanwhile)
    with pytest.raises(MorphError, match="just removed by another process"):
        withdraw(tmp_path, "mine")
    assert len(withdrawn(tmp_path / "releases")) == 1
