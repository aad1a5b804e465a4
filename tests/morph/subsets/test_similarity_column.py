"""The similarity of all galaxies as a column, against numpy on its values."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.synthetic.release import synthetic_release
from morph.analysis import map_colours
from morph.catalogue import release_table
from morph.catalogue.arrays import names as all_names
from morph.catalogue.loading import load_release
from morph.catalogue.own_columns import own_column, own_values
from morph.errors import MorphError
from morph.export.export import export
from morph.export.subset_file import file_of_address, made_of
from morph.release.maps import FEATURES
from morph.selection.conditions import describe
from morph.selection.funnel import count
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.own_limits.own_limit import OwnLimit
from morph.selection.selection import Selection
from morph.selection.url import from_query, to_query
from morph.subsets import saved, similarity_column, url_ids
from tests.morph.one_release import one_release

GALAXIES, UNKNOWN = 400, [3, 77]
RECIPE = {"words": "cosine similarity in image features to J1", "like": ["J1"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A home with a release before and after its features changed."""
    folder = tmp_path_factory.mktemp("home")
    made = {"galaxies": GALAXIES, "release_id": "featured", "projection": True}
    synthetic_release(folder / "before", features=24, **made)
    synthetic_release(folder / "after", features=16, **made)
    return folder


@pytest.fixture(scope="module")
def con(folder):
    with one_release(folder, folder / "before") as con:
        yield con


@pytest.fixture(scope="module")
def release(con):
    return release_table.release(con, "featured")


@pytest.fixture(scope="module")
def cosine() -> np.ndarray:
    cosine = np.random.default_rng(6).uniform(-0.2, 1, GALAXIES)
    cosine[UNKNOWN] = np.nan
    return cosine


@pytest.fixture(scope="module")
def kept(con, release, cosine):
    return similarity_column.save(
        con, release, cosine, RECIPE, file=FEATURES, name="Like J1, Bar 0.10"
    )


@pytest.fixture(scope="module")
def ref(kept) -> str:
    return f"{kept.subset_id}.similarity"


def test_every_galaxy_keeps_its_value_and_the_others_none(con, release, ref, cosine):
    values = own_values.numbers(con, release, ref)
    np.testing.assert_array_equal(values, cosine)
    own = own_column.column(con, ref)
    assert own.known == GALAXIES - len(UNKNOWN)
    assert (own.low, own.high) == (np.nanmin(cosine), np.nanmax(cosine))


def test_it_says_what_it_is_from_what_and_when(con, kept, ref):
    own = own_column.column(con, ref)
    assert own.in_list == own.title == "Like J1, Bar 0.10"
    assert own.origin == (
        "cosine similarity in image features to J1, of featured, computed "
        f"{kept.created[:10]}"
    )
    assert own in own_column.offered(con)
    assert not own.outdated


@pytest.mark.parametrize("keep", [False, True])
def test_it_limits_a_selection_and_links_hold_it(con, release, ref, cosine, keep):
    limit = OwnLimit(ref, (0.5, 0.9), keep_missing=keep)
    query = to_query(Selection(own=(limit,)))
    chosen = from_query(query, release, kept=url_ids.kept(con)).selection
    inside = (cosine >= 0.5) & (cosine <= 0.9)
    assert count(con, release, chosen) == inside.sum() + keep * len(UNKNOWN)
    assert "“Like J1, Bar 0.10” between 0.5 and 0.9" in describe(chosen, release)


def test_it_sorts_and_colours(con, release, ref, cosine):
    order = Order("own_highest", own=ref)
    first = page(con, release, Selection(), order=order, limit=20)["iauname"]
    names = all_names(con, release)
    best = np.argsort(-np.nan_to_num(cosine, nan=-2))[:20]
    assert first.tolist() == names[best].tolist()
    colours = map_colours.by_own(con, release, ref)
    assert colours.title == "Like J1, Bar 0.10"
    np.testing.assert_array_equal(colours.values, cosine)


def test_a_download_has_it_under_a_plain_name_with_its_origin(
    con, release, ref, cosine
):
    made = export(con, release, Selection(), format="parquet", own_columns=[ref])
    table = pq.read_table(io.BytesIO(made.data))
    found = table.to_pandas().set_index("iauname")["like_j1_bar_0_10"]
    names = all_names(con, release)
    pd.testing.assert_series_equal(
        found.sort_index(),
        pd.Series(cosine, names).sort_index(),
        check_names=False,
    )
    metadata = json.dumps({k.decode(): v.decode() for k, v in metadata_of(table)})
    assert "cosine similarity in image features to J1" in metadata


def metadata_of(table):
    fields = [table.schema.field(name).metadata or {} for name in table.column_names]
    return [pair for one in (table.schema.metadata, *fields) for pair in one.items()]


def test_it_is_no_subset_but_has_its_name_to_itself(con, release, kept, cosine):
    assert kept not in saved.subsets(con)
    assert kept in saved.computed_columns(con)
    with pytest.raises(MorphError, match=r"column “like J1, bar 0\.10” already"):
        saved.save_names(
            con,
            release,
            all_names(con, release)[:2],
            kind="pins",
            name="like J1, bar 0.10",
        )


def test_its_address_says_that_it_is_no_subset(con, kept):
    for make in (file_of_address, made_of):
        with pytest.raises(MorphError, match="is a column of all galaxies of featured"):
            make(con, f"{kept.subset_id}.fits")


def test_it_is_renamed_deleted_and_restored(con, release, cosine):
    made = similarity_column.save(
        con, release, cosine, RECIPE, file=FEATURES, name="first"
    )
    ref = f"{made.subset_id}.similarity"
    saved.rename(con, made.subset_id, "second")
    assert own_column.column(con, ref).title == "second"
    saved.delete(con, made.subset_id)
    assert ref not in [one.ref for one in own_column.offered(con)]
    assert [one.name for one in saved.computed_columns(con, deleted=True)] == ["second"]
    saved.restore(con, made.subset_id)
    assert ref in [one.ref for one in own_column.offered(con)]
    saved.delete(con, made.subset_id)


def test_without_a_value_nothing_is_kept(con, release):
    nothing = np.full(GALAXIES, np.nan)
    with pytest.raises(MorphError, match="no galaxy has features"):
        similarity_column.save(con, release, nothing, {}, file=FEATURES, name="none")


def test_other_features_make_it_out_of_date(folder, tmp_path, cosine):
    with one_release(tmp_path, folder / "before") as con:
        release = release_table.release(con, "featured")
        made = similarity_column.save(
            con, release, cosine, RECIPE, file=FEATURES, name="old"
        )
        ref = f"{made.subset_id}.similarity"
        load_release(con, folder / "before")
        assert not own_column.column(con, ref).outdated
        load_release(con, folder / "after", replace=True)
        assert own_column.column(con, ref).outdated
        assert own_column.column(con, ref).in_list == "old · out of date"
        assert own_column.offered(con)[0].outdated
