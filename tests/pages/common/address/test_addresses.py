"""Addresses: links made elsewhere are understood and rewritten as the widgets write."""

from urllib.parse import parse_qs

import pytest

from morph.selection.selection import Limit, Selection, Tail
from morph.selection.url import to_query
from pages.common.address import selection_widgets
from tests.pages.opening import asked as first_run
from tests.pages.opening import component, counted, opened, toasts

PATH = "explore/explore.py"


@pytest.mark.parametrize(
    ("given", "worded"),
    [
        ("rule=off", "rule=Ignore"),
        ("sure=tail", "sure=Probability+above+a+value"),
        ("sure_answer=bar_strong&page=2", "sure_answer=Strong+bar&page=2"),
        ("redshift_missing=keep", "redshift_missing=Keep+unknown"),
        ("rule=Largest+answer", "rule=Most+probable"),
        ("sure_end=Least+sure", "sure_end=Least+certain"),
        ("sort=surest_variance", "sort=Most+certain%3A+lowest+variance"),
        (
            "sort=Least+sure%3A+highest+variance",
            "sort=Least+certain%3A+highest+variance",
        ),
    ],
)
def test_codes_and_earlier_words_become_words(given, worded):
    assert selection_widgets.in_words(given) == worded
    assert selection_widgets.in_words(worded) == worded


@pytest.mark.parametrize(
    "query", ["", "bar_strong=0.6&bar_strong=1", "id=J1%2B2&rule=Ignore", "a=&b", "%ff"]
)
def test_other_addresses_stay_as_they_are(query):
    assert selection_widgets.in_words(query) == query


def test_a_link_from_a_file_is_rewritten_in_its_place(morph_home, dashboard):
    asked = Selection({"bar_weak": (0.2, 1)}, rule="off", sureness=Tail("bar_weak"))
    page = first_run(dashboard, PATH, to_query(asked) | {"page": ["2"], "odd": ["1"]})
    turn = component(page, "address")["go"]
    assert turn["instead"]
    assert parse_qs(turn["href"].removeprefix("?")) == {
        "page": ["2"],
        "bar_weak": ["0.2", "1"],
        "rule": ["Ignore"],
        "sure": ["Probability above a value"],
        "sure_answer": ["Weak bar"],
    }
    page = opened(dashboard, PATH, parse_qs(turn["href"].removeprefix("?")))
    assert page.session_state["here"].selection == asked
    assert component(page, "address")["go"] is None
    assert toasts(page) == ["odd ignored: unknown parameter"]


def test_a_range_beyond_the_sliders_ends_is_cut_to_them(morph_home, dashboard):
    asked = Selection(physical={"mag_r": Limit(0, 15)})
    page = first_run(dashboard, PATH, to_query(asked))
    href = component(page, "address")["go"]["href"]
    page = opened(dashboard, PATH, parse_qs(href.removeprefix("?")))
    low, high = page.session_state["here"].selection.physical["mag_r"].low, 15.0
    assert 13 < low < 15
    assert page.slider(key="mag_r").value == (low, high)
    assert href == f"?mag_r={low:g}&mag_r=15"


def test_an_address_as_the_widgets_write_it_is_left_alone(morph_home, dashboard):
    query = {"bar_strong": ["0.2", "1"], "rule": ["Ignore"], "release": ["small-demo"]}
    page = opened(dashboard, PATH, query)
    assert counted(page)
    assert component(page, "address")["go"] is None
