"""Wrong values of a page's own parameters are named; right and default ones are not."""

import pytest

from pages.common import words
from tests.pages.opening import opened, toasts

EXPLORE, CONTRAST = "explore/explore.py", "contrast/contrast.py"
MAP = "map/map.py"


@pytest.fixture(autouse=True)
def read_slowly(monkeypatch) -> None:
    """Notes are still to be read, and only just said, however long a test takes."""
    monkeypatch.setattr("pages.common.toasts._LONG_S", 3600)
    monkeypatch.setattr("pages.common.toasts._JUST_NOW_S", 3600)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (EXPLORE, "sort", "nonsense"),
        (EXPLORE, "view", "<b>Everything</b>"),
        (EXPLORE, "tiles", "7"),
        (EXPLORE, "seed", "minus one"),
        (CONTRAST, "question", "nobody-asked"),
    ],
)
def test_a_value_that_no_control_has_is_named(morph_home, dashboard, path, name, value):
    page = opened(dashboard, path, {name: value})
    (said,) = toasts(page)
    assert said.startswith(f"{name}={words.plain(value)} ignored:")
    assert toasts(page.run()) == [said]  # still to be read, not once more


def test_a_wrong_filter_and_a_wrong_value_of_the_page_are_both_named(
    morph_home, dashboard
):
    wrong = {"bar_weak": ["0.9", "0.1"], "tiles": "7", "sort": "nonsense", "bogus": "1"}
    page = opened(dashboard, EXPLORE, wrong)
    named = [notice.replace("=", " ").split()[0] for notice in toasts(page)]
    assert sorted(named) == sorted(wrong)
    assert toasts(page.run()) == toasts(page)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (EXPLORE, {"sort": "Highest vote fraction", "tiles": "96", "seed": "7"}),
        (EXPLORE, {"sort": "Random", "view": "gallery", "tiles": "48", "seed": "0"}),
        (CONTRAST, {"question": "bar"}),
        (CONTRAST, {"question": "Bar"}),
        (CONTRAST, {"question": "smooth-or-featured", "rule": "off"}),
        (MAP, {"colour": "Most probable answer", "colour_question": "Bar"}),
        (MAP, {"colour": "Largest answer", "colour_question": "Smooth or featured"}),
        (MAP, {"colour": "Vote fraction of an answer", "colour_answer": "Smooth"}),
    ],
)
def test_a_value_that_a_control_has_goes_without_a_word(
    morph_home, dashboard, path, query
):
    page = opened(dashboard, path, query)
    assert not toasts(page)
    assert not toasts(page.run())
