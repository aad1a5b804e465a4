"""Comparison of two releases against single galaxies."""

from __future__ import annotations  # see tests/morph/conftest.py

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from morph.analysis.agreement import (
    PairedAnswers,
    agreement,
    answers_of_both,
    change_by_label,
    change_histogram,
    confusion,
    in_cell,
    moved_most,
)
from morph.catalogue import connection
from morph.catalogue.arrays import at_rows
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import catalogue_path
from morph.release.folder import Manifest, write_release
from morph.selection.selection import Limit, Selection
from morph.trees.decision_tree import GZD5

BAR = GZD5.question("bar")
FIRST = GZD5.question("smooth-or-featured")
GALAXIES = 600


def fractions(rng: np.random.Generator) -> np.ndarray:
    parts = [rng.dirichlet([0.6] * len(q.answers), GALAXIES) for q in GZD5.questions]
    return np.concatenate(parts, axis=1)


def write(
    root: Path, release_id: str, names: pd.Series, values: np.ndarray, posterior: str
) -> None:
    scale = 30.0 if posterior == "concentration" else 1.0
    columns = [f"{label}_{posterior}" for label in GZD5.labels]
    posteriors = pd.DataFrame(scale * values, columns=columns)
    posteriors.insert(0, "iauname", names)
    galaxies = pd.DataFrame(
        {"iauname": names, "mag_r": np.linspace(14, 18, len(names))}
    )
    galaxies["ra"], galaxies["dec"] = 180.0, 40.0
    manifest = Manifest(
        release_id, "simulated", "synthetic", "", "", "", posterior=posterior
    )
    write_release(root / "releases" / release_id, manifest, galaxies, posteriors)


@dataclass(frozen=True)
class Two:
    """Two releases of mostly the same galaxies, and what they hold, by name."""

    con: DuckDBPyConnection
    reference: LoadedRelease
    release: LoadedRelease
    masked: LoadedRelease  # the reference's fractions, bars known for every other one
    there: pd.DataFrame
    here: pd.DataFrame


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    root = tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(0)
    names = pd.Series([f"J{100000 + i}.00+000000.0" for i in range(GALAXIES)])
    old = 0.02 + 0.98 * fractions(rng)
    new = 0.7 * old + 0.3 * fractions(rng)
    masked = old.copy()
    masked[::2, GZD5.columns(BAR)] = np.nan
    shuffled = rng.permutation(GALAXIES)[:550]
    write(root, "old", names, old, "concentration")
    mixed = names[shuffled].reset_index(drop=True)
    write(root, "new", mixed, new[shuffled], "concentration")
    write(root, "masked", names, masked, "fraction")
    with connection.connect(catalogue_path(root)) as con:
        found = [
            load_release(con, root / "releases" / name)
            for name in ("old", "new", "masked")
        ]
        tables = [con.table(one.table).df().set_index("iauname") for one in found[:2]]
        yield Two(con, *found, *tables)


def both_ask_bar(two: Two, names: pd.Index) -> pd.Index:
    here, there = two.here.loc[names, "bar_asked"], two.there.loc[names, "bar_asked"]
    return names[((here > 0.5) & (there > 0.5)).to_numpy()]


def bars(table: pd.DataFrame, names: pd.Index) -> np.ndarray:
    columns = [f"{label}_probability" for label in BAR.labels]
    return table.loc[names, columns].to_numpy()


def names_of(two: Two, answered: PairedAnswers) -> pd.Index:
    return pd.Index(at_rows(two.con, two.release, answered.rows)["iauname"])


def read(two: Two, selection: Selection, question=BAR) -> PairedAnswers:
    return answers_of_both(two.con, two.reference, two.release, selection, question)


def test_agreement_is_that_of_shared_galaxies_both_are_asked(two):
    found = agreement(two.con, two.reference, two.release, Selection())
    assert found.shared == 550
    names = both_ask_bar(two, two.here.index)
    same = bars(two.here, names).argmax(axis=1) == bars(two.there, names).argmax(axis=1)
    row = found.questions.set_index("question").loc["bar"]
    assert (row.galaxies, row.agreeing) == (len(names), same.sum())
    assert 5 < row.agreeing < row.galaxies
    expected = stats.binomtest(int(same.sum()), len(names)).proportion_ci(
        method="wilson"
    )
    assert (row.low, row.high) == pytest.approx(expected)
    assert row.share == pytest.approx(same.mean())
    assert found.questions["galaxies"][0] == 550
    answers = [bars(table, names).argmax(axis=1) for table in (two.there, two.here)]
    assert row.kappa == pytest.approx(cohen_kappa_score(*answers))
    assert 0 < row.kappa_error < 0.2


