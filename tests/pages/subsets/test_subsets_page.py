"""Subsets: saved, shown, changed, deleted and restored."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from morph.catalogue import release_table
from morph.catalogue.own_columns.own_column import COMPUTED
from morph.export import code
from morph.geometry.regions import Plane, from_box
from morph.selection import funnel
from morph.selection.selection import Selection
from morph.sky import separation_arcsec
from morph.subsets import combine, saved
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from tests.pages.opening import button, component, opened, said

PATH = "subsets/subsets.py"
BARRED = Selection(limits={"bar_strong": (0.5, 1)})


@pytest.fixture
def con(morph_home):
    with database.cursor(morph_home) as con:
        yield con
        for one in saved.subsets(con):
            saved.delete(con, one.subset_id)


@pytest.fixture
def barred(con):
    release = release_table.release(con, "small-demo")
    return saved.save_selection(con, release, BARRED, name="Barred", note="first")


def text(page):
    return "\n".join(m.value for m in page.markdown)


def test_without_subsets_the_page_says_how_to_make_one(con, dashboard):
    page = opened(dashboard, PATH)
    assert not page.exception
    assert "No subsets yet" in text(page)


def test_the_selection_is_kept_as_it_is(con, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.5", "1"]})
    page.text_input(key="save_selection_name").set_value("Barred")
    page.button(key="save_selection_save").click().run()
    assert not page.exception
    (kept,) = saved.subsets(con)
    release = release_table.release(con, "small-demo")
    assert kept.galaxies == funnel.count(con, release, BARRED)
    assert f"{kept.galaxies:,} galaxies of small-demo" in said(page)
    caption = f"{kept.galaxies:,}, selected by filters"
    assert page.radio(key="subset").captions == [caption]
    shown = {tile["iauname"] for tile in component(page, "gallery")["tiles"]}
    assert len(shown) == min(12, kept.galaxies)
    assert shown <= set(saved.members(con, kept.subset_id))
    assert page.query_params["subset"] == kept.subset_id


def test_a_name_that_is_taken_is_refused_in_words(barred, con, dashboard):
    page = opened(dashboard, PATH)
    page.text_input(key="save_selection_name").set_value("barred")
    page.button(key="save_selection_save").click().run()
    assert not page.exception
    assert "barred" in page.error[0].value.lower()
    assert len(saved.subsets(con)) == 1


def test_the_link_of_a_subset_shows_it(barred, con, dashboard):
    release = release_table.release(con, "small-demo")
    saved.save_selection(con, release, Selection(), name="All")
    page = opened(dashboard, PATH, {"subset": barred.subset_id})
    assert [h.value for h in page.header] == ["Barred"]
    page.radio(key="subset").set_value(saved.subsets(con)[0].subset_id).run()
    assert not page.exception
    assert [h.value for h in page.header] == [saved.subsets(con)[0].name]


def test_a_subset_becomes_the_selection(barred, dashboard):
    page = opened(dashboard, PATH)
    page.button(key="open_subset").click().run()
    turn = component(page, "address")["go"]
    assert turn["href"] == f"explore?in_subset={barred.subset_id}"


def test_rename_and_note(barred, con, dashboard):
    page = opened(dashboard, PATH)
    key = f"edit_{barred.subset_id}"
    page.text_input(key=f"{key}_name").set_value("Very barred").run()
    page.text_area(key=f"{key}_note").set_value("seen twice").run()
    assert not page.exception
    changed = saved.subset(con, barred.subset_id)
    assert (changed.name, changed.note) == ("Very barred", "seen twice")


def test_a_deleted_subset_comes_back(barred, con, dashboard):
    page = opened(dashboard, PATH)
    page.button(key=f"delete_{barred.subset_id}").click().run()
    assert not page.exception
    assert saved.subsets(con) == []
    page.button(key="restore_subset").click().run()
    assert [one.name for one in saved.subsets(con)] == ["Barred"]
    assert [h.value for h in page.header] == ["Barred"]


def test_a_deletion_can_be_undone_later_too(barred, con, dashboard):
    saved.delete(con, barred.subset_id)
    page = opened(dashboard, PATH)
    page.button(key=f"restore_{barred.subset_id}").click().run()
    assert not page.exception
    assert [h.value for h in page.header] == ["Barred"]


def test_a_name_taken_meanwhile_stops_a_restoration_in_words(barred, con, dashboard):
    saved.delete(con, barred.subset_id)
    release = release_table.release(con, "small-demo")
    saved.save_selection(con, release, BARRED, name="barred")
    page = opened(dashboard, PATH)
    page.button(key=f"restore_{barred.subset_id}").click().run()
    assert not page.exception
    assert "Barred" in page.error[0].value
    assert len(saved.subsets(con)) == 1


def test_code_and_text_for_a_paper_speak_of_this_subset(barred, con, dashboard):
    page = opened(dashboard, PATH, {"aspect": "Code"})
    assert not page.exception
    for language in code.LANGUAGES:
        page.segmented_control(key="subset_language").set_value(language).run()
        (program,) = [one.value for one in page.code]
        compile(program, language, "exec")
        assert "Strong bar between 0.50 and 1.00" in program
    page = page.segmented_control(key="aspect").set_value("For a paper").run()
    paragraph, bibtex = [one.value for one in page.code]
    assert f"We selected {barred.galaxies} of the 300 galaxies" in paragraph
    assert barred.subset_id in paragraph and barred.digest in paragraph
    assert "@misc{smalldemo" in bibtex


def kept_in_every_way(con, release):
    """A subset of each kind there is."""
    names = saved.members(con, _saved(con, release, BARRED).subset_id)
    plane = Plane("simplex", ("bar_strong", "bar_weak", "bar_no"))
    drawn = Selection(regions=(from_box(plane, (0.2, 0.6), (0.1, 0.5)),), rule="off")
    yield _saved(con, release, Selection(rule="off"), "All")
    yield _saved(con, release, drawn, "Drawn")
    for kind in ("similar", "pins", "list", "labels"):
        yield saved.save_names(con, release, names, kind=kind, name=kind)
    ids = [one.subset_id for one in saved.subsets(con)[:2]]
    yield combine.save(con, "or", ids, name="Both")


def test_every_kind_of_subset_leaves_in_every_way(con, dashboard):
    release = release_table.release(con, "small-demo")
    made = list(kept_in_every_way(con, release))
    assert {one.kind for one in made} == {*get_args(saved.Kind)} - {COMPUTED}
    page = opened(dashboard, PATH)
    for one in made:
        page.radio(key="subset").set_value(one.subset_id)
        for aspect in ("Files", "Code", "For a paper", "Another release"):
            page.segmented_control(key="aspect").set_value(aspect).run()
            assert not page.exception and not page.error, (one.kind, aspect)
            assert [h.value for h in page.header] == [one.name]


def test_named_galaxies_come_with_the_file_that_their_program_reads(con, dashboard):
    release = release_table.release(con, "small-demo")
    names = saved.members(con, _saved(con, release, BARRED).subset_id)[:4]
    pinned = saved.save_names(con, release, names, kind="pins", name="Pinned")
    page = opened(dashboard, PATH, {"subset": pinned.subset_id, "aspect": "Code"})
    assert f"subset_{pinned.subset_id}.parquet" in page.code[0].value
    (button,) = page.get("download_button")
    assert f"subset_{pinned.subset_id}.parquet" in button.proto.label


def _saved(con, release, selection, name="Barred"):
    return saved.save_selection(con, release, selection, name=name)


def test_the_recipe_runs_again_on_another_release(con, dashboard):
    release = release_table.release(con, "small-demo")
    other = release_table.release(con, "fractions-only")
    smooth = Selection(limits={GZD5.labels[0]: (0.3, 1)}, rule="off")
    kept = _saved(con, release, smooth, "Smooth")
    page = opened(dashboard, PATH, {"aspect": "Another release"})
    assert not page.exception
    before = set(saved.members(con, kept.subset_id))
    now = {
        name
        for name, share in con.table(other.table)
        .project(f'iauname, "{GZD5.labels[0]}_probability"')
        .fetchall()
        if share >= np.float32(0.3)
    }
    there = set(con.table(other.table).df()["iauname"])
    wanted = {
        "Stayed": before & now,
        "Entered": now - before,
        "Left": (before & there) - now,
        "Missing": before - there,
    }
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown == {part: f"{len(names):,}" for part, names in wanted.items()}
    key = f"save_rerun_{kept.subset_id}_fractions-only"
    page.button(key=f"{key}_save").click().run()
    assert not page.exception
    again = saved.subsets(con)[0]
    assert again.name == "Smooth of fractions-only"
    assert set(saved.members(con, again.subset_id)) == now


def test_galaxies_without_an_image_show_the_answer_of_the_definition(con, dashboard):
    """The subset of a release that is unloaded, shown in one without any image."""
    release = release_table.release(con, "small-demo")
    gone = replace(release.manifest, release_id="gone")
    _saved(con, replace(release, manifest=gone), BARRED)
    page = opened(dashboard, PATH, {"release": "fractions-only"})
    assert not page.exception
    assert "which is not loaded or has changed" in page.info[0].value
    bars = [bar["words"] for bar in component(page, "gallery")["tiles"][0]["bars"]]
    assert bars == ["Strong bar", "Weak bar", "No bar"]


def test_the_file_has_an_address(barred, dashboard):
    page = opened(dashboard, PATH)
    assert page.code[0].value.endswith(f"/subset/{barred.subset_id}.fits")
    (button,) = page.get("download_button")
    assert f"{barred.galaxies:,} galaxies" in button.proto.label


@pytest.mark.parametrize(
    ("operation", "words"), [("and", "in all"), ("or", "in any"), ("not", "first only")]
)
def test_two_subsets_combine(barred, con, dashboard, operation, words):
    release = release_table.release(con, "small-demo")
    smooth = Selection(limits={GZD5.labels[0]: (0.3, 1)})
    other = saved.save_selection(con, release, smooth, name="Smooth")
    page = opened(dashboard, PATH)
    ids = [barred.subset_id, other.subset_id]
    page.multiselect(key="combine").set_value(ids)
    page.segmented_control(key="operation").set_value(operation).run()
    assert len(page.get("plotly_chart")) == 1
    page.text_input(key="save_combined_name").set_value(words)
    page.button(key="save_combined_save").click().run()
    assert not page.exception
    first, second = (set(saved.members(con, one)) for one in ids)
    wanted = {"and": first & second, "or": first | second, "not": first - second}
    kept = next(one for one in saved.subsets(con) if one.name == words)
    assert set(saved.members(con, kept.subset_id)) == wanted[operation]


def test_an_uploaded_list_becomes_a_subset(barred, con, dashboard):
    names = list(saved.members(con, barred.subset_id))[:5]
    lines = ["who,note", *(f"{name},x" for name in names), "J000000.00+000000.0,no"]
    page = opened(dashboard, PATH)
    page.file_uploader(key="list_upload").set_value(
        ("mine.csv", "\n".join(lines).encode(), "text/csv")
    ).run(timeout=60)
    assert not page.exception
    assert "5 matched" in text(page)
    assert "1 unmatched" in text(page)
    button(page, "Save 5 galaxies").click().run(timeout=60)
    kept = saved.subsets(con)[0]
    assert (kept.name, kept.kind) == ("mine", "list")
    assert list(saved.members(con, kept.subset_id)) == names
    assert page.session_state["subsets_tab"] == "Saved"  # which shows it
    assert page.radio(key="subset").value == kept.subset_id


def test_rows_in_conflict_are_shown_and_matched_only_on_request(con, dashboard):
    release = release_table.release(con, "small-demo")
    sql = f"SELECT iauname, ra, dec FROM {release.table} ORDER BY iauname LIMIT 3"
    one, two, three = con.execute(sql).fetchall()
    rows = [(one[0], *two[1:]), (two[0], *one[1:]), three]
    lines = ["iauname,ra,dec", *(",".join(map(str, row)) for row in rows)]
    page = opened(dashboard, PATH)
    page.file_uploader(key="list_upload").set_value(
        ("mixed.csv", "\n".join(lines).encode(), "text/csv")
    ).run(timeout=60)
    assert not page.exception
    assert "2 rows are in conflict" in page.warning[0].value
    button(page, "Save 1 galaxy")
    shown = page.dataframe[0].value
    assert shown["state"].tolist() == ["conflict", "conflict"]
    assert [*shown].index("reason") < [*shown].index("iauname")
    apart = separation_arcsec(*one[1:], from_ra=two[1], from_dec=two[2])
    assert shown["separation_arcsec"].tolist() == [f"{apart / 3600:.1f}°"] * 2
    (toggle,) = (t for t in page.toggle if t.label.startswith("Match rows in conflict"))
    toggle.set_value(True).run(timeout=60)
    assert not page.warning
    button(page, "Save 3 galaxies")


def test_another_list_is_named_after_its_own_file(barred, con, dashboard):
    names = list(saved.members(con, barred.subset_id))
    page = opened(dashboard, PATH)
    for name, number in (("first", 5), ("second", 3)):
        data = "\n".join(["iauname", *names[:number]]).encode()
        page.file_uploader(key="list_upload").set_value(
            (f"{name}.csv", data, "text/csv")
        ).run(timeout=60)
        button(page, f"Save {number} galaxies").click().run(timeout=60)
    kept = {one.name: one.galaxies for one in saved.subsets(con)[:2]}
    assert kept == {"first": 5, "second": 3}


def test_a_broken_list_is_refused_in_words(con, dashboard):
    page = opened(dashboard, PATH)
    page.file_uploader(key="list_upload").set_value(
        ("mine.fits", b"SIMPLE  = nonsense" * 9, "application/fits")
    ).run(timeout=60)
    assert not page.exception
    assert "mine.fits" in page.error[0].value
