"""Compare: two releases side by side, through the shell, against their tables."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection
from sklearn.metrics import cohen_kappa_score
from streamlit.testing.v1 import AppTest

from morph.catalogue import release_table, sync
from morph.release.details import Details
from morph.release.folder import Manifest, write_release
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from tests.pages.conftest import make_home
from tests.pages.opening import component, opened, opened_table, said

PATH = "compare/compare.py"
ALPHA = [f"{label}_concentration" for label in GZD5.labels]
FIRST = GZD5.questions[0]
JUDGED = {
    "store": "overlap",
    "half": "test",
    "galaxies": 40,
    "questions": [
        {"question": q.name, "n": 12, "rmse": 0.1, "constant_rmse": 0.3}
        for q in GZD5.questions
    ],
}


def write_other(
    root: Path,
    release_id: str,
    rows: slice,
    *,
    north_arcsec: float = 0,
    **about: object,
) -> None:
    """A release of some of small-demo's galaxies, with permuted answers.

    Those that are moved to the north have other names.
    """
    folder = root / "releases" / "small-demo"
    galaxies = pd.read_parquet(folder / "galaxies.parquet").iloc[rows]
    posteriors = pd.read_parquet(folder / "posteriors.parquet").iloc[rows]
    if north_arcsec:
        names = ("N" + galaxies["iauname"]).to_numpy()
        dec = galaxies["dec"] + north_arcsec / 3600
        galaxies = galaxies.assign(iauname=names, dec=dec)
        posteriors = posteriors.assign(iauname=names)
    rng = np.random.default_rng(3)
    moved = rng.permuted(posteriors[ALPHA].to_numpy()[:, :3], axis=1)
    posteriors = posteriors.assign(**dict(zip(ALPHA[:3], moved.T, strict=True)))
    about = {"survey": "bmz", "title": "Moved", "note": "", "citation": "", **about}
    manifest = Manifest(release_id, "demonstration", **about)
    votes = pd.DataFrame(rng.integers(0, 30, (len(galaxies), len(ALPHA))))
    votes.columns = GZD5.labels
    votes.insert(0, "iauname", galaxies["iauname"].to_numpy())
    folder = root / "releases" / release_id
    write_release(folder, manifest, galaxies, posteriors, votes=votes)


@pytest.fixture(scope="module")
def two_homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("two")
    make_home(root)
    write_other(root, "moved", slice(0, 200), details=Details(evaluation=JUDGED))
    return root


@pytest.fixture
def two(two_homes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """small-demo in front, and a release of 200 of its galaxies to compare it with."""
    monkeypatch.setenv("MORPH_HOME", str(two_homes))
    root = two_homes.resolve()
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
    yield root
    database.close(root)


def both(root: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    def table(con: DuckDBPyConnection, release_id: str) -> pd.DataFrame:
        found = con.table(release_table.release(con, release_id).table).df()
        return found.set_index("iauname").sort_index()

    with database.cursor(root) as con:
        here, there = table(con, "small-demo"), table(con, "moved")
    return here.loc[there.index], there


def table_with(page: AppTest, column: str) -> pd.DataFrame:
    """The first table of the page that has the column."""
    tables = (frame.value for frame in page.dataframe)
    return next(table for table in tables if column in table)


QUERY = {"release": ["small-demo"], "with": ["moved"]}


def test_agreement_and_confusion_are_those_of_the_tables(two, dashboard):
    page = opened(dashboard, PATH, QUERY)
    assert not page.exception
    here, there = both(two)
    assert "200 of 300 galaxies selected in small-demo are also in moved" in said(page)
    largest = f"{FIRST.name}_answer"
    expected = pd.crosstab(there[largest], here[largest]).to_numpy()
    shown = component(page, "matrix")
    assert shown["counts"] == expected.tolist()
    assert (shown["rows"], shown["columns"]) == ("moved", "small-demo")
    agreement = opened_table(page, "agreement_table").set_index("question")
    row = agreement.loc[FIRST.title]
    assert (row["galaxies"], row["agreeing"]) == (200, np.trace(expected))
    assert row["low"] < row["share"] < row["high"]
    assert agreement["few"].any() and not row["few"]
    assert "Agreement is not accuracy" in said(page)


def test_the_release_that_shares_most_comes_first(two, dashboard):
    # It shares 200 of the galaxies; fractions-only, loaded before it, 120.
    page = opened(dashboard, PATH, {"release": ["small-demo"]})
    assert page.selectbox(key="with").options == ["moved", "fractions-only"]
    assert page.selectbox(key="with").value == "moved"


def test_the_direction_is_stated_and_one_button_swaps_it(two, dashboard):
    smooth, featured = FIRST.labels[:2]
    cell = {"cell": [f"{smooth}~{featured}"], "question": [FIRST.title]}
    page = opened(dashboard, PATH, {**QUERY, **cell})
    assert (
        "Changes are from **moved** (Demonstration, survey bmz) to **small-demo** "
        "(Demonstration, survey bmz)."
    ) in said(page)
    before = component(page, "matrix")["counts"]
    page.button(key="swap").click().run()
    assert not page.exception
    assert page.selectbox(key="release").value == "moved"
    assert page.selectbox(key="with").value == "small-demo"
    assert np.array(component(page, "matrix")["counts"]).T.tolist() == before
    assert component(page, "matrix")["chosen"] == [1, 0]
    assert "to **moved**" in said(page)
    page.button(key="swap").click().run()
    assert component(page, "matrix")["counts"] == before


def test_kappa_stands_beside_the_agreement(two, dashboard):
    page = opened(dashboard, PATH, QUERY)
    here, there = both(two)
    largest = f"{FIRST.name}_answer"
    expected = cohen_kappa_score(there[largest], here[largest])
    row = opened_table(page, "agreement_table").set_index("question").loc[FIRST.title]
    assert row["kappa"] == pytest.approx(expected)
    assert f"κ = {expected:.3f} ± {row['kappa_error']:.3f}" in said(page)


def test_one_answer_is_drawn_in_both_and_along_a_magnitude(two, dashboard):
    label = FIRST.labels[1]
    page = opened(dashboard, PATH, {**QUERY, "changed": ["Featured or disk"]})
    assert not page.exception
    here, there = both(two)
    name = f"{label}_probability"
    change = here[name] - there[name]
    density = opened_table(page, "density_table")
    assert density["galaxies"].sum() == 200
    along = opened_table(page, "change_along_table")
    assert along["galaxies"].sum() == 200
    mean = (along["mean"] * along["galaxies"]).sum() / 200
    assert mean == pytest.approx(change.mean(), abs=1e-6)
    widths = opened_table(page, "widths_table").set_index("label")
    variance = here[f"{label}_variance"] + there[f"{label}_variance"]
    above = 100 * (change.abs() > variance**0.5).mean()
    assert widths.loc["Featured or disk", "above_1"] == pytest.approx(above)


def test_a_release_without_posteriors_has_no_width_to_compare_with(two, dashboard):
    page = opened(dashboard, PATH, {**QUERY, "with": ["fractions-only"]})
    assert "Not available: no posteriors in fractions-only" in said(page)


def test_three_releases_are_a_trend_of_their_common_galaxies(two, dashboard):
    page = opened(dashboard, PATH, QUERY)
    here, _ = both(two)
    trend = opened_table(page, "trend_table")
    assert trend["release"].unique().tolist() == [
        "fractions-only",
        "moved",
        "small-demo",
    ]
    folder = two / "releases" / "fractions-only"
    fractions = pd.read_parquet(folder / "galaxies.parquet")
    common = here.index.intersection(fractions["iauname"])
    assert (trend["galaxies"] == len(common)).all() and len(common) > 30
    mean = here.loc[common, f"{FIRST.labels[0]}_probability"].mean()
    row = trend[trend["release"] == "small-demo"].iloc[0]
    assert row["mean"] == pytest.approx(mean, abs=1e-6)
    page.multiselect(key="trend").set_value([]).run()
    assert "Choose at least one other release" in said(page)


def test_a_cell_in_the_address_opens_its_galaxies(two, dashboard):
    smooth, featured = FIRST.labels[:2]
    page = opened(dashboard, PATH, {**QUERY, "cell": [f"{smooth}~{featured}"]})
    here, there = both(two)
    largest = f"{FIRST.name}_answer"
    inside = here.index[(there[largest] == 0) & (here[largest] == 1)]
    tiles = component(page, "gallery")["tiles"]
    assert {tile["iauname"] for tile in tiles} <= set(inside)
    assert len(tiles) == min(12, len(inside))
    assert f"{len(tiles)} of {len(inside)} galaxies" in said(page)
    assert component(page, "matrix")["chosen"] == [0, 1]
    page.button(key="close_cell").click().run()
    assert component(page, "matrix")["chosen"] is None


def test_a_cell_of_another_question_is_not_shown(two, dashboard):
    query = {**QUERY, "cell": ["bar_strong~bar_weak"]}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert component(page, "matrix")["chosen"] is None


def test_the_largest_changes_come_first_with_both_answers(two, dashboard):
    page = opened(dashboard, PATH, QUERY)
    here, there = both(two)
    names = [f"{label}_probability" for label in FIRST.labels]
    distance = (here[names] - there[names]).abs().sum(axis=1) / 2
    cards = component(page, "before_after")["cards"]
    assert cards[0]["iauname"] == distance.idxmax()
    name = cards[0]["iauname"]
    before = [bar["probability"] for bar in cards[0]["before"]]
    assert before == pytest.approx(there.loc[name, names].tolist(), abs=1e-6)
    after = cards[0]["after"][0]
    sigma = here.loc[name, f"{FIRST.labels[0]}_variance"] ** 0.5
    assert after["high"] - after["probability"] == pytest.approx(sigma, abs=1e-5)


def test_labels_are_named_where_a_release_was_judged(two, dashboard):
    page = opened(dashboard, PATH, QUERY)
    text = said(page)
    assert "**moved**: 40 galaxies of overlap" in text
    assert "true simulated fractions" in text
    judged = page.dataframe[-1].value
    assert (judged["n moved"] == 12).all() and judged["few moved"].all()
    assert (judged["rmse moved"] == 0.1).all()
    assert "rmse_error moved" not in judged  # this run did not state it


def test_both_releases_are_compared_with_the_votes_of_one(two, dashboard):
    page = opened(dashboard, PATH, QUERY)
    assert not page.exception
    votes = pd.read_parquet(two / "releases" / "moved" / "votes.parquet")
    enough = int((votes[list(FIRST.labels)].sum(axis=1) >= 20).sum())
    text = said(page)
    on = f"at least 20 simulated votes on {FIRST.title} in moved"
    for release_id in ("small-demo", "moved"):
        assert f"**{release_id}**: selected galaxies with {on}: {enough}" in text
    table = opened_table(page, "reliability_table")
    by_answer = table[table["release"] == "small-demo"].groupby("label")
    assert (by_answer["galaxies"].sum() == enough).all()


def test_the_question_and_the_other_release_come_from_the_address(two, dashboard):
    query = {**QUERY, "with": ["fractions-only"], "question": ["Edge-on disk"]}
    page = opened(dashboard, PATH, query)
    assert page.selectbox(key="with").value == "fractions-only"
    assert page.selectbox(key="question").value == "disk-edge-on"
    assert component(page, "matrix")["names"] == ["Edge-on", "Not edge-on"]
    counts = np.array(component(page, "matrix")["counts"])
    assert counts.sum() > 5 and np.trace(counts) == counts.sum()  # the same numbers


def test_a_release_that_is_not_loaded_is_named(two, dashboard):
    page = opened(dashboard, PATH, {**QUERY, "with": ["nowhere"]})
    assert not page.exception
    assert "Cannot compare with nowhere" in said(page)


def test_another_release_in_front_is_never_compared_with_itself(two, dashboard):
    page = opened(dashboard, PATH, QUERY)
    page.selectbox(key="release").select("moved").run()
    assert not page.exception
    assert "moved" not in page.selectbox(key="with").options


def test_a_selection_that_the_other_release_lacks_is_said_to_be_apart(two, dashboard):
    _, there = both(two)
    with database.cursor(two) as con:
        table = con.table(release_table.release(con, "small-demo").table).df()
    alone = table[~table["iauname"].isin(there.index)].iloc[0]
    ends = [f"{alone['ra'] - 0.05:.1f}", f"{alone['ra'] + 0.05:.1f}"]
    page = opened(dashboard, PATH, {**QUERY, "ra": ends})
    assert not page.exception
    (note,) = [info for info in page.info if "selected" in info.value]
    assert "is in moved" in note.value


def test_one_release_has_nothing_to_be_compared_with(empty_home, dashboard):
    make_home(empty_home)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    (empty_home / "releases" / "fractions-only").rename(empty_home / "away")
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    page = opened(dashboard, PATH)
    assert not page.exception
    assert any("needs a second release" in m.value for m in page.markdown)


def test_an_empty_selection_offers_a_way_out(two, dashboard):
    query = {"bar_strong": ["0.98", "1"], "bar_weak": ["0.02", "0.9"]}
    page = opened(dashboard, PATH, {**QUERY, **query})
    assert not page.exception
    assert page.button(key="relax").label


def test_an_odd_evaluation_of_a_release_is_left_out(two_homes, two, dashboard):
    odd = JUDGED | {"questions": ["bar", {"question": "bar", "n": [3]}]}
    write_other(two, "odd", slice(0, 100), details=Details(evaluation=odd))
    with database.cursor(two) as con:
        sync.sync(con, two / "releases")
    page = opened(dashboard, PATH, {"release": ["small-demo"], "with": ["odd"]})
    shutil.rmtree(two / "releases" / "odd")
    with database.cursor(two) as con:
        sync.sync(con, two / "releases")
    assert not page.exception
    assert "No run evaluated odd and small-demo on galaxies" in said(page)


def test_galaxies_are_matched_by_position(two, dashboard):
    dashboard.session_state["by_position_moved"] = True  # the expander is open
    page = opened(dashboard, PATH, QUERY)
    assert not page.exception
    told = " ".join(one.value for one in page.markdown)
    assert "200 of 300 rows of small-demo have a match in moved within 1 arcsec" in told
    assert "200 pairs have the same name" in told
    assert table_with(page, "separation_arcsec")["row_a"].iloc[0] == 1


def test_releases_of_other_names_are_matched_by_position(two, dashboard):
    write_other(two, "renamed", slice(0, 100), north_arcsec=0.5)
    with database.cursor(two) as con:
        sync.sync(con, two / "releases")
    page = opened(dashboard, PATH, {"release": ["small-demo"], "with": ["renamed"]})
    shutil.rmtree(two / "releases" / "renamed")
    with database.cursor(two) as con:
        sync.sync(con, two / "releases")
    assert not page.exception
    (note,) = [one.value for one in page.info if "by their names" in one.value]
    assert "Match them by position below" in note
    assert "`.venv/bin/python -m data match small-demo renamed`" in note
    told = " ".join(one.value for one in page.markdown)  # it is open
    assert "100 of 300 rows of small-demo have a match in renamed" in told
    assert "renamed minus small-demo" in told and "+0.500 arcsec north" in told
    assert "Offsets are b − a" in said(page)
    frame = next(one for one in page.dataframe if "ra_a" in one.value)
    config = json.loads(frame.proto.columns)
    assert config["ra_a"]["type_config"]["format"] == "%.6f"
    assert config["shared"]["help"].startswith("whether b is the nearest of several")
