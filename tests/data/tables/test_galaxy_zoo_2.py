"""The published tables of Galaxy Zoo 2, whose tree is recognised by their columns."""

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table as AstropyTable

from data.tables.publish_table import TableRelease, publish_table
from morph.errors import UnreadableTable
from morph.release.folder import read_manifest
from morph.trees.decision_tree import GZD5, TREES
from tests.published_tables import concentrations_as_published
from tests.trees import GZ2, INVENTED, invented

LABELS = list(GZ2.labels)
ALPHAS = [f"{label}_concentration" for label in LABELS]
FRACTIONS = [f"{label}_fraction" for label in LABELS]
ROWS = 6


def as_published(label: str, what: str) -> str:
    return f"{label}_{what}".replace("-", "_")


@pytest.fixture
def hart() -> pd.DataFrame:
    """Six galaxies as in Hart et al. 2016: counts, weights, three fractions, flags."""
    rng = np.random.default_rng(16)
    table = {
        "dr7objid": 587732591714893851 + np.arange(ROWS),
        "ra": rng.uniform(120, 250, ROWS),
        "dec": rng.uniform(0, 60, ROWS),
        "rastring": "11:45:31.00",
        "decstring": "+57:53:10.7",
        "sample": "original",
        "gz2_class": "Sc+t",
        "total_classifications": 45,
        "total_votes": 342,
    }
    for question in GZ2.questions:
        counts = rng.integers(0, 9, (ROWS, len(question.labels)))
        counts[0] = 0  # nobody was asked
        fractions = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        for label, count, fraction in zip(
            question.labels, counts.T, fractions.T, strict=True
        ):
            table[as_published(label, "count")] = count
            table[as_published(label, "weight")] = 0.9 * count
            table[as_published(label, "fraction")] = fraction
            table[as_published(label, "weighted_fraction")] = fraction
            table[as_published(label, "debiased")] = 1.25 * fraction.clip(0, 0.8)
            table[as_published(label, "flag")] = (fraction > 0.8).astype(int)
    return pd.DataFrame(table)


@pytest.fixture
def willett(hart) -> pd.DataFrame:
    """The same as in zoo2MainSpecz of Willett et al. 2013, whose columns differ."""
    table = hart.rename(columns={"gz2_class": "gz2class"})
    table.insert(0, "dr8objid", 1237648720693755918 + np.arange(ROWS))
    table.insert(0, "specobjid", 299489676975171584 + np.arange(ROWS))
    return table


@pytest.fixture
def load(tmp_path):
    """Publish a table, and return its manifest and its parts."""

    def publish(table: pd.DataFrame, name: str = "gz2_hart16.csv", **order):
        path = tmp_path / name
        if name.endswith(".fits"):
            columns = {c: table[c].to_numpy() for c in table.columns}
            texts = {c: v.astype(str) for c, v in columns.items() if v.dtype == object}
            AstropyTable(columns | texts).write(path)
        else:
            table.to_csv(path, index=False)
        manifest = publish_table(
            tmp_path, path, TableRelease("gz2", survey="sdss", **order)
        )
        folder = tmp_path / "releases" / "gz2"
        parts = ("galaxies", "posteriors", "votes")
        found = {one: folder / f"{one}.parquet" for one in parts}
        return manifest, {
            one: pd.read_parquet(path) for one, path in found.items() if path.exists()
        }

    return publish


@pytest.mark.parametrize("name", ["gz2_hart16.csv", "gz2_hart16.fits"])
def test_counts_become_votes_and_posteriors_of_the_tree(hart, load, name):
    manifest, parts = load(hart, name)
    assert manifest.tree == "gz2"
    report = manifest.details.report
    assert report["decision tree"] == "Galaxy Zoo 2, recognised by its columns"
    assert manifest.details.prior["name"] == "uniform"
    assert manifest.title == "Galaxy Zoo volunteers, GZ2 tree"
    assert "Willett et al. 2013" in manifest.citation
    assert "fractions beside the counts, are not loaded" in manifest.note
    counts = hart[[as_published(label, "count") for label in LABELS]].to_numpy()
    by_id = parts["galaxies"].set_index("iauname")["source_id"]
    votes = parts["votes"].assign(id=parts["votes"]["iauname"].map(by_id))
    order = hart["dr7objid"].astype(str)
    assert set(by_id) == set(order)
    np.testing.assert_array_equal(votes.set_index("id").loc[order, LABELS], counts)
    posteriors = parts["posteriors"].set_index("iauname").loc[votes["iauname"], ALPHAS]
    np.testing.assert_array_equal(posteriors, votes[LABELS] + 1)
    assert all(name.startswith("J") for name in parts["galaxies"]["iauname"])


def test_the_main_table_of_willett_is_read_alike(hart, willett, load, tmp_path):
    _, expected = load(hart)
    (tmp_path / "releases" / "gz2").rename(tmp_path / "hart")
    manifest, parts = load(willett, "zoo2MainSpecz.csv.gz")
    assert manifest.tree == "gz2"
    assert "Each volunteer counts once: the weights, and the fractions" in manifest.note
    for name, table in expected.items():
        pd.testing.assert_frame_equal(parts[name], table)


