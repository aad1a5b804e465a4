"""Changes of an answer between releases, against single galaxies."""

from __future__ import annotations  # see tests/morph/conftest.py

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from morph.analysis.agreement import PairedAnswers, answers_of_both
from morph.analysis.change import (
    beyond_widths,
    change_along,
    density,
    own_widths,
    shared,
    trend,
)
from morph.catalogue import connection
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import catalogue_path
from morph.release.folder import Manifest, write_release
from morph.selection.selection import Limit, Selection
from morph.trees.decision_tree import GZD5

BAR = GZD5.question("bar")
FIRST = GZD5.questions[0]
GALAXIES = 200
# Most galaxies are featured and face-on, so that they reach "bar".
TO_BAR = {FIRST.name: (0.4, 4, 0.2), "disk-edge-on": (0.4, 4)}
KNOWN = {"a": slice(0, 200), "b": slice(20, 200), "c": slice(0, 150), "f": slice(0, 90)}


@dataclass(frozen=True)
class Four:
    """Four releases, f of fractions alone, and what each holds, by name."""

    con: DuckDBPyConnection
    loaded: dict[str, LoadedRelease]
    tables: dict[str, pd.DataFrame]


def write(root: Path, name: str, rng: np.random.Generator) -> None:
    posterior = "fraction" if name == "f" else "concentration"
    parts = [
        rng.dirichlet(TO_BAR.get(q.name, [0.8] * len(q.answers)), GALAXIES)
        for q in GZD5.questions
    ]
    values = np.concatenate(parts, axis=1)
    if posterior == "concentration":
        values = 0.5 + rng.uniform(5, 60, (GALAXIES, 1)) * values
    columns = [f"{label}_{posterior}" for label in GZD5.labels]
    names = [f"J{100000 + i}.00+000000.0" for i in range(GALAXIES)]
    galaxies = pd.DataFrame({"iauname": names, "ra": 180.0, "dec": 40.0})
    galaxies["mag_r"] = np.linspace(14, 18, GALAXIES)
    posteriors = pd.DataFrame(values, columns=columns)
    posteriors.insert(0, "iauname", names)
    manifest = Manifest(name, "simulated", "x", "", "", "", posterior=posterior)
    part = KNOWN[name]
    write_release(
        root / "releases" / name, manifest, galaxies.iloc[part], posteriors.iloc[part]
    )


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Four]:
    root = tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(4)
    for name in KNOWN:
        write(root, name, rng)
    with connection.connect(catalogue_path(root)) as con:
        loaded = {n: load_release(con, root / "releases" / n) for n in KNOWN}
        tables = {
            n: con.table(one.table).df().set_index("iauname")
            for n, one in loaded.items()
        }
        yield Four(con, loaded, tables)


def paired(old: list[float], new: list[float]) -> PairedAnswers:
    """Answers to "bar" whose first fraction is given; the last takes the rest."""
    before = np.array([[one, 0, 1 - one] for one in old])
    after = np.array([[one, 0, 1 - one] for one in new])
    rows = np.arange(len(old))
    none = np.zeros(len(old), int)
    return PairedAnswers(BAR, rows, np.ones(len(old)), before, after, none, none)


def test_shared_galaxies_are_counted_by_name(four):
    for name, number in (("a", 200), ("b", 180), ("c", 150), ("f", 90)):
        assert shared(four.con, four.loaded[name], four.loaded["a"]) == number
    assert shared(four.con, four.loaded["c"], four.loaded["b"]) == 130


def test_density_counts_every_galaxy_in_its_cell():
    answered = paired([0, 0.05, 0.15, 1, 1], [0, 0.09, 0.95, 1, 0.5])
    table = density(answered, "bar_strong", bins=10)
    cells = {
        (round(10 * row.reference), round(10 * row.release)): row.galaxies
        for row in table.itertuples()
    }
    assert cells == {(0, 0): 2, (1, 9): 1, (9, 9): 1, (9, 5): 1}
    assert (table["side"] == 0.1).all()


