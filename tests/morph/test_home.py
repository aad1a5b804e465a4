"""MORPH_HOME and names that cannot leave it."""

from pathlib import Path

import pytest

from morph.errors import MorphError
from morph.home import (
    catalogue_path,
    checked_name,
    cutouts_folder,
    home,
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
