"""Columns of an uploaded list on the pages: kept, limited, chosen, unknown."""

import numpy as np
import pandas as pd
import pytest

from morph.catalogue import release_table
from morph.release.maps import FEATURES
from morph.subsets import (
    match_list,
    own_list,
    saved,
    similarity_column,
    uploaded_list,
)
from morph.subsets.uploaded_list import read_upload
from morph.tables.table_child import read
from morph.tables.uploaded_table import Cells
from pages.common.server import database
from tests.pages.opening import chips, component, counted, opened, said, toasts

EXPLORE, SUBSETS = "explore/explore.py", "subsets/subsets.py"


@pytest.fixture
def con(morph_home):
    with database.cursor(morph_home) as con:
        yield con
        for one in saved.subsets(con):
            saved.delete(con, one.subset_id)


@pytest.fixture
def listed(con, monkeypatch, tmp_path) -> tuple[str, pd.DataFrame]:
    """The id and the rows of a list of 50 galaxies with three columns."""

    def read_here(data, name, wanted):
        path = tmp_path / "given"
        path.write_bytes(data)
        about, cells = read(path, name, wanted)
        columns = tuple(about["columns"])
        return Cells(about["format"], columns, cells.to_pandas(), ())

    monkeypatch.setattr(uploaded_list, "read_cells", read_here)
    release = release_table.release(con, "small-demo")
    names = con.table(release.table).limit(50).fetchnumpy()["iauname"]
    given = pd.DataFrame(
        {
            "name": names,
            "log M*": np.linspace(8, 12, 50).round(2),
            "class": ["Sa", "Sb", "Sb", "E", "E"] * 10,
            "agn": [True, False] * 25,
        }
    )
    data = given.to_csv(index=False).encode()
    upload = read_upload(data, "mine.csv")
    matched = match_list.match(con, release, upload)
    own = own_list.read_own(data, upload, upload.columns)
    made = own_list.save(con, release, upload, matched, own, name="mine")
    return made.subset_id, given


def test_a_link_limits_the_columns_and_the_controls_show_it(listed, dashboard):
    ref, given = listed
    own = [f"{ref}.log_m [9, 11]", f'{ref}.class ["Sb"]']
    page = opened(dashboard, EXPLORE, {"own": own, "rule": "off"})
    assert not page.exception
    number = (given["log M*"].between(9, 11) & (given["class"] == "Sb")).sum()
    assert counted(page).startswith(f"**{number}**")
    assert page.number_input(key=f"own_from_{ref}.log_m").value == 9
    assert page.number_input(key=f"own_to_{ref}.log_m").value == 11
    assert page.multiselect(key=f"own_values_{ref}.class").value == ["Sb"]
    assert len(chips(page)) == 2


def test_the_controls_change_and_remove_limits(listed, dashboard):
    ref, given = listed
    page = opened(dashboard, EXPLORE)
    page.selectbox(key="own_add").set_value(f"{ref}.log_m").run()
    assert not page.exception
    assert counted(page).startswith("**50**")
    page.number_input(key=f"own_from_{ref}.log_m").set_value(11.0).run()
    number = (given["log M*"] >= 11).sum()
    assert counted(page).startswith(f"**{number}**")
    page.toggle(key=f"own_missing_{ref}.log_m").set_value(True).run()
    assert counted(page).startswith(f"**{number + 250}**")
    page.button(key="undo").click().run()
    assert counted(page).startswith(f"**{number}**")
    assert not page.toggle(key=f"own_missing_{ref}.log_m").value
    page.button(key=f"own_remove_{ref}.log_m").click().run()
    assert not page.exception
    assert counted(page).startswith("**300**")
    page.selectbox(key="own_add").set_value(f"{ref}.agn").run()
    assert page.multiselect(key=f"own_values_{ref}.agn").value == [False]
    assert counted(page).startswith("**25**")
    assert not page.exception


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (EXPLORE, {"sort": "own_highest", "sort_own": "a2aaa.mass"}),
        ("map/map.py", {"colour": "own", "colour_own": "a2aaa.mass"}),
        ("populations/populations.py", {"against": "own", "against_own": "a2aaa.mass"}),
    ],
)
def test_a_link_with_a_column_that_is_elsewhere_says_so(
    con, listed, dashboard, path, query
):
    page = opened(dashboard, path, query)
    assert not page.exception and not page.error
    assert "There is no column 'mass' of a list a2aaa in this workspace" in said(page)


def test_a_limit_on_a_column_that_is_elsewhere_is_ignored_in_words(con, dashboard):
    page = opened(dashboard, EXPLORE, {"own": "a2aaa.mass [1, 2]"})
    assert counted(page).startswith("**300**")
    assert any("no column 'mass' of a list a2aaa" in text for text in toasts(page))


