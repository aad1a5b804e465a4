"""One galaxy: found by whatever people type, and shown with what is known of it."""

import pytest

from morph import catalogue, one_galaxy
from pages.common import database
from tests.pages.opening import component, opened, said

PATH = "catalogue/galaxy.py"


@pytest.fixture
def some_galaxy(morph_home):
    with database.cursor(morph_home) as con:
        release = catalogue.release(con, "small-demo")
        name = con.table(release.table).order("iauname").limit(1).fetchall()[0][0]
        return one_galaxy.galaxy(con, release, name)


def title(page) -> str:
    return page.title[0].value


def test_a_link_shows_that_galaxy_and_its_posterior(some_galaxy, dashboard):
    page = opened(dashboard, PATH, {"id": [some_galaxy.iauname]})
    assert not page.exception
    assert title(page) == some_galaxy.iauname
    cards = {card["name"]: card for card in component(page, "tree_picture")["cards"]}
    assert len(cards) == 10
    for posterior in some_galaxy.questions:
        card = cards[posterior.question.name]
        assert card["muted"] == (posterior.asked < 0.5)
        for row, answer in zip(card["answers"], posterior.answers, strict=True):
            assert row["text"] == f"{answer.probability:.2f}"
            assert (row["low"], row["high"]) == (answer.lower, answer.upper)


@pytest.mark.parametrize(
    "typed",
    [
        "{galaxy.iauname}",
        "{galaxy.source_id}",
        "{galaxy.ra} {galaxy.dec}",
        "https://www.legacysurvey.org/viewer?ra={galaxy.ra}&dec={galaxy.dec}&zoom=14",
    ],
)
def test_a_galaxy_is_found_by_whatever_is_typed(some_galaxy, dashboard, typed):
    page = opened(dashboard, PATH)
    page.text_input(key="find").set_value(typed.format(galaxy=some_galaxy)).run()
    assert not page.exception
    assert title(page) == some_galaxy.iauname
    if " " in typed or "http" in typed:
        assert "nearest galaxy 0.0 arcsec away" in said(page)


def test_a_place_far_from_every_galaxy_offers_the_nearest(some_galaxy, dashboard):
    page = opened(dashboard, PATH)
    page.text_input(key="find").set_value("10.0 -60.0").run()
    assert not page.exception
    assert "hardly the one meant" in page.info[0].value
    offers = [b for b in page.button if (b.key or "").startswith("open_J")]
    name = offers[0].key.removeprefix("open_")
    offers[0].click().run()
    assert title(page) == name


@pytest.mark.parametrize("typed", ["95 100", "twelve", "demo-", "'; DROP TABLE r1; --"])
def test_nonsense_is_answered_calmly(some_galaxy, dashboard, typed):
    page = opened(dashboard, PATH)
    page.text_input(key="find").set_value(typed).run()
    assert not page.exception
    assert not page.error
    assert not page.title


def test_an_unknown_id_offers_names_like_it(some_galaxy, dashboard):
    near = some_galaxy.iauname[:-1] + "x"
    page = opened(dashboard, PATH, {"id": [near]})
    assert not page.exception
    assert near in page.info[0].value
    page.button(key=f"open_{some_galaxy.iauname}").click().run()
    assert title(page) == some_galaxy.iauname


def test_next_and_previous_follow_the_order(some_galaxy, dashboard):
    query = {"id": [some_galaxy.iauname], "order": ["iauname"]}
    page = opened(dashboard, PATH, query)
    assert page.button(key="Left").disabled
    page.button(key="Right").click().run()
    assert title(page) > some_galaxy.iauname
    assert "2 of 300, by name" in said(page)
    page.button(key="Left").click().run()
    assert title(page) == some_galaxy.iauname


def test_a_galaxy_outside_the_selection_says_so(some_galaxy, dashboard):
    answer = some_galaxy.questions[0].answers[0]
    ends = ("0", "0.01") if answer.probability > 0.02 else ("0.03", "1")
    page = opened(dashboard, PATH, {"id": [some_galaxy.iauname], answer.label: ends})
    assert title(page) == some_galaxy.iauname
    assert "Not in the present selection" in said(page)


def test_a_release_of_fractions_has_no_whiskers(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["fractions-only"]})
    assert not page.exception
    rows = [r for c in component(page, "tree_picture")["cards"] for r in c["answers"]]
    assert all(row["low"] is None for row in rows)
    assert any("No picture" in html.body for html in page.get("html"))
