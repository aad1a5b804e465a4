"""Contrast: every group holds whom its heading says, and can be taken to Explore."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from morph.catalogue import release_table, sync
from pages.common.server import database
from tests.pages.conftest import SHELL, make_home, write_equal
from tests.pages.opening import (
    component,
    components,
    counted,
    opened,
    said,
    sent,
)

PATH = "contrast/contrast.py"
FACE_ON = {"rule": ["Ignore"]}  # 300 random galaxies leave few with the tree


def demo_table(root) -> pd.DataFrame:
    with database.cursor(root) as con:
        return con.table(release_table.release(con, "small-demo").table).df()


def end_of(table: pd.DataFrame, label: str, *, least: bool, percent: float = 15):
    """The galaxies of one cell, by sorting."""
    likely = table[table[f"{label}_probability"] >= np.float32(0.5)]
    many = int(np.ceil(round(len(likely) * percent / 100, 9)))
    order = likely.sort_values(f"{label}_variance", ascending=not least)
    return order.head(many)


def headings(page) -> list[str]:
    return [
        m.value for m in page.markdown if m.value.startswith("**") and "·" in m.value
    ]


@pytest.mark.parametrize("question", ["Bar", "Spiral arm count", "Edge-on disk"])
def test_each_answer_has_its_surest_and_its_least_sure(morph_home, dashboard, question):
    page = opened(dashboard, PATH, {"question": [question], **FACE_ON})
    assert not page.exception
    table = demo_table(morph_home)
    with database.cursor(morph_home) as con:
        tree = release_table.release(con, "small-demo").tree
    (asked,) = [q for q in tree.questions if q.title == question]
    found = headings(page)
    assert len(found) == 2 * len(asked.labels)
    for label in asked.labels:
        for least in (False, True):
            group = end_of(table, label, least=least)
            likely = (table[f"{label}_probability"] >= np.float32(0.5)).sum()
            number = f"{len(group)} of {likely}"
            words = f"**{tree.words(label)}** · {number}"
            assert any(one.split("  \n")[0] == words for one in found), words


def test_pictures_are_of_the_group_and_stay_until_resampled(morph_home, dashboard):
    page = opened(dashboard, PATH, FACE_ON)
    table = demo_table(morph_home)
    expected = [
        set(end_of(table, label, least=least)["iauname"])
        for least in (False, True)
        for label in ("bar_strong", "bar_weak", "bar_no")
    ]
    first = components(page, "gallery")
    for shown, members in zip(first, expected, strict=True):
        names = {tile["iauname"] for tile in shown["tiles"]}
        assert names <= members
        assert len(names) == min(6, len(members))
    assert components(page.run(), "gallery") == first
    page.button(key="resample").click().run()
    assert page.number_input(key="seed").value == 1
    assert components(page, "gallery") != first


@pytest.mark.parametrize("end", ["surest", "least"])
def test_see_all_explores_exactly_the_group(morph_home, dashboard, end):
    page = opened(dashboard, PATH, FACE_ON)
    group = end_of(demo_table(morph_home), "bar_no", least=end == "least")
    page.button(key=f"all_bar_no_{end}").click().run()
    path, query = sent(page)
    assert path == "explore"
    fresh = AppTest.from_file(SHELL, default_timeout=20)
    page = opened(fresh, "explore/explore.py", query)
    assert counted(page) == f"**{len(group)}** of 300 galaxies"


def test_the_tree_keeps_strays_out(morph_home, dashboard):
    query = {"contrast": ["With and without the tree"], "tails": ["50"]}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    table = demo_table(morph_home)
    led = (table["smooth-or-featured_answer"] == 1) & (
        table["disk-edge-on_answer"] == 1
    )
    with_tree = end_of(table[led], "bar_strong", least=False, percent=50)
    without = end_of(table, "bar_strong", least=False, percent=50)
    found = headings(page)
    assert found[0].startswith(f"**With the tree** · {len(with_tree)} of ")
    assert found[1].startswith(f"**Without the tree** · {len(without)} of ")
    astray = (~led[without.index]).mean()
    share = f"{100 * astray:.0f}% of these do not reach Bar in the tree"
    assert any(share in m.value for m in page.markdown)


def test_where_the_tree_leads_everyone_it_says_so(morph_home, dashboard):
    query = {"contrast": ["With and without the tree"]}
    query |= {"smooth-or-featured_featured-or-disk": ["0.6", "1"]}
    page = opened(dashboard, PATH, query | {"disk-edge-on_no": ["0.6", "1"]})
    assert not page.exception
    said_of_it = [m.value for m in page.markdown]
    assert "All of these also reach Bar in the tree." in said_of_it


@pytest.mark.parametrize("by", ["Variance", "Total concentration"])
def test_the_strip_marks_both_ends_of_what_is_contrasted(morph_home, dashboard, by):
    query = {"contrast": ["σ against ρ̂"], "answer": ["No bar"], "uncertainty": [by]}
    page = opened(dashboard, PATH, query | FACE_ON)
    assert not page.exception
    table = demo_table(morph_home)
    many = len(end_of(table, "bar_no", least=False))
    scene = component(page, "plane")
    sure, unsure, others = (group["counts"] for group in scene["groups"])
    assert sure == unsure == f"{many} / {many}"
    assert others == f"{300 - 2 * many} / {300 - 2 * many}"
    tinted = [line for line in scene["lines"] if line["fill"]]
    assert len(tinted) == (2 if by == "Variance" else 0)


def test_an_empty_selection_names_the_filter_that_emptied_it(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.98", "1"]})
    assert not page.exception
    assert "##### No galaxies match all filters" in [m.value for m in page.markdown]
    page.button(key="relax").click().run()
    assert not page.exception and len(headings(page)) == 6


def test_labels_can_be_hidden_for_an_unbiased_look(morph_home, dashboard):
    page = opened(dashboard, PATH, {"blind": ["true"], **FACE_ON})
    assert all(
        tile["caption"] is None and not tile["bars"]
        for shown in components(page, "gallery")
        for tile in shown["tiles"]
    )
    text = " ".join(m.value for m in page.markdown)
    assert "Row A" in text and "Most certain" not in text and "σ²" not in text


def test_without_a_posterior_only_the_tree_is_contrasted(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["fractions-only"]})
    assert not page.exception
    assert "without a posterior" in page.info[0].value
    page.segmented_control(key="contrast").set_value("With and without the tree")
    page.run()
    assert not page.exception
    assert len(headings(page)) == 2


def test_equal_uncertainties_say_that_they_are_kept_together(empty_home, dashboard):
    make_home(empty_home)
    write_equal(empty_home)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    query = {"release": ["equal"], "question": ["Smooth or featured"]}
    page = opened(dashboard, PATH, query | {"above": ["0.3"]})
    assert not page.exception
    shown = [one.value for one in page.markdown]
    both = [one for one in shown if "Equal values are kept together." in one]
    assert len(both) == 2 * 3
    assert all("300 of 300" in one for one in both)


def test_a_rare_answer_says_so(morph_home, dashboard):
    query = {"question": ["Smooth or featured"], "above": ["0.98"], "tails": ["5"]}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert "No galaxies." in said(page) or "is rare in this" in said(page)


@pytest.mark.parametrize("wrong", ["question", "uncertainty", "above", "seed"])
def test_values_that_cannot_be_are_left_out(morph_home, dashboard, wrong):
    page = opened(dashboard, PATH, {wrong: ["<nonsense>"], **FACE_ON})
    assert not page.exception
    assert len(headings(page)) == 6


def test_the_least_certain_can_be_seen_with_and_without_the_tree(morph_home, dashboard):
    dashboard.session_state["figure_tree_bar_strong"] = True  # its menu is open
    view = {"contrast": ["With and without the tree"], "tails": ["30"]}
    page = opened(dashboard, PATH, view | {"tree_end": ["Least certain"]})
    assert not page.exception
    without = end_of(demo_table(morph_home), "bar_strong", least=True, percent=30)
    found = headings(page)
    assert found[1].startswith(f"**Without the tree** · {len(without)} of ")
    assert "the 30% with the highest" in page.code[0].value
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == ["Download PDF"]
