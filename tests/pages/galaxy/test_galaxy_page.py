"""One galaxy: found by whatever people type, and shown with what is known of it."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from morph.analysis import galaxy_in_words, one_galaxy
from morph.catalogue import loading, release_table
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, open_store, write_store
from morph.posterior import dirichlet
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.sky import parse_position, separation_arcsec
from morph.trees.decision_tree import GZD5
from pages.common import toasts as toasts_of_pages
from pages.common.components.cutout_picture import bar_arcsec
from pages.common.server import database
from pages.galaxy import galaxy_numbers
from tests.pages.opening import (
    component,
    components,
    opened,
    opened_table,
    said,
    sent,
    toasts,
)

PATH = "galaxy/galaxy.py"


@pytest.fixture
def some_galaxy(morph_home):
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "small-demo")
        name = con.table(release.table).order("iauname").limit(1).fetchall()[0][0]
        folder = morph_home / "releases" / "small-demo"
        return one_galaxy.galaxy(con, release, name, folder=folder)


@pytest.fixture
def pictured(morph_home):
    """Name and place of a galaxy that has a picture."""
    store = open_store(morph_home / "cutouts" / "small-bmz")
    return store.index.iloc[4]


@pytest.fixture
def another_survey(morph_home, pictured):
    """A store in which a galaxy has another name and stands 0.4 arcsec north."""
    folder = cutouts_folder(morph_home, "wide-decals")
    index = pd.DataFrame(
        {
            "iauname": ["J000000.00+000000.0"],
            "ra": [pictured.ra],
            "dec": [pictured.dec + 0.4 / 3600],
        }
    )
    manifest = StoreManifest("decals", "demonstration", "Drawn", 1, 96)
    write_store(folder, manifest, index, np.zeros((1, 3, 96, 96)))
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.fixture
def other_release(morph_home, some_galaxy):
    """A release in which that galaxy alone has all concentrations 2."""
    folder = morph_home / "releases" / "all-alike"
    table = pd.DataFrame(
        {
            "iauname": [some_galaxy.iauname],
            "ra": [some_galaxy.ra],
            "dec": [some_galaxy.dec],
        }
    )
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(2.0, index=[0], columns=columns)
    posteriors.insert(0, "iauname", some_galaxy.iauname)
    manifest = Manifest(
        "all-alike", "demonstration", "bmz", "All alike", "", "Nobody et al. 2026"
    )
    write_release(folder, manifest, table, posteriors)
    with database.cursor(morph_home) as con:
        loading.load_release(con, folder)
        yield "all-alike"
        loading.unload_release(con, "all-alike", remember=False)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def title(page) -> str:
    return page.title[0].value


def open_galaxy(dashboard, iauname, **query):
    given = {"release": "small-demo", "id": iauname} | query
    page = opened(dashboard, PATH, given)
    assert not page.exception
    return page


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
        "SDSS {galaxy.iauname}",
        "{galaxy.ra} {galaxy.dec}",
        "https://www.legacysurvey.org/viewer?ra={galaxy.ra}&dec={galaxy.dec}&zoom=14",
    ],
)
def test_a_galaxy_is_found_by_whatever_is_typed(some_galaxy, dashboard, typed):
    page = opened(dashboard, PATH)
    page.text_input(key="find").set_value(typed.format(galaxy=some_galaxy)).run()
    assert not page.exception
    assert title(page) == some_galaxy.iauname
    if "ra}" in typed:
        assert "nearest galaxy 0.0 arcsec away" in said(page)


def test_a_place_far_from_every_galaxy_offers_the_nearest(some_galaxy, dashboard):
    page = opened(dashboard, PATH)
    page.text_input(key="find").set_value("10.0 -60.0").run()
    assert not page.exception
    assert "probably not the one you are looking for" in page.info[0].value
    offers = [b for b in page.button if (b.key or "").startswith("open_J")]
    name = offers[0].key.removeprefix("open_")
    offers[0].click().run()
    assert title(page) == name


def test_a_name_of_few_digits_finds_the_galaxies_that_fit(some_galaxy, dashboard):
    page = opened(dashboard, PATH)
    east, north = some_galaxy.iauname[:7], some_galaxy.iauname[10:17]
    page.text_input(key="find").set_value(f"DES {east}{north}").run()
    assert not page.exception
    assert title(page) == some_galaxy.iauname


def test_a_text_with_two_meanings_is_not_guessed(some_galaxy, dashboard):
    page = opened(dashboard, PATH)
    page.text_input(key="find").set_value("12.3 +11:43:54").run()
    assert not page.exception
    assert "RA 12.30000" in page.info[0].value
    assert "RA 184.50000" in page.info[0].value


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


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("lowest_redshift", "lowest redshift first"),
        ("brightest", "brightest r-band magnitude first"),  # of an earlier link
        ("highest_tail:bar_strong:0.3", r"highest P(Strong bar \> 0.3) first"),
        ("lowest_tail:bar_weak", r"lowest P(Weak bar \> 0.5) first"),
    ],
)
def test_an_order_in_the_address_is_followed(some_galaxy, dashboard, order, words):
    page = opened(dashboard, PATH, {"id": [some_galaxy.iauname], "order": [order]})
    assert f"of 300, {words}" in said(page)
    assert not toasts(page)


@pytest.mark.parametrize(
    "order",
    [
        "shiniest",
        "lowest_mag_g",
        "highest:ring",
        "highest",
        "highest_tail:bar_strong:9",
        "random:x",
        "own_lowest:k7f3a.x",
    ],
)
def test_a_wrong_order_in_the_address_is_named_once(
    some_galaxy, dashboard, order, monkeypatch
):
    named = []
    monkeypatch.setattr(
        toasts_of_pages, "note_ignored", lambda *notices: named.extend(notices)
    )
    page = opened(dashboard, PATH, {"id": [some_galaxy.iauname], "order": [order]})
    assert not page.exception
    assert "of 300, random order (seed 0)" in said(page)
    page.run()
    (notice,) = named
    assert notice.startswith(f"order={order} ignored: ")


def test_a_galaxy_outside_the_selection_says_so(some_galaxy, dashboard):
    answer = some_galaxy.questions[0].answers[0]
    ends = ("0", "0.01") if answer.probability > 0.02 else ("0.03", "1")
    page = opened(dashboard, PATH, {"id": [some_galaxy.iauname], answer.label: ends})
    assert title(page) == some_galaxy.iauname
    assert "Not in the current selection" in said(page)


def test_a_release_of_fractions_has_no_whiskers(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["fractions-only"]})
    assert not page.exception
    rows = [r for c in component(page, "tree_picture")["cards"] for r in c["answers"]]
    assert all(row["low"] is None for row in rows)
    bars = [
        bar for row in component(page, "answer_rows")["rows"] for bar in row["bars"]
    ]
    assert all(bar["borders"] == [] for bar in bars)
    assert "there is no posterior to draw" in page.info[0].value


def test_without_a_picture_there_are_no_controls_of_one(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["fractions-only"]})
    tile = next(html.body for html in page.get("html") if "No image" in html.body)
    assert "this release has no cutouts" in tile
    keys = {control.key for control in (*page.segmented_control, *page.toggle)}
    assert not keys & {"stretch", "zoom", "bands", "invert"}
    assert not page.get("download_button")
    assert not components(page, "cutout_picture")


def test_an_image_can_be_enlarged_and_taken_as_fluxes(pictured, dashboard, morph_home):
    page = open_galaxy(dashboard, pictured.iauname)
    (before,) = components(page, "cutout_picture")
    button = page.get("download_button")[0].proto
    assert button.label == "Download FITS"
    page.button(key="enlarge").click().run()
    assert not page.exception
    small, large = components(page, "cutout_picture")
    assert small == before and large["large"]
    assert large["pictures"] == before["pictures"]


def test_coordinates_can_be_copied(morph_home, dashboard, some_galaxy):
    page = open_galaxy(dashboard, some_galaxy.iauname)
    degrees, sexagesimal = (code.value for code in page.code[:2])
    assert degrees == f"{some_galaxy.ra:.6f} {some_galaxy.dec:+.6f}"
    for text in (degrees, sexagesimal):
        found = parse_position(text)
        apart = separation_arcsec(
            np.array([found.ra]),
            np.array([found.dec]),
            from_ra=some_galaxy.ra,
            from_dec=some_galaxy.dec,
        )
        assert apart[0] < 0.02


def test_there_is_a_way_back_to_where_a_galaxy_was_opened(morph_home, dashboard):
    page = open_galaxy(dashboard, "J")
    assert "back_to_gallery" not in {button.key for button in page.button}
    page = opened(page, "explore/explore.py", {"view": "Gallery", "tiles": "24"})
    tiles = component(page, "gallery")["tiles"]
    name = tiles[5]["iauname"]
    page.session_state["gallery_left"] = ("explore", {"tiles": ["24"]}, name)
    page = open_galaxy(page, name)
    page.button(key="back_to_gallery").click().run()
    path, query = sent(page)
    assert path == "explore" and query["tiles"] == ["24"]
    page = opened(page, "explore/explore.py", {"tiles": "24"})
    assert component(page, "gallery")["back"]["iauname"] == name


def test_a_missing_folder_of_pictures_is_named(morph_home, dashboard, pictured):
    store, away = morph_home / "cutouts" / "small-bmz", morph_home / "away"
    store.rename(away)
    try:
        page = open_galaxy(dashboard, pictured.iauname)
    finally:
        away.rename(store)
    tile = next(html.body for html in page.get("html") if "No image" in html.body)
    assert f"the folder {store} is missing; restore it" in tile


def test_a_link_holds_how_the_picture_is_drawn(pictured, dashboard):
    look = {"stretch": "Linear", "zoom": "2×", "bands": "r", "invert": "true"}
    page = open_galaxy(dashboard, pictured.iauname, **look)
    (picture,) = component(page, "cutout_picture")["pictures"]
    for asked in ("stretch=linear", "bands=r", "invert=1", "field=8.384"):
        assert asked in picture["url"]
    assert picture["url"].startswith(f"/picture/small-bmz/{pictured.iauname[:7]}")
    assert picture["crisp"]
    assert "in the r band, 8.4 arcsec wide, north up, east left" in picture["alt"]
    assert picture["share"] == pytest.approx(2 / 8.384)
    page.segmented_control(key="zoom").set_value("4").run()
    (picture,) = component(page, "cutout_picture")["pictures"]
    assert "field=4.192" in picture["url"]


def test_a_look_that_does_not_exist_is_left_out_with_a_notice(pictured, dashboard):
    odd = {"stretch": "log", "posterior": "colour", "zoom": "<b>9</b>"}
    page = open_galaxy(dashboard, pictured.iauname, **odd)
    shown = odd | {"zoom": r"\<b\>9\</b\>"}
    assert sorted(toasts(page)) == sorted(
        f"{name}={value} ignored: not a valid value here"
        for name, value in shown.items()
    )
    assert page.segmented_control(key="stretch").value == "viewer"
    assert page.segmented_control(key="zoom").value == "1"
    assert page.selectbox(key="posterior").value == GZD5.questions[0].name


def test_another_surveys_picture_blinks_with_the_same_look_and_field(
    another_survey, pictured, dashboard
):
    page = open_galaxy(dashboard, pictured.iauname, stretch="Ye et al.")
    drawn = component(page, "cutout_picture")
    first, second = drawn["pictures"]
    assert (first["title"], second["title"]) == ("BASS+MzLS", "DECaLS")
    assert not drawn["beside"]
    for picture in (first, second):
        assert "stretch=authors" in picture["url"]
        assert "field=16.768" in picture["url"]  # of the smaller cutout
    assert "/picture/wide-decals/J000000.00%2B000000.0.png" in second["url"]
    assert "Matched to J000000.00+000000.0, 0.4 arcsec away" in said(page)
    page.segmented_control(key="pair").set_value("Side by side").run()
    assert component(page, "cutout_picture")["beside"]


def test_two_stores_of_one_survey_are_told_apart(
    morph_home, another_survey, pictured, dashboard
):
    again = morph_home / "cutouts" / "again"
    shutil.copytree(morph_home / "cutouts" / "small-bmz", again)
    try:
        page = open_galaxy(dashboard, pictured.iauname)
        drawn = component(page, "cutout_picture")["pictures"]
        names = ["BASS+MzLS, small-bmz", "BASS+MzLS, again"]
        assert [one["title"] for one in drawn] == names
        assert all(f"{name}: " in said(page) for name in names)
        assert page.selectbox(key="twin").options == [names[1], "DECaLS"]
    finally:
        shutil.rmtree(again)


def test_a_link_with_both_pictures_holds_all_else(another_survey, pictured, dashboard):
    query = {"pair": "Side by side", "posterior": "Bar", "bands": "z"}
    page = open_galaxy(dashboard, pictured.iauname, **query)
    assert component(page, "cutout_picture")["beside"]
    assert page.selectbox(key="posterior").value == "bar"
    assert not toasts(page)


def test_a_galaxy_that_one_survey_saw_has_nothing_to_blink_with(pictured, dashboard):
    page = open_galaxy(dashboard, pictured.iauname)
    assert len(component(page, "cutout_picture")["pictures"]) == 1
    assert not [one for one in page.segmented_control if one.key == "pair"]


def test_scale_bars_are_round_and_at_most_a_third():
    for field, bar in ((16.768, 5), (67, 20), (4.192, 1), (1.5, 0.5), (0.8, 0.5)):
        assert bar_arcsec(field) == bar


def test_the_sentence_is_made_of_this_galaxys_posterior(some_galaxy, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname)
    said_here = galaxy_in_words.in_words(
        some_galaxy.questions, GZD5, not_learnt=("edge-on-bulge",)
    )
    assert f"**{said_here}**" in [one.value for one in page.markdown]


def test_ten_rows_hold_the_posterior(some_galaxy, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname)
    rows = component(page, "answer_rows")["rows"]
    assert [row["name"] for row in rows] == [q.name for q in GZD5.questions]
    for row, posterior in zip(rows, some_galaxy.questions, strict=True):
        (bar,) = row["bars"]
        assert bar["shares"] == [answer.probability for answer in posterior.answers]
        first, last = posterior.answers[0], posterior.answers[-1]
        assert bar["borders"][0] == pytest.approx((first.lower, first.upper), abs=1e-6)
        mirrored = (1 - last.upper, 1 - last.lower)
        assert bar["borders"][-1] == pytest.approx(mirrored, abs=1e-6)
        assert row["muted"] == (posterior.asked < 0.5)
        if posterior.question.asked_after:
            assert row["note"] == f"reached {posterior.asked:.2f}"


def test_another_release_stands_before_this_one(some_galaxy, other_release, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname, beside=other_release)
    drawn = component(page, "answer_rows")
    assert drawn["bars"] == [other_release, "small-demo"]
    for row, posterior in zip(drawn["rows"], some_galaxy.questions, strict=True):
        before, now = row["bars"]
        answers = len(posterior.answers)
        assert before["shares"] == pytest.approx([1 / answers] * answers)
        assert now["shares"] == [answer.probability for answer in posterior.answers]
    bar = next(row for row in drawn["rows"] if row["name"] == "bar")
    assert bar["note"].startswith("reached 0.17 → ")
    assert f"Dashed red]: {other_release}" in said(page)


def test_a_three_answer_question_has_its_triangle(some_galaxy, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname, posterior="Bar")
    (drawn,) = components(page, "plane")
    posterior = next(p for p in some_galaxy.questions if p.question.name == "bar")
    strong, weak = (
        f"{one.words} {one.probability:.2f}" for one in posterior.answers[:2]
    )
    assert f"mean {strong}, {weak}" in drawn["label"]
    assert {"68%", "95%"} & {label["text"] for label in drawn["labels"]}
    shown = opened_table(page, "posterior_table")
    assert {"68%", "95%"} < set(shown)
    assert shown["Mean"].tolist() == pytest.approx(
        [one.probability for one in posterior.answers], abs=1e-6
    )


def test_a_two_answer_question_has_its_curve(some_galaxy, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname, posterior="Edge-on disk")
    (chart,) = page.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    assert figure["layout"]["xaxis"]["title"]["text"] == "vote fraction of Edge-on"
    assert not components(page, "plane")


def test_more_answers_stand_in_groups(some_galaxy, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname)
    page.selectbox(key="posterior").set_value("spiral-arm-count").run()
    assert "Renormalised over these three corners, which have" in said(page)
    assert component(page, "answer_rows")["chosen"] == "spiral-arm-count"


def test_neighbours_are_the_nearest_and_not_itself(some_galaxy, dashboard, morph_home):
    page = open_galaxy(dashboard, some_galaxy.iauname)
    shown = {drawn["label"]: drawn["tiles"] for drawn in components(page, "gallery")}
    near = shown["The 6 nearest on the sky"]
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "small-demo")
        table = con.table(release.table).df()
    apart = separation_arcsec(
        table["ra"], table["dec"], from_ra=some_galaxy.ra, from_dec=some_galaxy.dec
    )
    others = table.assign(apart=apart).sort_values("apart")["iauname"].iloc[1:7]
    assert [tile["iauname"] for tile in near] == list(others)
    assert near[0]["note"]
    assert not page.warning


def test_numbers_can_be_copied_with_the_name_as_text(some_galaxy):
    lines = galaxy_numbers.as_text(some_galaxy).splitlines()
    assert len(lines) == 1 + len(GZD5.labels)
    header = lines[0].split("\t")
    assert header[:4] == ["iauname", "ra", "dec", "label"]
    for line, label in zip(lines[1:], GZD5.labels, strict=True):
        cells = dict(zip(header, line.split("\t"), strict=True))
        assert cells["iauname"] == some_galaxy.iauname
        assert cells["ra"] == f"{some_galaxy.ra:.5f}"
        assert cells["label"] == label


def test_the_tail_in_the_table_is_the_posteriors(some_galaxy, morph_home):
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "small-demo")
        row = con.table(release.table).filter(f"iauname = '{some_galaxy.iauname}'").df()
    alpha = row[posterior_columns(GZD5, "concentration")].to_numpy(float)
    tails = dirichlet.tail_probability(alpha, GZD5, 0.5)[0]
    found = [a.above_half for q in some_galaxy.questions for a in q.answers]
    np.testing.assert_allclose(found, tails)


def test_only_galaxies_of_the_real_sky_have_links(some_galaxy, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname)
    assert "position are simulated" in said(page)
    assert "legacysurvey.org/viewer" not in " ".join(m.value for m in page.markdown)


def test_a_galaxy_is_pinned_and_let_go(some_galaxy, dashboard):
    page = open_galaxy(dashboard, some_galaxy.iauname)
    page.button(key="pin_galaxy").click().run()
    assert page.session_state["pins"] == (some_galaxy.iauname,)
    assert page.button(key="pin_galaxy").label == "Unpin"
    page.button(key="pin_galaxy").click().run()
    assert page.session_state["pins"] == ()
