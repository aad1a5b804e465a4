"""A release with two maps: the choice, its address, and regions on each of them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morph.catalogue import release_table, sync
from morph.geometry.regions import Plane, Region, from_box
from morph.subsets import url_ids
from pages.common.galaxies import vectors
from pages.common.here import Here
from pages.common.server import database
from tests.pages.conftest import make_home
from tests.pages.map.test_map_page import count_of, half_steps
from tests.pages.opening import chips, component, counted, opened, said, toasts
from tests.two_maps import NAME, with_second_map

PATH = "map/map.py"
TWO = {"release": "two-maps"}
SECOND = {**TWO, "map_name": NAME}
FIRST_MAP, SECOND_MAP = Plane("map", ("two-maps",)), Plane("map", ("two-maps", NAME))
BOX = from_box(SECOND_MAP, (-2, 12), (-25, -5), name="Region A")


@pytest.fixture(scope="module")
def written_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with one map, and two with a second one, under different names."""
    root = tmp_path_factory.mktemp("home").resolve()
    make_home(root, 200)
    folder = root / "releases"
    with_second_map(folder / "other-maps", folder / "small-demo", name="third")
    with_second_map(folder / "two-maps", folder / "small-demo")
    return root


@pytest.fixture
def home(written_two: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MORPH_HOME", str(written_two))
    with database.cursor(written_two) as con:
        sync.sync(con, written_two / "releases")
    yield written_two
    database.close(written_two)


def table(root: Path) -> pd.DataFrame:
    with database.cursor(root) as con:
        found = con.table(release_table.release(con, "two-maps").table).df()
    return found.set_index("iauname")


def kept(root: Path, *regions: Region) -> str:
    with database.cursor(root) as con:
        return url_ids.keep_regions(con, regions)


def in_box(root: Path) -> pd.Series:
    found = table(root)
    return found["second_x"].between(-2, 12) & found["second_y"].between(-25, -5)


def drawn_at(page) -> pd.DataFrame:
    """Names and positions of the points that the page draws."""
    points = component(page, "plane")["points"]
    return pd.DataFrame({axis: points[axis] for axis in "xy"}, index=points["names"])


def test_only_a_release_with_several_maps_offers_the_choice(home, dashboard):
    page = opened(dashboard, PATH, {"release": "small-demo"})
    assert not page.exception
    assert "map_name" not in [one.key for one in page.selectbox]
    assert "features of" not in said(page)


@pytest.mark.parametrize("name", [{}, {"map_name": "umap"}, {"map_name": "nothing"}])
def test_the_first_map_is_shown_unless_another_is_named(home, dashboard, name):
    page = opened(dashboard, PATH, TWO | name)
    assert not page.exception
    assert page.selectbox(key="map_name").options == ["umap", NAME]
    wrong = ["map_name=nothing ignored: not a valid value here"]
    assert toasts(page) == wrong * ("nothing" in name.values())
    points = drawn_at(page)
    across, _ = half_steps(component(page, "plane"))
    away = points["x"] - table(home).loc[points.index, "umap_x"]
    assert away.abs().max() < 1.001 * across
    assert len(points) == 200


def test_a_link_opens_the_second_map(home, dashboard):
    page = opened(dashboard, PATH, SECOND | {"colour": "Trust"})
    assert not page.exception
    points, expected = drawn_at(page), table(home)
    assert len(points) == 180 == expected["second_x"].notna().sum()
    expected = expected.loc[points.index]
    across, up = half_steps(component(page, "plane"))
    assert (points["x"] - expected["second_x"]).abs().max() < 1.001 * across
    assert (points["y"] - expected["second_y"]).abs().max() < 1.001 * up
    value = component(page, "plane")["points"]["value"]
    np.testing.assert_allclose(value, expected["second_trust"], rtol=1e-6)
    assert "second: Another encoder; features of another model." in said(page)
    assert "UMAP of 8 principal components: 5 neighbours, min_dist 0.3" in said(page)


def test_a_link_with_a_region_on_the_second_map_counts_it(home, dashboard):
    page = opened(dashboard, PATH, SECOND | {"drawn": kept(home, BOX)})
    assert not page.exception
    assert 0 < in_box(home).sum() < 150
    assert count_of(page) == f"**{in_box(home).sum()}** of 200 galaxies"
    assert len(component(page, "plane")["lines"]) == 1


def test_regions_stay_on_the_map_they_were_drawn_on(home, dashboard):
    page = opened(dashboard, PATH, TWO)
    left = from_box(FIRST_MAP, (0, 4), (-1, 11), name="Region A")
    page.session_state["drawn"] = (left,)
    page.run()
    x = table(home)["umap_x"]
    assert count_of(page) == f"**{x.between(0, 4).sum()}** of 200 galaxies"
    page.selectbox(key="map_name").set_value(NAME).run()
    assert not page.exception
    assert component(page, "plane")["lines"] == []
    for side, value in {
        "left": -2.0,
        "right": 12.0,
        "low": -25.0,
        "high": -5.0,
    }.items():
        page.number_input(key=f"box_map_second_{side}").set_value(value)
    page.button(key="draw_box").click().run()
    assert count_of(page) == f"**{in_box(home).sum()}** of 200 galaxies"
    assert page.session_state["drawn"] == (left, BOX)
    page.button(key="select_regions").click().run()
    assert chips(page)
    page.selectbox(key="map_name").set_value("umap").run()
    both = (x.between(0, 4) & in_box(home)).sum()
    assert count_of(page).startswith(f"**{both}** of 200 galaxies")


def test_a_selection_by_the_second_map_holds_on_other_pages(home, dashboard):
    query = TWO | {"regions": kept(home, BOX)}
    page = opened(dashboard, "explore/explore.py", query)
    assert not page.exception
    assert f"{in_box(home).sum():,}" in counted(page)
    assert "Region A on the map second" in chips(page)[0]


def test_another_release_without_that_map_shows_its_first(home, dashboard):
    page = opened(dashboard, PATH, SECOND)
    page.selectbox(key="release").set_value("other-maps").run()
    assert not page.exception
    assert page.selectbox(key="map_name").value == "umap"
    page.selectbox(key="release").set_value("small-demo").run()
    assert not page.exception
    assert len(component(page, "plane")["points"]["names"]) == 200


def test_a_galaxy_is_compared_by_the_features_of_the_map(home, dashboard):
    with database.cursor(home) as con:
        release = release_table.release(con, "two-maps")
        here = Here(home, con, (release,), release, None, None)
        for one, length in zip(release.maps, (16, 4), strict=True):
            job = vectors.search(here, "features", one.features)
            assert job.finished.wait(30) and job.index.vectors.shape[1] == length
    name = table(home)["second_trust"].dropna().index[3]
    page = opened(dashboard, PATH, SECOND | {"picked": name})
    trust = table(home).loc[name, "second_trust"]
    assert f"preserved (“Trust”): {trust:.2f}." in said(page)
    assert "Lines: its 15 nearest neighbours" in said(page)
    lost = table(home)["second_x"].isna().idxmax()
    page = opened(dashboard, PATH, SECOND | {"picked": lost})
    assert "Not on the map." in said(page)
