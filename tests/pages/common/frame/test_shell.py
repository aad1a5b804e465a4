"""The frame around every page: selection, counts, undo, addresses, what is wrong."""

import pytest

from morph.catalogue import release_table
from morph.errors import CatalogueHeld, MorphError
from pages.common.server import database
from tests.pages.opening import (
    blocks,
    chips,
    counted,
    opened,
    said,
    toasts,
    told,
)

STRONG = {"bar_strong": ["0.2", "0.9"]}
BOTH = STRONG | {"bar_weak": ["0.05", "0.6"]}
PAGES = (
    "overview/overview.py",
    "explore/explore.py",
    "galaxy/galaxy.py",
    "download/download.py",
    "data/data.py",
    "runs/runs.py",
    "methods/methods.py",
)


def matching(root, condition: str) -> int:
    with database.cursor(root) as con:
        table = con.table(release_table.release(con, "small-demo").table)
        return len(table.filter(condition))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("release", ["small-demo", "fractions-only"])
def test_every_page_opens_by_deep_link(morph_home, dashboard, path, release):
    page = opened(dashboard, path, {"release": [release], **STRONG})
    assert not page.exception
    assert not page.error
    assert page.selectbox(key="release").value == release


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_on_an_empty_catalogue(empty_home, dashboard, path):
    page = opened(dashboard, path)
    assert not page.exception
    assert not page.error
    # These have something to say without galaxies too.
    if path not in ("methods/methods.py", "data/data.py"):
        said = [*page.code, *page.caption, *page.info]
        assert any("make demo" in one.value for one in said)


@pytest.mark.parametrize("path", PAGES)
def test_a_home_that_is_a_file_is_one_sentence(
    path, empty_home, dashboard, monkeypatch
):
    (empty_home / "file").write_text("")
    monkeypatch.setenv("MORPH_HOME", str(empty_home / "file"))
    page = opened(dashboard, path)
    assert not page.exception
    assert "which is a file; set it to a folder" in page.error[0].value


def test_two_answers_of_one_question_count_as_the_database_counts(
    morph_home, dashboard
):
    page = opened(dashboard, "explore/explore.py", BOTH)
    expected = matching(
        morph_home,
        '"smooth-or-featured_answer" = 1 AND "disk-edge-on_answer" = 1 '
        "AND bar_strong_probability BETWEEN 0.2::FLOAT AND 0.9::FLOAT "
        "AND bar_weak_probability BETWEEN 0.05::FLOAT AND 0.6::FLOAT",
    )
    assert 0 < expected < 300
    assert counted(page) == f"**{expected}** of 300 galaxies"
    assert len(chips(page)) == 2


def test_the_tree_can_be_ignored_by_the_code_in_a_link(morph_home, dashboard):
    page = opened(dashboard, "explore/explore.py", STRONG | {"rule": ["off"]})
    expected = matching(
        morph_home, "bar_strong_probability BETWEEN 0.2::FLOAT AND 0.9::FLOAT"
    )
    assert counted(page) == f"**{expected}** of 300 galaxies"
    assert "meaningless" in said(page)


def test_bad_values_are_left_out_and_named(morph_home, dashboard):
    bad = {"bar_weak": ["0.4", "nan"], "nonsense": ["1"], "release": ["gone"]}
    page = opened(dashboard, "explore/explore.py", STRONG | bad)
    assert not page.exception
    said = " ".join(toasts(page))
    for name in ("bar_weak", "nonsense", "release=gone"):
        assert name in said
    assert page.slider(key="bar_strong").value == (0.2, 0.9)
    assert page.slider(key="bar_weak").value == (0.0, 1.0)


def test_a_chip_removes_its_filter_and_undo_brings_it_back(morph_home, dashboard):
    page = opened(dashboard, "explore/explore.py", BOTH)
    before = counted(page)
    page.button(key="chip_bar_strong").click().run()
    assert page.slider(key="bar_strong").value == (0.0, 1.0)
    assert page.slider(key="bar_weak").value == (0.05, 0.6)
    page.button(key="undo").click().run()
    assert page.slider(key="bar_strong").value == (0.2, 0.9)
    assert counted(page) == before