def test_only_selected_galaxies_are_compared(two):
    selection = Selection(physical={"mag_r": Limit(14, 15)})
    found = agreement(two.con, two.reference, two.release, selection)
    bright = two.here.index[two.here["mag_r"] <= 15]
    assert found.shared == len(bright) > 50
    answered = read(two, selection)
    assert set(names_of(two, answered)) == set(both_ask_bar(two, bright))


def test_a_question_nobody_is_asked_has_no_agreement(two):
    selection = Selection(limits={f"{FIRST.name}_featured-or-disk": (0, 0.3)})
    found = agreement(two.con, two.reference, two.release, selection)
    row = found.questions.set_index("question").loc["bar"]
    assert (
        row.galaxies == 0 and np.isnan([row.share, row.low, row.high, row.kappa]).all()
    )
    answered = read(two, selection)
    assert confusion(answered).to_numpy().sum() == 0
    assert change_by_label(answered)["mean"].isna().all()
    assert moved_most(answered).empty


def test_confusion_counts_every_compared_galaxy_and_its_cells_name_them(two):
    answered = read(two, Selection())
    matrix = confusion(answered)
    found = agreement(two.con, two.reference, two.release, Selection())
    row = found.questions.set_index("question").loc["bar"]
    assert matrix.to_numpy().sum() == row.galaxies
    assert np.trace(matrix.to_numpy()) == row.agreeing
    for old in BAR.labels:
        for new in BAR.labels:
            cell = in_cell(answered, old, new)
            assert len(cell.rows) == matrix.loc[old, new]
            names = names_of(two, cell)
            assert (bars(two.there, names).argmax(1) == BAR.labels.index(old)).all()
            assert (bars(two.here, names).argmax(1) == BAR.labels.index(new)).all()
            np.testing.assert_array_equal(cell.release, bars(two.here, names))


def test_change_is_the_release_minus_the_reference(two):
    answered = read(two, Selection())
    names = names_of(two, answered)
    change = bars(two.here, names)[:, 0] - bars(two.there, names)[:, 0]
    row = change_by_label(answered).set_index("label").loc["bar_strong"]
    assert row.galaxies == len(change)
    assert row["mean"] == pytest.approx(change.mean(), abs=1e-7)
    assert row.spread == pytest.approx(change.std(), abs=1e-7)
    assert row.error == pytest.approx(change.std() / np.sqrt(len(change)))
    histogram = change_histogram(answered, bins=20)
    own = histogram[histogram["label"] == "bar_strong"].reset_index(drop=True)
    assert own["galaxies"].sum() == len(change)
    assert own.loc[10, "low"] == pytest.approx(0)
    assert own.loc[10, "galaxies"] == ((change >= 0) & (change < 0.1)).sum()


def test_nothing_changes_between_a_release_and_itself(two):
    found = agreement(two.con, two.release, two.release, Selection())
    assert (found.questions["share"].dropna() == 1).all()
    answered = answers_of_both(two.con, two.release, two.release, Selection(), BAR)
    assert (change_by_label(answered)["mean"] == 0).all()
    assert (moved_most(answered)["distance"] == 0).all()


def test_moved_most_are_votes_changing_hands_on_a_question_asked():
    old = np.array([[1.0, 0, 0], [1, 0, 0], [0.2, 0.3, 0.5], [1, 0, 0]])
    new = np.array([[1.0, 0, 0], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0, 1, 0]])
    asked = np.array([1.0, 0.9, 1.0, 0.6])
    rows = np.array([4, 5, 6, 9])
    largest = old.argmax(axis=1), new.argmax(axis=1)
    table = moved_most(PairedAnswers(BAR, rows, asked, old, new, *largest), count=3)
    assert table["row"].tolist() == [9, 5, 6]
    np.testing.assert_allclose(table["distance"], [0.6, 0.45, 0.2])


def test_unknown_answers_are_compared_with_nothing(two):
    answered = answers_of_both(two.con, two.masked, two.release, Selection(), BAR)
    assert len(answered.rows) > 5
    assert np.isfinite(answered.change).all()
    known = {name for i, name in enumerate(two.there.index) if i % 2}
    assert set(names_of(two, answered)) <= known


def test_a_reference_unloaded_meanwhile_is_named(two, tmp_path):
    rng = np.random.default_rng(1)
    names = pd.Series([f"J{100000 + i}.00+000000.0" for i in range(GALAXIES)])
    write(tmp_path, "gone", names, fractions(rng), "fraction")
    gone = load_release(two.con, tmp_path / "releases" / "gone")
    unload_release(two.con, "gone")
    with pytest.raises(MorphError, match="gone was unloaded"):
        agreement(two.con, gone, two.release, Selection())
    with pytest.raises(MorphError, match="gone was unloaded"):
        answers_of_both(two.con, gone, two.release, Selection(), BAR)
