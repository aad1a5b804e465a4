"""Named views: a page and its parameters, found again, replaced, deleted, restored."""

import pytest

from morph import catalogue, views
from morph.errors import MorphError
from morph.regions import Region
from tests.morph.drawing import MAP


@pytest.fixture
def con(tmp_path):
    path, beside = tmp_path / "c.duckdb", tmp_path / "w.duckdb"
    with catalogue.connect(path, workspace=beside) as con:
        yield con


def test_a_view_is_a_link_with_a_name(con):
    query = {"bar_strong": ["0.6", "1"], "sort": "random"}
    view = views.save_view(con, " Strong bars ", "explore", query)
    assert view.link == "explore?bar_strong=0.6&bar_strong=1&sort=random"
    assert views.views(con) == [view]
    assert view.name == "Strong bars"


def test_a_second_view_of_a_name_replaces_the_first(con):
    old = views.save_view(con, "Mine", "explore", {})
    new = views.save_view(con, "Mine", "map", {"seed": "1"})
    assert views.views(con) == [new]
    assert views.views(con, deleted=True) == [old]


def test_a_view_can_be_deleted_and_restored(con):
    view = views.save_view(con, "Mine", "explore", {})
    views.delete_view(con, view.view_id)
    assert views.views(con) == []
    views.restore_view(con, view.view_id)
    assert views.views(con) == [view]


@pytest.mark.parametrize("name", ["", "x" * 81, "two\nlines"])
def test_a_view_needs_a_name(con, name):
    with pytest.raises(MorphError, match="1 to 80"):
        views.save_view(con, name, "explore", {})


def test_regions_are_kept_exactly(con):
    drawn = (
        Region(MAP, ((0.1 + 0.2, 1e-17), (1 / 3, -2.5), (7.0, 8.0)), name="Région “A”"),
        Region(MAP, ((1.0, 2.0), (3.0, 4.0), (5.0, 7.0)), mode="remove", inverted=True),
    )
    found = views.keep_regions(con, drawn)
    assert views.kept_regions(con, found) == drawn
    assert views.keep_regions(con, drawn[:1]) != found
    with pytest.raises(MorphError, match="no regions are kept"):
        views.kept_regions(con, "x' OR 1=1 --")


def test_an_unknown_view_can_be_neither_deleted_nor_restored(con):
    for change in (views.delete_view, views.restore_view):
        with pytest.raises(MorphError, match="no view 'nowhere'"):
            change(con, "nowhere")
