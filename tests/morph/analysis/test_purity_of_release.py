"""Purity for a loaded release against draws, counts and selections."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from morph.analysis.purity import cut_for_purity, path_to
from morph.analysis.purity_of_release import design, true_probability, with_cut
from morph.errors import MorphError
from morph.selection import funnel
from morph.selection.certainty.certainty import Spread, Surest, Tail
from morph.selection.selection import Limit, Selection
from morph.trees.decision_tree import GZD5

LABELS = ["bar_strong", "merging_none", "smooth-or-featured_smooth"]


def concentrations(con, release) -> dict[str, np.ndarray]:
    table = con.table(release.table).df()
    return {label: table[f"{label}_concentration"] for label in GZD5.labels}


@pytest.mark.parametrize("label", LABELS)
def test_probability_to_truly_have_an_answer_is_that_of_draws(shared_con, plain, label):
    alpha = concentrations(shared_con, plain)
    rng = np.random.default_rng(1)
    probability = true_probability(shared_con, plain, label, 0.4)
    for row in range(0, 3000, 300):
        true = np.ones(20_000, dtype=bool)
        for question, labels in path_to(label, GZD5):
            own = np.array([alpha[one][row] for one in question.labels])
            draws = rng.dirichlet(own, 20_000)
            places = [question.labels.index(one) for one in labels]
            true &= draws[:, places].sum(axis=1) > (0.4 if label in labels else 0.5)
        assert probability[row] == pytest.approx(true.mean(), abs=0.015)


@pytest.mark.parametrize("label", LABELS)
def test_of_several_passes_the_tails_are_averaged(shared_con, passes, label):
    tails = shared_con.table(passes.table).df().filter(like="_tail")
    half = {name: np.stack(tails[name])[:, 4] for name in tails}
    expected = {
        "bar_strong": half["smooth-or-featured_featured-or-disk_tail"]
        * half["disk-edge-on_no_tail"]
        * half["bar_strong_tail"],
        "merging_none": (1 - half["smooth-or-featured_artifact_tail"])
        * half["merging_none_tail"],
        "smooth-or-featured_smooth": half["smooth-or-featured_smooth_tail"],
    }
    found = true_probability(shared_con, passes, label, 0.5)
    np.testing.assert_allclose(found, expected[label], rtol=1e-5)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(rule="off", physical={"mag_r": Limit(14, 17)}),
        Selection(limits={"bar_strong": (0.3, 1.0)}, rule="asked", asked=0.4),
        Selection(
            certainty=(
                Spread("bar_strong", 0.15),
                Tail("has-spiral-arms_yes", 0.5, 0.4),
                Tail("bar_strong", 0.9, 0.9),
                Surest("variance", "bar_weak", 5),
            )
        ),
    ],
)
@pytest.mark.parametrize("release", ["plain", "passes"])
def test_a_cut_selects_as_many_galaxies_as_the_table_says(
    request, shared_con, release, selection
):
    release = request.getfixturevalue(release)
    table = design(shared_con, release, selection, "bar_strong", 0.5).expected
    assert table["galaxies"][0] > 10
    for row in table.iloc[::9].itertuples():
        cut = with_cut(selection, "bar_strong", 0.5, row.cut)
        assert funnel.count(shared_con, release, cut) == row.galaxies


def test_a_cut_replaces_those_of_its_answer_and_percentages_alone():
    arms, spread = Tail("has-spiral-arms_yes"), Spread("bar_strong", 0.15)
    before = (Tail("bar_strong", 0.9, 0.9), arms, spread, Surest("variance", "bar_no"))
    found = with_cut(Selection(certainty=before), "bar_strong", 0.5, 0.7)
    assert found == Selection(certainty=(arms, spread, Tail("bar_strong", 0.5, 0.7)))


def test_completeness_is_of_the_galaxies_that_other_columns_leave(shared_con, plain):
    near = Selection(physical={"redshift": Limit(0, 0.1)})
    whole = design(shared_con, plain, Selection(), "bar_strong", 0.5)
    found = design(shared_con, plain, near, "bar_strong", 0.5)
    assert found.population == funnel.count(shared_con, plain, near)
    probability = true_probability(shared_con, plain, "bar_strong", 0.5)
    redshift = shared_con.table(plain.table).df()["redshift"]
    inside = probability[(redshift <= 0.1).to_numpy()].sum()
    row = found.expected.iloc[40]
    assert row["completeness"] == pytest.approx(row["expected"] / inside)
    assert found.expected["galaxies"][0] < whole.expected["galaxies"][0]


def test_votes_judge_the_galaxies_that_have_enough_of_them(shared_con, plain):
    label = "smooth-or-featured_featured-or-disk"
    votes = shared_con.table(plain.votes_table).df().set_index("iauname")
    names = [f"smooth-or-featured_{one}" for one in ("smooth", "artifact")]
    first = votes[[label, *names]]
    enough = first[first.sum(axis=1) >= 20] if len(first) else first
    found = design(shared_con, plain, Selection(), label, 0.5)
    assert found.judged == len(enough)
    table = shared_con.table(plain.table).df().set_index("iauname").loc[enough.index]
    alpha = table[f"{label}_concentration"]
    total = alpha + table[[f"{name}_concentration" for name in names]].sum(axis=1)
    tail = pd.Series(beta(alpha, total - alpha).sf(0.5), enough.index)
    row = found.voted.iloc[59]
    inside = tail >= 0.6
    right = enough[label] > 0.5 * enough.sum(axis=1)
    assert (row["galaxies"], row["right"]) == (inside.sum(), (inside & right).sum())


def test_a_release_without_votes_or_posteriors_says_so(shared_con, passes, fractions):
    assert design(shared_con, passes, Selection(), "bar_strong", 0.5).voted is None
    with pytest.raises(MorphError, match="fractions without posteriors"):
        design(shared_con, fractions, Selection(), "bar_strong", 0.5)


def test_an_empty_selection_is_said_to_be_empty(shared_con, plain):
    nobody = Selection(limits={"bar_strong": (0.97, 1), "bar_weak": (0.9, 1)})
    table = design(shared_con, plain, nobody, "bar_strong", 0.5).expected
    with pytest.raises(MorphError, match="no galaxies are left"):
        cut_for_purity(table, 0.9)
