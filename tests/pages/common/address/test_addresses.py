"""Addresses: links made elsewhere are understood and rewritten as the widgets write."""

from urllib.parse import parse_qs, urlencode

import pandas as pd
import pytest

from morph.selection.certainty.certainty import Tail
from morph.selection.selection import Limit, Selection
from morph.selection.url import to_query
from morph.trees.decision_tree import GZD5
from pages.common.address.choices import EARLIER, choices, in_words
from tests.pages.opening import asked as first_run
from tests.pages.opening import component, counted, opened, toasts
from tests.trees import GZ2

PATH = "explore/explore.py"
R_BAND = "R-band magnitude (mag)"
# Page, an address of before, and what its controls then hold.
OF_BEFORE = (
    (
        "explore",
        {
            "rule": "Asked",
            "sure": "Probability above a value",
            "redshift": ["0.05", "0.3"],
            "redshift_missing": "Keep unknown",
            "sort": "Least sure: highest variance",
        },
        {
            "rule": "asked",
            "certain": ["tail smooth-or-featured_smooth 0.5 0.9"],
            "redshift_missing": "keep",
            "sort": "least_sure_variance",
        },
    ),
    (
        "explore",
        {
            "rule": "Largest answer",
            "sure": "Variance",
            "sure_end": "Least sure",
            "redshift": ["0.05", "0.3"],
            "redshift_missing": "Drop unknown",
            "sort": "Most sure: highest total concentration",
        },
        {
            "rule": "largest",
            "certain": ["least variance smooth-or-featured_smooth 15"],
            "redshift_missing": "drop",
            "sort": "surest_concentration",
        },
    ),
    (
        "explore",
        {"sure": "Variance", "sure_end": "Most sure", "sure_answer": "No bar"},
        {"certain": ["surest variance bar_no 15"]},
    ),
    ("explore", {"rule": "Most probable answer"}, {"rule": "largest"}),
    (
        "contrast",
        {"contrast": "Sure and unsure"},
        {"contrast": "Most and least certain"},
    ),
    ("contrast", {"contrast": "Strip"}, {"contrast": "σ against ρ̂"}),
    ("similar", {"space": "What the model sees"}, {"space": "Image features"}),
    ("similar", {"space": "features"}, {"space": "Image features"}),
    ("similar", {"space": "Its answers"}, {"space": "Vote fractions"}),
    ("map", {"colour": "Largest answer"}, {"colour": "largest"}),
    ("map", {"colour": "Sureness of an answer"}, {"colour": "sureness"}),
    ("map", {"colour": "Probability of an answer"}, {"colour": "answer"}),
    ("explore", {"sort": "Highest probability"}, {"sort": "highest"}),
    ("map", {"colour": R_BAND}, {"colour": "mag_r"}),
    ("populations", {"against": R_BAND}, {"against": "mag_r"}),
    ("populations", {"against": "Redshift"}, {"against": "redshift"}),
)


@pytest.mark.parametrize(
    ("given", "worded"),
    [
        ("rule=off", "rule=Ignore"),
        ("sure=tail", "sure=Probability+above+a+threshold"),
        ("sure_answer=bar_strong&page=2", "sure_answer=Strong+bar&page=2"),
        ("redshift_missing=keep", "redshift_missing=Include"),
        ("rule=Largest+answer", "rule=Most+probable"),
        ("sure_end=Least+sure", "sure_end=Least+certain"),
        ("colour=largest", "colour=Most+probable+answer"),
        ("sort=surest_variance", "sort=Most+certain%3A+lowest+variance"),
        (
            "sort=Least+sure%3A+highest+variance",
            "sort=Least+certain%3A+highest+variance",
        ),
    ],
)
def test_codes_and_earlier_words_become_words(given, worded):
    assert in_words(given, GZD5) == worded
    assert in_words(worded, GZD5) == worded


@pytest.mark.parametrize(
    "query", ["", "bar_strong=0.6&bar_strong=1", "id=J1%2B2&rule=Ignore", "a=&b", "%ff"]
)
def test_other_addresses_stay_as_they_are(query):
    assert in_words(query, GZD5) == query


def test_a_link_from_a_file_is_rewritten_in_its_place(morph_home, dashboard):
    asked = Selection({"bar_weak": (0.2, 1)}, rule="off", certainty=(Tail("bar_weak"),))
    page = first_run(dashboard, PATH, to_query(asked) | {"page": ["2"], "odd": ["1"]})
    turn = component(page, "address")["go"]
    assert turn["instead"]
    assert parse_qs(turn["href"].removeprefix("?")) == {
        "page": ["2"],
        "bar_weak": ["0.2", "1"],
        "rule": ["Ignore"],
        "certain": ["tail bar_weak 0.5 0.9"],
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


@pytest.mark.parametrize(("page", "query", "held"), OF_BEFORE)
def test_an_address_of_before_has_the_same_meaning(
    morph_home, dashboard, page, query, held
):
    if page == "similar":
        features = morph_home / "releases" / "small-demo" / "features.parquet"
        query = query | {"like": pd.read_parquet(features)["iauname"][3]}
    view = opened(dashboard, f"{page}/{page}.py", query)
    assert not view.exception
    assert {name: view.session_state[name] for name in held} == held
    assert toasts(view) == []


def test_every_earlier_word_is_understood_and_none_of_today_is_one():
    opened = {name for _, query, _ in OF_BEFORE for name in query}
    assert {name for name in EARLIER if not name.endswith("_missing")} <= opened
    for name, earlier in EARLIER.items():
        for before, now in earlier.items():
            address = in_words(urlencode({name: before}), GZD5)
            assert parse_qs(address) == {name: [now]}
            assert before == now or before not in choices(name, GZD5).values()


def test_answers_have_the_words_of_the_release_s_own_tree():
    assert in_words("answer=bar_no", GZD5) == "answer=No+bar"
    assert in_words("answer=t03-bar_a07-no-bar", GZ2) == "answer=No+bar"
    assert choices("question", GZ2) == {q.name: q.title for q in GZ2.questions}