def test_a_renamed_and_a_deleted_list_keep_their_links(con, listed, dashboard):
    ref, _ = listed
    saved.rename(con, ref, "renamed")
    saved.delete(con, ref)
    query = {
        "own": f"{ref}.agn [true]",
        "sort": "own_lowest",
        "sort_own": f"{ref}.log_m",
    }
    page = opened(dashboard, EXPLORE, {**query, "view": "Table"})
    assert not page.exception
    assert counted(page).startswith("**25**")
    assert chips(page) == ["“agn” of “renamed” is true"]
    assert r"lowest log M\* first" in said(page)
    assert "own_add" not in {one.key for one in page.selectbox}


def test_the_map_takes_a_column(listed, dashboard):
    ref, _ = listed
    page = opened(
        dashboard, "map/map.py", {"colour": "own", "colour_own": f"{ref}.class"}
    )
    assert not page.exception
    groups = {one["words"]: one["counts"] for one in component(page, "plane")["groups"]}
    assert groups == {"E": "20", "Sb": "20", "Sa": "10", "unknown": "250"}


def test_points_without_a_value_have_the_colour_of_none(listed, dashboard):
    ref, _ = listed
    query = {"colour": "own", "colour_own": f"{ref}.log_m"}
    points = component(opened(dashboard, "map/map.py", query), "plane")["points"]
    assert np.isfinite(points["value"]).sum() == 50
    assert ((points["kind"] == 48) == np.isnan(points["value"])).all()


def test_populations_takes_a_column_of_numbers(listed, dashboard):
    ref, _ = listed
    query = {"against": "own", "against_own": f"{ref}.log_m"}
    page = opened(dashboard, "populations/populations.py", query)
    assert not page.exception
    assert page.header[0].value.endswith(r"against log M\*")
    assert "50 of 300 galaxies selected have a value" in said(page)


def test_a_list_with_columns_is_matched_on_its_page(listed, dashboard):
    ref, _ = listed
    page = opened(dashboard, SUBSETS, {"subset": ref})
    assert not page.exception
    assert "log M*: number, 50 galaxies" in said(page).replace("\\", "")
    page.segmented_control(key="matched_matches").set_value("best").run()
    assert not page.exception
    assert "each row with the nearest galaxy within 1 arcsec" in said(page)


def test_a_download_offers_the_columns_that_the_selection_uses(listed, dashboard):
    ref, _ = listed
    query = {"own": f"{ref}.log_m [9, 11]"}
    page = opened(dashboard, "download/download.py", query)
    assert not page.exception
    key = f"own_columns_{ref}.log_m"
    assert page.multiselect(key=key).value == [f"{ref}.log_m"]


def test_a_similarity_is_renamed_deleted_and_restored_on_subsets(con, dashboard):
    release = release_table.release(con, "small-demo")
    made = similarity_column.save(
        con,
        release,
        np.linspace(-1, 1, release.galaxies),
        {"words": "cosine similarity in image features to J1"},
        file=FEATURES,
        name="first",
    )
    key = f"edit_{made.subset_id}_name"
    page = opened(dashboard, SUBSETS)
    assert "Cosine similarity in image features to J1, of small-demo" in said(page)
    assert "300 galaxies have a value, -1.000 to 1.000" in said(page)
    page.text_input(key=key).set_value("second").run()
    assert saved.subset(con, made.subset_id).name == "second"
    page.button(key=f"delete_{made.subset_id}").click().run()
    assert not page.exception
    assert "“second” was deleted." in [one.value for one in page.markdown]
    assert not saved.computed_columns(con)
    page.button(key="restore_subset").click().run()
    assert [one.name for one in saved.computed_columns(con)] == ["second"]
    saved.delete(con, made.subset_id)


def test_a_similarity_out_of_date_says_so_where_it_limits(con, dashboard):
    release = release_table.release(con, "small-demo")
    made = similarity_column.save(
        con,
        release,
        np.ones(release.galaxies),
        {"words": "w"},
        file=FEATURES,
        name="old",
    )
    con.execute(
        "UPDATE workspace.subsets SET recipe = $recipe WHERE subset_id = $subset_id",
        {
            "recipe": '{"words": "w", "vectors_sha256": "of other features"}',
            "subset_id": made.subset_id,
        },
    )
    query = {"own": f"{made.subset_id}.similarity [0, 1]"}
    assert "Out of date: its release was loaded again with other features" in said(
        opened(dashboard, EXPLORE, query)
    )
    saved.delete(con, made.subset_id)