def test_change_along_a_quantity_is_the_mean_of_its_bins():
    rng = np.random.default_rng(2)
    values = rng.uniform(14, 18, 1000)
    change = 0.1 * (values - 16) + rng.normal(0, 0.05, 1000)
    values[::10] = np.nan
    table = change_along(change, values, bins=5)
    assert table["galaxies"].tolist() == [180] * 5
    assert table["low"].iloc[1:].tolist() == table["high"].iloc[:-1].tolist()
    for row in table.itertuples():
        inside = (values >= row.low) & (values < row.high)
        if row.Index == 4:
            inside |= values == row.high
        assert inside.sum() == row.galaxies
        assert row.mean == pytest.approx(change[inside].mean())
        assert row.at == pytest.approx(np.median(values[inside]))
        half = 1.959964 * change[inside].std(ddof=1) / np.sqrt(inside.sum())
        assert row.mean_high - row.mean == pytest.approx(half)
        assert row.mean - row.mean_low == pytest.approx(half)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [2.0, 2.0]])
def test_change_along_nothing_that_differs_is_empty(values):
    found = change_along(np.zeros(len(values)), np.array(values))
    assert found.empty and "mean_low" in found


def test_change_in_widths_of_both_posteriors(four):
    a, b = four.loaded["a"], four.loaded["b"]
    answered = answers_of_both(four.con, b, a, Selection(), BAR)
    widths = own_widths(four.con, b, a, answered)
    names = four.tables["a"].index[answered.rows]
    assert len(names) > 50
    here, there = four.tables["a"].loc[names], four.tables["b"].loc[names]
    for at, label in enumerate(BAR.labels):
        change = here[f"{label}_probability"] - there[f"{label}_probability"]
        variance = here[f"{label}_variance"] + there[f"{label}_variance"]
        np.testing.assert_allclose(widths[:, at], change / variance**0.5, rtol=1e-5)
    table = beyond_widths(widths, BAR.labels).set_index("label")
    first = np.abs(widths[:, 0])
    assert table.loc["bar_strong", "above_2"] == (first > 2).mean()
    assert table.loc["bar_strong", "rms"] == pytest.approx((first**2).mean() ** 0.5)
    assert beyond_widths(widths[:0], BAR.labels)["above_1"].isna().all()


def test_fractions_without_posteriors_have_no_width(four):
    a, f = four.loaded["a"], four.loaded["f"]
    answered = answers_of_both(four.con, f, a, Selection(), FIRST)
    with pytest.raises(MorphError, match="f has vote fractions without posteriors"):
        own_widths(four.con, f, a, answered)


def test_a_trend_is_of_the_galaxies_that_all_releases_have(four):
    selection = Selection(physical={"mag_r": Limit(14.5, 18)})
    others = [four.loaded[name] for name in "bcf"]
    table = trend(four.con, four.loaded["a"], others, selection, BAR)
    bright = four.tables["a"]["mag_r"] >= 14.5
    common = four.tables["a"].index[bright]
    for name in "abcf":
        own = four.tables[name]
        common = common.intersection(own.index[own["bar_asked"] > 0.5])
    assert len(common) > 10
    assert (table["galaxies"] == len(common)).all()
    assert table["release"].tolist() == [n for n in "abcf" for _ in BAR.labels]
    for row in table.itertuples():
        own = four.tables[row.release].loc[common, f"{row.label}_probability"]
        assert row.mean == pytest.approx(own.mean(), abs=1e-6)
    nobody = Selection(physical={"mag_r": Limit(14, 14.01)})
    empty = trend(four.con, four.loaded["b"], others[1:], nobody, BAR)
    assert (empty["galaxies"] == 0).all() and empty["mean"].isna().all()


def test_the_error_of_a_trend_is_that_of_the_mean(four):
    table = trend(four.con, four.loaded["a"], [four.loaded["b"]], Selection(), FIRST)
    own = four.tables["a"].loc[four.tables["b"].index, f"{FIRST.labels[0]}_probability"]
    row = table.iloc[0]
    assert row.galaxies == 180
    assert row.error == pytest.approx(own.sem(), rel=1e-4)
