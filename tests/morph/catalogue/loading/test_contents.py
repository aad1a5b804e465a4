"""The catalogue has exactly the contents of the release files."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data.synthetic.release import synthetic_release
from morph.catalogue import wide_table
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import TAIL_THRESHOLDS, release
from morph.errors import MorphError
from morph.posterior import dirichlet
from morph.release.folder import read_manifest
from morph.trees.decision_tree import GZD5
from tests.morph.catalogue.loading.altered import rewrite, shuffled, table


def test_the_catalogue_holds_the_files_numbers(releases_folder, plain, shared_con):
    rows = table(shared_con, plain)
    file = pd.read_parquet(releases_folder / "plain" / "posteriors.parquet")
    file = file.set_index("iauname").loc[rows.index]
    for column in file:
        assert rows[column].dtype == file[column].dtype
        np.testing.assert_array_equal(rows[column], file[column])
    alpha = file.to_numpy(float)
    for quantity, expected in {
        "probability": dirichlet.expected_probability(alpha, GZD5),
        "variance": dirichlet.variance(alpha, GZD5),
    }.items():
        held = rows[[f"{label}_{quantity}" for label in GZD5.labels]]
        np.testing.assert_array_equal(held, expected.astype("f4"))
    rho = dirichlet.expected_probability(alpha, GZD5)
    for quantity, expected in {
        "asked": dirichlet.asked_probability(rho, GZD5),
        "entropy": dirichlet.entropy(alpha, GZD5),
        "total": dirichlet.total_concentration(alpha, GZD5),
        "answer": dirichlet.largest_answer(rho, GZD5),
    }.items():
        held = rows[[f"{question.name}_{quantity}" for question in GZD5.questions]]
        np.testing.assert_allclose(held, expected, rtol=1e-6)


def test_galaxies_votes_and_map_go_with_their_names(releases_folder, plain, shared_con):
    rows = table(shared_con, plain)
    folder = releases_folder / "plain"
    galaxies = pd.read_parquet(folder / "galaxies.parquet").set_index("iauname")
    held = rows.loc[galaxies.index, list(galaxies)]
    pd.testing.assert_frame_equal(held, galaxies, check_dtype=False)
    place = pd.read_parquet(folder / "projection.parquet").set_index("iauname")
    np.testing.assert_allclose(rows.loc[place.index, list(place)], place, rtol=1e-6)
    votes = pd.read_parquet(folder / "votes.parquet").set_index("iauname")
    held = (
        shared_con.execute(f"SELECT * FROM {plain.votes_table}")
        .df()
        .set_index("iauname")
    )
    pd.testing.assert_frame_equal(held.loc[votes.index], votes)
    assert 0 < len(votes) < len(galaxies)


def test_several_passes_become_their_mixture(releases_folder, passes, shared_con):
    rows = table(shared_con, passes)
    samples = pd.read_parquet(releases_folder / "passes" / "samples.parquet")
    stack = np.stack(
        [
            part.drop(columns="pass")
            .set_index("iauname")
            .loc[rows.index]
            .to_numpy(float)
            for _, part in samples.groupby("pass")
        ]
    )
    for quantity, expected in {
        "probability": dirichlet.mixture_mean(stack, GZD5),
        "total_variance": dirichlet.total_variance(stack, GZD5),
        "concentration": stack.mean(axis=0),
    }.items():
        held = rows[[f"{label}_{quantity}" for label in GZD5.labels]]
        np.testing.assert_allclose(held, expected, rtol=1e-5)
    held = rows[[f"{question.name}_mutual_information" for question in GZD5.questions]]
    expected = dirichlet.mutual_information(stack, GZD5)
    np.testing.assert_allclose(held, expected, rtol=1e-5, atol=1e-8)
    held = np.stack(rows["bar_strong_tail"])
    for place, threshold in enumerate(TAIL_THRESHOLDS):
        expected = dirichlet.mixture_tail(stack, GZD5, threshold)
        expected = expected[:, GZD5.labels.index("bar_strong")]
        np.testing.assert_allclose(held[:, place], expected, rtol=1e-5, atol=1e-30)


def test_fractions_have_no_uncertainty_and_their_gaps_are_unknown(
    releases_folder, fractions, shared_con
):
    rows = table(shared_con, fractions)
    assert not fractions.has_uncertainty
    assert not [c for c in rows if c.endswith(("_variance", "_total", "_entropy"))]
    file = pd.read_parquet(releases_folder / "fractions" / "posteriors.parquet")
    file = file.set_index("iauname").loc[rows.index]
    held = rows[[f"{label}_probability" for label in GZD5.labels]]
    np.testing.assert_array_equal(held, file)
    masked = file["bar_strong_fraction"].isna()
    assert 0 < masked.sum() < len(file)
    assert rows["bar_answer"].isna().equals(masked)


@pytest.mark.parametrize("size", [1, 7, 60, 1000])
def test_blocks_of_any_size_make_the_same_table(tmp_path, size):
    folder = tmp_path / "release"
    manifest = synthetic_release(folder, galaxies=60, passes=2, projection=True)
    parts = wide_table.wide_blocks(folder, manifest, GZD5, block=2 * size)
    whole = next(wide_table.wide_blocks(folder, manifest, GZD5))
    assert pa.concat_tables(parts).equals(whole)


def test_files_in_another_order_make_the_same_table(tmp_path):
    options = {"galaxies": 50, "passes": 3, "projection": True}
    in_order = synthetic_release(tmp_path / "a", **options)
    synthetic_release(tmp_path / "b", **options)
    for seed, name in enumerate(("posteriors", "samples", "projection")):
        rewrite(tmp_path / "b", name, lambda rows, seed=seed: shuffled(rows, seed))
    one = next(wide_table.wide_blocks(tmp_path / "a", in_order, GZD5))
    manifest = read_manifest(tmp_path / "b")
    other = next(wide_table.wide_blocks(tmp_path / "b", manifest, GZD5))
    # Passes are summed in another order, which moves the last digits.
    for name in one.column_names:
        if name.endswith("_tail"):
            continue
        if pa.types.is_floating(one[name].type):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-5, atol=1e-8)
        else:
            assert one[name].equals(other[name])


def test_galaxies_off_the_map_have_no_place(tmp_path):
    folder = tmp_path / "release"
    synthetic_release(folder, galaxies=20, projection=True)
    rewrite(folder, "projection", lambda rows: rows.slice(5, 10))
    (block,) = wide_table.wide_blocks(folder, read_manifest(folder), GZD5)
    assert block["umap_x"].null_count == block["trust"].null_count == 10


def test_a_manifest_in_the_catalogue_is_the_one_of_the_folder(con, home):
    loaded = load_release(con, home / "releases" / "one")
    assert loaded.manifest == read_manifest(home / "releases" / "one")
    text = (home / "releases" / "one" / "manifest.json").read_text()
    assert loaded.galaxies == json.loads(text)["galaxies"]
    with pytest.raises(MorphError, match="loaded: one"):
        release(con, "two")
