"""MORPH_HOME and names that cannot leave it."""

from pathlib import Path

import pytest

from morph.errors import MorphError
from morph.home import (
    catalogue_path,
    check_home,
    checked_name,
    cutouts_folder,
    home,
    make_home,
    release_folder,
    run_folder,
)

BAD_NAMES = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc",
    "a\\b",
    "-rf",
    ".hidden",
    "Upper",
    "a b",
    "a\n",
    "a\x00",
    "é",
    "%2e%2e",
    "x" * 65,
]


def test_home_is_what_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("MORPH_HOME", str(tmp_path / "a" / ".." / "b"))
    assert home() == tmp_path / "b"


@pytest.mark.parametrize("unset", [None, ""])
def test_home_lies_in_the_checkout_if_nothing_is_said(monkeypatch, unset):
    monkeypatch.delenv("MORPH_HOME", raising=False)
    if unset is not None:
        monkeypatch.setenv("MORPH_HOME", unset)
    assert home() == Path(__file__).resolve().parents[2] / "data" / "local"


def test_a_tilde_is_the_folder_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MORPH_HOME", "~/m")
    assert home() == tmp_path / "m"
    monkeypatch.setenv("MORPH_HOME", "~no-such-user/m")
    with pytest.raises(MorphError, match=r"no-such-user/m .*; set it to a folder"):
        home()


@pytest.mark.parametrize("below", ["", "/in/it"])
def test_a_home_that_is_a_file_is_told_in_a_sentence(below, tmp_path):
    (tmp_path / "file").write_text("")
    root = Path(f"{tmp_path}/file{below}")
    for check in (make_home, lambda root: check_home(root, to_write=False)):
        with pytest.raises(MorphError, match="is a file; set it to a folder"):
            check(root)


def test_a_home_that_cannot_be_made_is_told_in_a_sentence():
    with pytest.raises(MorphError, match=r"MORPH_HOME is /proc/morph.*; set it to a"):
        make_home(Path("/proc/morph"))


def test_checking_a_home_makes_nothing(tmp_path):
    check_home(tmp_path / "a" / "b", to_write=True)
    assert list(tmp_path.iterdir()) == []
    make_home(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("name", ["a", "0", "real-decals", "2026-11-20_a.1", "x" * 64])
def test_plain_names_are_folders_of_the_home(name):
    root = Path("/home/of/morph")
    assert checked_name(name, what="run") == name
    assert cutouts_folder(root, name) == root / "cutouts" / name
    assert run_folder(root, name) == root / "runs" / name
    assert release_folder(root, name) == root / "releases" / name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_could_leave_its_folder_is_refused(name):
    for folder in (cutouts_folder, run_folder, release_folder):
        with pytest.raises(MorphError, match="cannot be the name of a"):
            folder(Path("/home/of/morph"), name)


def test_the_catalogue_is_one_file_of_the_home(tmp_path):
    assert catalogue_path(tmp_path) == tmp_path / "catalogue.duckdb"
