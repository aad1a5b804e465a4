"""What a callback set is not lost to a message the browser sent before it had it."""

import pytest

from tests.pages.opening import counted, opened

pytestmark = pytest.mark.usefixtures("morph_home")

PATH = "explore/explore.py"
LIMIT = {"smooth-or-featured_smooth": ["0.5", "1"]}
LABEL = "smooth-or-featured_smooth"
SEEN = "set_seen"


def reset_unseen(page):
    """Press Reset all; gives back what the browser sent with the click."""
    slider, seen = page.slider(key=LABEL).value, page.text_input(key=SEEN).value
    page.button(key="reset").click().run()
    return slider, seen


def test_a_late_message_does_not_bring_back_what_was_reset(dashboard):
    page = opened(dashboard, PATH, LIMIT)
    assert counted(page) != "**300** of 300 galaxies"
    slider, seen = reset_unseen(page)
    page.slider(key=LABEL).set_value(slider)
    page.text_input(key=SEEN).set_value(seen)
    page.run()
    assert not page.exception
    assert counted(page) == "**300** of 300 galaxies"
    assert page.slider(key=LABEL).value == (0.0, 1.0)


def test_what_was_changed_with_a_late_message_counts(dashboard):
    page = opened(dashboard, PATH, LIMIT)
    _, seen = reset_unseen(page)
    page.slider(key=LABEL).set_value((0.25, 0.75))
    page.text_input(key=SEEN).set_value(seen)
    page.run()
    assert page.slider(key=LABEL).value == (0.25, 0.75)


def test_a_browser_that_has_seen_it_may_set_the_old_value_again(dashboard):
    page = opened(dashboard, PATH, LIMIT)
    before = counted(page)
    slider, _ = reset_unseen(page)
    page.slider(key=LABEL).set_value(slider).run()
    assert page.slider(key=LABEL).value == slider
    assert counted(page) == before


def test_a_number_that_never_was_changes_nothing(dashboard):
    page = opened(dashboard, PATH, LIMIT)
    before = counted(page)
    for number in ("", "-3", "999999", "one"):
        page.text_input(key=SEEN).set_value(number).run()
        assert not page.exception
        assert counted(page) == before


def test_two_limits_taken_away_at_once_are_both_gone(dashboard):
    other = "smooth-or-featured_featured-or-disk"
    page = opened(dashboard, PATH, {LABEL: ["0.2", "1"], other: ["0.1", "1"]})
    before, seen = page.slider(key=LABEL).value, page.text_input(key=SEEN).value
    page.button(key=f"chip_{LABEL}").click().run()
    page.slider(key=LABEL).set_value(before)
    page.text_input(key=SEEN).set_value(seen)
    page.button(key=f"chip_{other}").click().run()
    assert counted(page) == "**300** of 300 galaxies"


def test_a_page_without_a_selection_keeps_what_was_set(dashboard):
    page = opened(dashboard, PATH, LIMIT)
    slider, seen = reset_unseen(page)
    page.slider(key=LABEL).set_value(slider)
    page.text_input(key=SEEN).set_value(seen)
    page.switch_page("../../runs/runs.py").run()
    page.switch_page(f"../../{PATH}").run()
    assert counted(page) == "**300** of 300 galaxies"