def test_the_order_is_kept_with_its_tree_and_loading_again_changes_nothing(hart, load):
    manifest, _ = load(hart)
    assert manifest.details.order["tree"] == "gz2"
    assert load(hart)[0] == manifest


def test_as_fractions_the_debiased_ones_are_loaded(hart, load):
    manifest, parts = load(hart, values="fractions")
    assert (manifest.tree, manifest.posterior) == ("gz2", "fraction")
    assert manifest.title == "Galaxy Zoo 2, fractions debiased as by Hart et al. 2016"
    assert "Hart et al. 2016" in manifest.citation
    assert "votes" not in parts
    report = manifest.details.report
    empty = "questions with fractions of 0 for all answers, set to empty"
    assert report[empty] >= len(GZ2.questions)  # those of the first galaxy
    by_id = parts["galaxies"].set_index("source_id")["iauname"]
    rows = parts["posteriors"].set_index("iauname")
    assert rows.loc[by_id[str(hart["dr7objid"][0])], FRACTIONS].isna().all()
    for question in GZ2.questions:
        sums = rows[[f"{label}_fraction" for label in question.labels]].sum(axis=1)
        assert sums[sums > 0].to_numpy() == pytest.approx(1)


def test_the_release_says_whose_debiasing_it_has(willett, load):
    title = load(willett, values="fractions")[0].title
    assert title == "Galaxy Zoo 2, fractions debiased as by Willett et al. 2013"


def test_weights_alone_are_no_votes(hart, load):
    """A weight is no whole number of independent votes; fractions are read instead."""
    others = [c for c in hart if c.endswith(("_count", "_debiased"))]
    kept = [c for c in hart if c.endswith("_weighted_fraction")]
    raw = [c for c in hart if c.endswith("_fraction") and c not in kept]
    manifest, parts = load(hart.drop(columns=[*others, *raw]))
    assert manifest.title == "Galaxy Zoo, weighted vote fractions"
    assert "votes" not in parts


def test_sums_of_debiased_fractions_that_are_not_1_are_told(hart, load):
    first = [as_published(label, "debiased") for label in GZ2.questions[0].labels]
    hart[first] = [0.8, 0.3, 0.1]
    report = load(hart, values="fractions")[0].details.report
    told = "questions whose fractions did not sum to 1, divided by their sum"
    assert report[told] >= ROWS


@pytest.mark.parametrize(
    ("what", "title"),
    [
        ("debiased", "Galaxy Zoo, debiased vote fractions"),
        ("weighted_fraction", "Galaxy Zoo, weighted vote fractions"),
        ("fraction", "Table of vote fractions"),
    ],
)
@pytest.mark.parametrize("before", ["", "gz2_"])
def test_tables_of_one_kind_of_fraction(hart, load, what, title, before):
    columns = {as_published(n, what): before + as_published(n, what) for n in LABELS}
    table = hart[["ra", "dec", *columns]].rename(columns=columns)
    manifest, parts = load(table)
    assert (manifest.tree, manifest.title) == ("gz2", title)
    assert len(parts["posteriors"]) == ROWS


def test_the_table_of_galaxy_zoo_decals_is_of_its_tree(load):
    manifest, _ = load(concentrations_as_published())
    assert manifest.tree == "gzd5"
    told = manifest.details.report["decision tree"]
    assert told == "Galaxy Zoo DECaLS, recognised by its columns"


def test_a_table_that_fits_two_trees_is_refused_until_it_is_said_which(hart, load):
    ours = concentrations_as_published().head(ROWS)
    both = pd.concat([ours, hart.drop(columns=["ra", "dec"])], axis=1)
    with pytest.raises(UnreadableTable, match="2 decision trees: gzd5 and gz2; state"):
        load(both)
    assert load(both, tree="gz2")[0].tree == "gz2"


def test_a_table_of_no_tree_is_refused_with_the_known_ones(load):
    table = pd.DataFrame({"ra": [1.0], "dec": [2.0], "mag_r": [15.0]})
    known = r"no answer of a known decision tree \(gzd5 with 34 answers, gz2 with 37"
    with pytest.raises(UnreadableTable, match=known):
        load(table)


def test_a_table_that_lacks_a_column_is_refused_with_its_nearest_tree(hart, load):
    lost = [c for c in hart if "_a38_dust_lane_" in c]
    with pytest.raises(UnreadableTable, match=r"36 of the 37 columns.*dust-lane"):
        load(hart.drop(columns=lost))


def test_an_invented_tree_is_recognised_too(tmp_path, load, monkeypatch):
    """A file of data is all that a tree needs."""
    monkeypatch.setitem(TREES, "shapes", invented(tmp_path))
    table = pd.DataFrame({"ra": [10.0, 11.0], "dec": [1.0, 2.0]})
    for label, counts in zip(TREES["shapes"].labels, np.eye(4, 2), strict=True):
        table[f"{label}_count"] = counts.astype(int)
    manifest, parts = load(table)
    assert manifest.tree == INVENTED["name"]
    assert manifest.title == "Galaxy Zoo volunteers, shapes tree"
    assert set(parts["votes"].columns) == {"iauname", *TREES["shapes"].labels}
    assert read_manifest(tmp_path / "releases" / "gz2").tree == "shapes"


def test_labels_of_the_two_trees_differ():
    assert not set(GZ2.labels) & set(GZD5.labels)
