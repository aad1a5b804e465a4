"""Overview: samples counted in the release, and where on the sky it lies."""

import json
import shutil
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd

from morph.catalogue import release_table, sync
from morph.catalogue.loading import unload_release
from morph.release.details import Details
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.selection.funnel import count
from morph.selection.ready_made import samples_of
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from tests import shown_components
from tests.pages.conftest import make_home, write_equal
from tests.pages.opening import component, counted, opened, said

PATH = "overview/overview.py"
BY_TITLE = {sample.title: sample for sample in samples_of(GZD5)}


def in_release(root, title: str, release_id: str = "small-demo"):
    """How many galaxies of the release a sample has."""
    with database.cursor(root) as con:
        release = release_table.release(con, release_id)
        return count(con, release, BY_TITLE[title].selection(release))


def test_samples_have_their_counts_pictures_and_links(morph_home, dashboard):
    page = opened(dashboard, PATH)
    assert not page.exception
    drawn = component(page, "sample_cards")
    assert drawn["total"] == 300
    assert len(drawn["cards"]) == 7
    not_learnt = "Not available in this release: “Edge-on with boxy bulge”"
    assert not_learnt in said(page)
    for card in drawn["cards"]:
        assert card["galaxies"] == in_release(morph_home, card["title"])
        assert len(card["pictures"]) == min(card["galaxies"], 4)
    bars = next(card for card in drawn["cards"] if card["title"] == "Strong bars")
    assert bars["link"] == "explore?bar_strong=0.8&bar_strong=1&rule=asked"


def test_a_release_with_a_wrong_manifest_is_named_beside_the_others(
    morph_home, dashboard
):
    folder = morph_home / "releases" / "foreign"
    folder.mkdir()
    manifest = (morph_home / "releases" / "small-demo" / "manifest.json").read_text()
    wrong = json.loads(manifest) | {"release_id": "foreign", "origin": "invented"}
    (folder / "manifest.json").write_text(json.dumps(wrong))
    try:
        database.load_new_releases(morph_home)
        page = opened(dashboard, PATH)
        assert not page.exception
        assert "origin is 'invented'" in page.warning[0].value
    finally:
        shutil.rmtree(folder)
        database.load_new_releases(morph_home)


def test_a_missing_folder_of_pictures_is_named(morph_home, dashboard):
    store, away = morph_home / "cutouts" / "small-bmz", morph_home / "away"
    assert not opened(dashboard, PATH).warning
    store.rename(away)
    try:
        dashboard.run()
    finally:
        away.rename(store)
    assert "cutouts/small-bmz" in dashboard.warning[0].value


def test_a_sample_without_a_galaxy_says_zero(morph_home, dashboard):
    cards = component(opened(dashboard, PATH), "sample_cards")["cards"]
    empty = [card for card in cards if card["galaxies"] == 0]
    assert empty  # of three hundred random galaxies none has everything
    assert all(card["pictures"] == [] for card in empty)


def test_a_release_of_fractions_leaves_out_what_needs_a_posterior(
    morph_home, dashboard
):
    page = opened(dashboard, PATH, {"release": "fractions-only"})
    cards = component(page, "sample_cards")["cards"]
    assert "Lowest 1% in total concentration" not in [card["title"] for card in cards]
    assert "Lowest 1% in total concentration" in said(page)
    assert all("release=fractions-only" in card["link"] for card in cards)


def test_a_percentage_of_equal_values_is_not_offered_and_says_what_it_keeps(
    empty_home, dashboard
):
    """All galaxies have the same total concentration, so 1% of them is no sample."""
    title = "Lowest 1% in total concentration"
    make_home(empty_home)
    write_equal(empty_home)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    page = opened(dashboard, PATH, {"release": "equal"})
    cards = component(page, "sample_cards")["cards"]
    assert title not in [card["title"] for card in cards]
    assert f"“{title}” (it would keep 300 of 300 galaxies" in said(page)
    page.selectbox(key="certain_add").set_value("concentration").run()
    assert not page.exception
    assert (
        "Most certain 15% (Smooth or featured): 300 of 300 galaxies are kept"
        in said(page)
    )


def test_the_sky_says_that_it_is_simulated(morph_home, dashboard):
    page = opened(dashboard, PATH)
    assert "Sky coverage (simulated)" in [h.value for h in page.header]
    assert "the 300 selected" in said(page)
    page.slider(key="smooth-or-featured_smooth").set_value((0.5, 1.0)).run()
    number = counted(page).split("*")[2]
    assert f"the {number} selected" in said(page)