def test_reset_all_and_undo_after_a_slider_was_moved(morph_home, dashboard):
    page = opened(dashboard, "explore/explore.py")
    page.slider(key="merging_merger").set_value((0.3, 1.0)).run()
    moved = counted(page)
    page.button(key="reset").click().run()
    assert counted(page) == "**300** of 300 galaxies"
    page.button(key="undo").click().run()
    assert counted(page) == moved
    page.button(key="undo").click().run()
    assert counted(page) == "**300** of 300 galaxies"
    assert page.button(key="undo").disabled


def test_the_selection_survives_pages_without_it_and_another_release(
    morph_home, dashboard
):
    page = opened(dashboard, "explore/explore.py", BOTH)
    before = counted(page)
    page.switch_page("../../runs/runs.py").run()
    page.switch_page("../../overview/overview.py").run()
    assert counted(page) == before
    page.selectbox(key="release").set_value("fractions-only").run()
    assert page.slider(key="bar_strong").value == (0.2, 0.9)
    assert counted(page).endswith("of 120 galaxies")


def test_a_release_of_fractions_says_why_it_has_no_uncertainty(morph_home, dashboard):
    query = {"release": ["fractions-only"], "certain": ["tail bar_strong 0.5 0.9"]}
    page = opened(dashboard, "explore/explore.py", query)
    assert not page.exception
    assert "certain_add" not in [box.key for box in page.selectbox]
    assert "without a posterior" in said(page)
    assert "certain=tail bar_strong 0.5 0.9 ignored" in " ".join(toasts(page))


def test_certainty_begins_with_an_answer_that_is_limited(morph_home, dashboard):
    page = opened(dashboard, "explore/explore.py", STRONG)
    page.selectbox(key="certain_add").set_value("tail").run()
    assert page.selectbox(key="certain_0_label").value == "bar_strong"
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "small-demo")
        expected = con.execute(
            f"SELECT count(*) FROM {release.table} WHERE "
            '"smooth-or-featured_answer" = 1 AND "disk-edge-on_answer" = 1 '
            "AND bar_strong_probability BETWEEN 0.2::FLOAT AND 0.9::FLOAT AND "
            "beta_tail(bar_strong_concentration, bar_total, 0.5) >= 0.9"
        ).fetchone()[0]
    assert counted(page) == f"**{expected}** of 300 galaxies"


def test_questions_that_were_not_learnt_are_marked(morph_home, dashboard):
    page = opened(dashboard, "explore/explore.py")
    groups = blocks(page)
    marked = {group["title"]: group["warning"] for group in groups if group["warning"]}
    assert marked == {"Edge-on bulge": "not learnt"}


def test_another_process_in_the_catalogue_is_named(morph_home, dashboard, monkeypatch):
    def held(root):
        raise CatalogueHeld("catalogue.duckdb is held by process 4242 (python)")

    monkeypatch.setattr(database, "cursor", held)
    page = opened(dashboard, "explore/explore.py")
    assert not page.exception
    assert "process 4242" in page.info[0].value


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("galaxy/galaxy.py", {"id": "J000000.00+000000.0"}),
        ("explore/explore.py", {"bar_strong": ["0.97", "1"]}),
        ("populations/populations.py", {"bar_strong": ["0.97", "1"]}),
        ("compare/compare.py", {"bar_strong": ["0.97", "1"]}),
        ("designer/designer.py", {"release": "fractions-only"}),
    ],
)
def test_what_stands_around_a_page_is_drawn_though_it_ends_early(
    morph_home, dashboard, path, query
):
    wrong = {"bar_weak": ["0", "0.9"], "sort": "nonsense"}
    page = opened(dashboard, path, wrong | query)
    assert not page.exception and not page.error
    assert told(page, "chosen")


def test_a_page_that_fails_leaves_its_frame_as_it_is(morph_home, dashboard):
    query = {"bar_weak": ["0", "0.9"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("morph.selection.listing.ordering.page", _fails)
        page = opened(dashboard, "explore/explore.py", query)
    assert not page.exception
    assert page.error[0].value == "The shelf is empty"
    assert told(page, "chosen")


def _fails(*_, **__):
    raise MorphError("the shelf is empty")
