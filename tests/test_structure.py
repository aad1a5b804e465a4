"""The counting of `tests.structure`, on a small tree made up for it."""

from pathlib import Path

import pytest

from tests import structure

FILES = {
    "app.py": "from pages import home\n",
    "pages/__init__.py": "",
    "pages/home.py": "from morph import sums\n\ndef draw():\n    return sums.add()\n",
    "morph/__init__.py": "",
    "morph/sums.py": "from morph.deep.sql import ask\n\ndef add():\n    return _by()\n"
    "\ndef _by():\n    return ask()\n",
    "morph/large.py": "import morph.sums\n" + "x = 1\n" * 100,
    "morph/deep/sql.py": "def ask():\n    pass\n",
    "morph/deep/sums.py": "def lonely():\n    import morph.large\n",
    "morph/style.css": "a {}\n",
}
WALK = ("pages.home:draw", "morph.sums:add", "morph.deep.sql:ask", "morph.sums:add")


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def files():
    return [Path(name) for name in FILES]


def test_modules_are_counted_in_the_folder_they_are_directly_in(files):
    assert structure.largest_folder(files) == ("morph", 2)


def test_names_that_come_twice(files):
    found = structure.repeated_names(files)
    assert found == {"sums.py": [Path("morph/sums.py"), Path("morph/deep/sums.py")]}


def test_importers_in_every_way_of_importing(files, root):
    found = structure.importers(files, root)
    assert found[Path("morph/sums.py")] == {
        Path("pages/home.py"),
        Path("morph/large.py"),
    }
    assert found[Path("pages/home.py")] == {Path("app.py")}
    assert found[Path("morph/deep/sql.py")] == {Path("morph/sums.py")}
    assert found[Path("morph/large.py")] == {Path("morph/deep/sums.py")}
    assert found[Path("app.py")] == set()


def test_small_modules_with_one_importer(files, root):
    found = structure.small_and_imported_once(files, root)
    assert found == [Path("pages/home.py"), Path("morph/deep/sql.py")]


@pytest.mark.parametrize(
    ("folders", "expected"),
    [("a", (1, 0)), ("aab", (2, 0)), ("aba", (2, 1)), ("abab", (2, 2))],
)
def test_rooms_and_returns(folders, expected):
    assert structure.rooms_and_returns(list(folders)) == expected


def test_modules_and_folders_of_a_walk():
    assert structure.walk_modules(WALK[:2]) == ["pages.home", "morph.sums"]
    assert structure.walk_folders(WALK) == ["pages", "morph", "morph.deep", "morph"]


def test_a_walk_along_calls_is_right(root):
    assert structure.check_walk(WALK, root) == []


def test_a_walk_past_a_call_or_to_nothing_is_not(root):
    skips = ("pages.home:draw", "morph.deep.sql:ask")
    assert structure.check_walk(skips, root) == [
        "pages.home:draw and morph.deep.sql:ask do not use one another"
    ]
    assert structure.check_walk(("morph.sums:gone",), root) == [
        "morph.sums:gone is not there"
    ]


def test_a_goal_is_missed_above_it_alone():
    assert structure.Row("files", 6, 6).ok
    assert not structure.Row("files", 7, 6).ok
    assert structure.Row("files", 7, None).ok


def test_the_walk_declared_is_the_one_of_the_code():
    assert structure.check_walk(structure.WALK, structure.ROOT) == []
