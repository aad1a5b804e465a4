"""Galaxies told apart by the table are those that the beta function itself tells."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import betainc, btdtrib

from data.synthetic.answers import concentrations
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import query
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.selection.certainty import tail_condition
from morph.selection.certainty.certainty import Tail
from morph.selection.conditions import steps
from morph.selection.funnel import count
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5

CUTS = [
    (0.3, 0.9),
    (0.5, 0.5),
    (0.05, 0.99),
    (0.8, 0.02),
    (0.01, 0.999),
    (0.5, 0),
    (0, 1),
    (1, 0.5),
]
GALAXIES = 5000


def awkward(rng: np.random.Generator) -> np.ndarray:
    """(N, 3) concentrations of the bar: in, on, below and above the table's α, and
    with others so near to what decides that only exact evaluation can.
    """
    own = np.exp(rng.uniform(np.log(0.02), np.log(800), GALAXIES))
    own[:500] = np.exp(tail_condition._STEP * rng.integers(-3, 235, 500))
    own[500:510], own[510:520] = 1, 101
    others = np.exp(rng.uniform(np.log(0.02), np.log(800), GALAXIES))
    for place, (threshold, at_least) in enumerate(CUTS[:5]):
        near = slice(600 + 500 * place, 1100 + 500 * place)
        own[near] = np.exp(rng.uniform(0, np.log(101), 500))
        apart = 1 + rng.choice([-1, 1], 500) * 10.0 ** rng.uniform(-13, -2, 500)
        others[near] = btdtrib(own[near], 1 - at_least, threshold) * apart
    share = rng.uniform(0.1, 0.9, GALAXIES)
    return np.column_stack([own, others * share, others * (1 - share)])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tails")
    rng = np.random.default_rng(0)
    names = [f"J{place:06d}.00+000000.0" for place in range(GALAXIES)]
    ra = np.sort(rng.uniform(0, 360, GALAXIES))
    alpha = concentrations(rng, GALAXIES).astype(float)
    alpha[:, GZD5.columns(GZD5.question("bar"))] = awkward(rng)
    table = pd.DataFrame(alpha, columns=posterior_columns(GZD5, "concentration"))
    write_release(
        folder / "tails",
        Manifest("tails", "simulated", "synthetic", "Tails", "", ""),
        pd.DataFrame({"iauname": names, "ra": ra, "dec": 0.0}),
        table.assign(iauname=names)[["iauname", *table.columns]],
    )
    with connect(folder / "catalogue.duckdb") as con:
        yield con, load_release(con, folder / "tails"), folder / "tails"


@pytest.mark.parametrize(("threshold", "at_least"), CUTS)
def test_the_same_galaxies_as_by_the_beta_function(loaded, threshold, at_least):
    con, release, folder = loaded
    alpha = pd.read_parquet(folder / "posteriors.parquet")
    strong, weak, no = (
        alpha[f"{label}_concentration"].to_numpy()
        for label in GZD5.question("bar").labels
    )
    sure = betainc(strong + weak + no - strong, strong, 1 - threshold) >= at_least
    wanted = Selection(rule="off", certainty=(Tail("bar_strong", threshold, at_least),))
    found = rows(con, release, wanted)
    assert found.tolist() == np.flatnonzero(sure).tolist()
    assert count(con, release, wanted) == sure.sum()


def test_few_galaxies_are_left_to_the_beta_function(shared_con, plain):
    wanted = Selection(rule="off", certainty=(Tail("bar_strong", 0.4, 0.8),))
    (step,) = steps(wanted, plain)
    undecided = step.sql.rsplit("ELSE", 1)[0] + "ELSE NULL END"
    table = {name: v for name, v in step.parameters.items() if name != "s0"}
    sql = f"SELECT count(*) FROM {plain.table} WHERE ({undecided}) IS NULL"
    assert query(shared_con, plain, sql, table).fetchall()[0][0] < 5


@pytest.mark.parametrize("threshold", [0.001, 0.5, 0.999])
@pytest.mark.parametrize("at_least", [0.001, 0.5, 0.999])
def test_the_table_is_finite_and_narrow_up_to_its_ends(threshold, at_least):
    table = tail_condition._table(threshold, at_least)
    assert np.isfinite(table["start"]).all() and np.isfinite(table["slope"]).all()
    assert 0 < table["margin"] < 0.01


@pytest.mark.parametrize("at_least", [1e-300, 5e-4, 0.9999, 1 - 1e-16])
def test_an_extreme_probability_is_compared_without_a_table(plain, at_least):
    (step,) = steps(
        Selection(rule="off", certainty=(Tail("bar_strong", 0.5, at_least),)), plain
    )
    assert "CASE" not in step.sql and step.parameters == {"s0": at_least}


def test_several_passes_are_compared_as_they_are_kept(passes):
    (step,) = steps(Selection(rule="off", certainty=(Tail("bar_strong", 0.5),)), passes)
    assert step.sql == '"bar_strong_tail"[5] >= $s0'
    assert step.parameters == {"s0": 0.9}