def test_the_map_of_the_sky_counts_everyone(morph_home, dashboard):
    page = opened(dashboard, PATH, {"smooth-or-featured_smooth": ["0.5", "1"]})
    drawn = component(page, "plane")
    grid, selected = shown_components.cells(drawn["cells"])
    number = int(counted(page).split("*")[2].replace(",", ""))
    assert (sum(grid["whole"]), selected.sum()) == (300, number)
    assert f"{number:,} of 300 galaxies selected" in drawn["label"]
    assert not drawn["tools"] and not drawn["draws"]
    page.toggle(key="draw_sky").set_value(True).run()
    drawn = component(page, "plane")
    assert drawn["tools"] and drawn["draws"]
    page.slider(key="smooth-or-featured_smooth").set_value((0.6, 1.0)).run()
    after = component(page, "plane")
    assert after["cells"]["grid"] == drawn["cells"]["grid"]


def test_explore_starts_from_any_sample_and_goes_back(morph_home, dashboard):
    page = opened(dashboard, "explore/explore.py", {"bar_no": ["0.9", "1"]})
    before = counted(page)
    page.session_state["samples_menu"] = True
    page.run()
    page.selectbox(key="sample").set_value("smooth").run()
    page.button(key="take_sample").click().run()
    expected = in_release(morph_home, "Smooth galaxies")
    assert counted(page) == f"**{expected}** of 300 galaxies"
    assert page.slider(key="bar_no").value == (0.0, 1.0)
    page.button(key="undo").click().run()
    assert counted(page) == before


def doors(page) -> list[str]:
    return [link.proto.page for link in page.get("page_link")]


def test_the_map_is_offered_where_there_is_one(morph_home, dashboard):
    assert "map" in doors(opened(dashboard, PATH))


def test_without_a_map_another_way_on_is_offered(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": "fractions-only"})
    assert "simplex" in doors(page) and "map" not in doors(page)
    assert "This release has no map." in said(page)


def write_imported(root: Path, votes: bool) -> pd.DataFrame:
    """Fifty galaxies of the real sky, most of them too far north; returns them."""
    make_home(root)
    folder = root / "releases" / "small-demo"
    galaxies = pd.read_parquet(folder / "galaxies.parquet").head(50)
    fractions = np.concatenate(
        [np.full((50, len(q.labels)), 1 / len(q.labels)) for q in GZD5.questions],
        axis=1,
    )
    columns = posterior_columns(GZD5, "fraction")
    posteriors = pd.DataFrame(fractions, columns=columns)
    counts = pd.DataFrame(3, index=range(50), columns=list(GZD5.labels))
    for table in (posteriors, counts):
        table.insert(0, "iauname", galaxies["iauname"].to_numpy())
    report = {"impossible magnitudes": 1234, "votes": "none left out"}
    details = Details(source={"file": "votes.csv"}, report=report)
    manifest = Manifest(
        "imported", "real", "decals", "Votes", "", "", "fraction", details=details
    )
    write_release(
        root / "releases" / "imported",
        manifest,
        galaxies,
        posteriors,
        votes=counts if votes else None,
    )
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
    return galaxies


def test_checks_are_counted_with_links_to_the_galaxies(empty_home, dashboard):
    galaxies = write_imported(empty_home, votes=False)
    page = opened(dashboard, PATH, {"release": "imported"})
    assert not page.exception
    table = next(d.value for d in page.dataframe if "Check" in d.value)
    north = int((galaxies["dec"] > 37).sum())
    (row,) = table.to_dict("records")
    assert row["Check"] == "North of the decals images (37°)"
    assert (row["Galaxies"], row["Of"]) == (north, 50)
    assert row["All"] == "explore?release=imported&dec=37.0&dec=90.0"
    name = parse_qs(row["Example"].partition("?")[2])["id"][0]
    assert galaxies.set_index("iauname").loc[name, "dec"] > 37
    assert "How many galaxies it looked at" in explained(page, "Check")
    (report,) = (text.value for text in page.text)
    assert report == "- impossible magnitudes: 1,234\n- votes: none left out"


def test_a_release_of_votes_says_so_in_its_title(empty_home, dashboard):
    write_imported(empty_home, votes=True)
    page = opened(dashboard, PATH, {"release": "imported"})
    assert page.title[0].value == (
        "50 galaxies: Galaxy Zoo vote fractions for 34 answers, computed from "
        "volunteers’ votes"
    )


def test_the_table_of_releases_explains_its_columns(morph_home, dashboard):
    notes = explained(opened(dashboard, PATH), "Not learnt")
    assert "no better than by their mean vote fraction" in notes


def test_where_every_question_was_learnt_no_column_says_which(empty_home, dashboard):
    write_imported(empty_home, votes=False)
    with database.cursor(empty_home) as con:
        unload_release(con, "small-demo")
    page = opened(dashboard, PATH, {"release": "imported"})
    assert page.dataframe
    assert not any("Not learnt" in table.value for table in page.dataframe)


def explained(page, column: str) -> str:
    """The column settings, with their help, of the table that has the column."""
    (table,) = (d for d in page.dataframe if column in d.value)
    return table.proto.columns


def test_nothing_found_is_said_too(morph_home, dashboard):
    page = opened(dashboard, PATH)
    assert "No problems found. Checked: positions are known." in said(page)
