"""Each attack, with fewer attempts than ``python -m tests.security`` makes."""

import pytest

from morph.catalogue import sync
from pages.common.server import database
from tests.pages.conftest import make_home
from tests.security import (
    code_rules,
    crafted,
    csv_cells,
    deep_json,
    hostile_paths,
    markup,
    selections,
)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A home of its own, as the attacks put files into it."""
    root = tmp_path.resolve() / "home"
    make_home(root)
    monkeypatch.setenv("MORPH_HOME", str(root))
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
    yield root
    database.close(root)


def test_selections_keep_what_numpy_keeps(tmp_path):
    found = selections.row(tmp_path / "home", 50)
    assert (found.got_through, found.tried) == ([], 50)


def test_nothing_runs_code_out_of_text():
    assert code_rules.row().got_through == []


def test_no_file_outside_is_answered_and_no_other_site(root):
    names = hostile_paths.names(root)
    assert names.got_through == []
    assert names.tried > 5 * 40
    assert hostile_paths.other_sites(root).got_through == []


def test_cells_begin_as_no_formula():
    found = csv_cells.row()
    assert found.got_through == []
    assert found.tried >= 2 * len(csv_cells.CELLS)


@pytest.mark.slow
def test_texts_with_markup_are_shown_as_they_read(root):
    found = markup.row(root)
    assert found.got_through == []
    assert found.tried > len(markup.PAYLOADS)


@pytest.mark.slow
def test_crafted_files_run_nothing(root):
    assert crafted.row(root).got_through == []


@pytest.mark.slow
def test_deep_json_ends_in_no_error_of_the_program(root):
    found = deep_json.row(root)
    assert found.got_through == []
    assert found.tried > 3 * 3 * len(deep_json.PLACES)
