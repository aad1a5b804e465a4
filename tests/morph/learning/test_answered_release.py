"""A learnt question becomes part of a release, and pages' queries work on it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.synthetic.release import synthetic_release
from morph.analysis import agreement
from morph.catalogue import connection, release_table
from morph.catalogue.arrays import arrays
from morph.catalogue.loading import load_release
from morph.errors import MorphError
from morph.labels.label_question import question
from morph.learning.answered_release import Learnt, write_answered_release
from morph.learning.fit_task import FitResult
from morph.learning.judging.evaluation_results import Estimate, Evaluation, Judged
from morph.learning.training_labels import training_labels
from morph.release.folder import read_manifest, verify_release
from morph.selection.funnel import count
from morph.selection.selection import Selection
from tests.morph.labels.acts import act

RING = question("Is there a ring?", "one", ["Ring", "No ring"])
ROC = Judged("roc", Estimate(0.9, 0.8, 0.95), 0.5)
LEARNT = Evaluation((ROC,), 20, {"Ring": 8, "No ring": 12})
CHANCE = Evaluation(
    (Judged("roc", Estimate(0.5, 0.4, 0.6), 0.5),), 20, {"Ring": 8, "No ring": 12}
)
LABEL = "own-ring_ring"
KINDS = {
    "plain": {"votes": True, "features": 8},
    "passes": {"passes": 3},
    "fractions": {"fractions": True},
}


@pytest.fixture(scope="module")
def parents(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("parents")
    for name, kind in KINDS.items():
        synthetic_release(folder / name, galaxies=200, release_id=name, **kind)
    return folder


def names(folder: Path) -> list[str]:
    return pd.read_parquet(folder / "galaxies.parquet")["iauname"].tolist()


def learnt(parent: Path, evaluation=LEARNT, unknown=0):
    """Twenty galaxies labelled by Ann, ten of them by Bob; posteriors at random."""
    some = names(parent)[:20]
    acts = [act("ann", n, "Ring" if i < 8 else "No ring") for i, n in enumerate(some)]
    acts += [act("bob", name, "Ring") for name in some[:8]]
    acts += [act("bob", name, "No ring") for name in some[8:10]]
    acts += [act("bob", some[0]), act("bob", some[0], "Ring")]
    labels = training_labels(RING, acts, set(some), release_id=parent.name)
    alpha = np.random.default_rng(1).uniform(0.5, 20, (200, 2)).astype(np.float32)
    alpha[200 - unknown :] = np.nan
    result = FitResult({"alpha_0": alpha}, (0.1,), (evaluation,))
    return Learnt(RING, labels.problems, result, tuple(acts), "", labels.names)


def written(parents, name, tmp_path, **more):
    folder = tmp_path / "child"
    one = learnt(parents / name, **more)
    made = write_answered_release(
        folder, parents / name, one, release_id="child", short="Ring"
    )
    return folder, made, one.result.ranks["alpha_0"]


@pytest.fixture
def con(tmp_path):
    with connection.connect(tmp_path / "c.duckdb", workspace=tmp_path / "w") as con:
        yield con


def test_the_files_are_those_of_the_parent_with_one_question_more(parents, tmp_path):
    folder, made, alpha = written(parents, "plain", tmp_path)
    assert verify_release(folder) == made == read_manifest(folder)
    assert (made.parent_release, made.tree, made.not_learnt) == ("plain", "gzd5", ())
    before = pd.read_parquet(parents / "plain" / "posteriors.parquet")
    after = pd.read_parquet(folder / "posteriors.parquet")
    assert after.iloc[:, :35].equals(before)
    own = [f"{LABEL}_concentration", "own-ring_no-ring_concentration"]
    assert (after[own].to_numpy() == alpha).all()
    for name in ("galaxies.parquet", "features.parquet"):
        assert (folder / name).read_bytes() == (parents / "plain" / name).read_bytes()


def test_its_manifest_tells_how_it_was_learnt(parents, tmp_path):
    folder, made, _ = written(parents, "plain", tmp_path)
    (one,) = made.details.own_questions["learnt"]
    assert (one["labels"], one["people"], one["digest"]) == (20, 2, RING.digest)
    assert one["evaluation"][0]["judged"][0]["model"]["value"] == 0.9
    assert "Bayesian bootstrap" in one["how"]
    assert "learnt from 20 labels" in made.title
    card = (folder / "own-ring_card.md").read_text()
    assert "0.900 (0.800 to 0.950)" in card and "labelled by 2 people" in card
    rows = pd.read_csv(folder / "own-ring_labels.csv")
    assert len(rows) == 30 and set(rows["person"]) == {1, 2}
    assert "ann" not in (folder / "own-ring_labels.csv").read_text()
    json.loads((folder / "manifest.json").read_text(), parse_constant=pytest.fail)


def test_labels_join_the_votes(parents, tmp_path):
    folder, _, _ = written(parents, "plain", tmp_path)
    before = pd.read_parquet(parents / "plain" / "votes.parquet").set_index("iauname")
    after = pd.read_parquet(folder / "votes.parquet").set_index("iauname")
    some = names(parents / "plain")[:20]
    assert after.loc[some, LABEL].tolist() == [2] * 8 + [0] * 12
    assert after.loc[some, "own-ring_no-ring"].tolist() == [0] * 8 + [2] * 2 + [1] * 10
    assert set(after.index) == set(before.index) | set(some)
    assert after.loc[before.index, before.columns].equals(before)


def test_galaxies_without_features_get_the_shares_of_the_labels(parents, tmp_path):
    folder, made, _ = written(parents, "plain", tmp_path, unknown=7)
    after = pd.read_parquet(folder / "posteriors.parquet").iloc[-7:, -2:].to_numpy()
    assert after == pytest.approx(np.tile(2 * np.array([8.5, 12.5]) / 21, (7, 1)))
    assert "7 galaxies: shares of the answers" in made.note


def test_what_is_not_learnt_is_marked(parents, tmp_path):
    _, made, _ = written(parents, "plain", tmp_path, evaluation=CHANCE)
    assert made.not_learnt == ("own-ring",)
    assert "not better than chance" in made.note


@pytest.mark.parametrize("name", KINDS)
def test_it_is_loaded_and_selected_by_the_new_answer(parents, tmp_path, con, name):
    folder, _, alpha = written(parents, name, tmp_path)
    loaded = load_release(con, folder)
    fraction = alpha[:, 0] / alpha.sum(axis=1)
    (stored,) = arrays(con, loaded, [f"{LABEL}_probability"])
    assert stored == pytest.approx(fraction, rel=1e-5)
    rings = Selection({LABEL: (0.6, 1.0)}, tree=loaded.tree)
    assert count(con, loaded, rings) == (fraction >= 0.6).sum()
    assert loaded.passes == {"passes": 3}.get(name, 1)


def test_parent_and_child_are_compared_on_what_both_have(parents, tmp_path, con):
    folder, _, _ = written(parents, "plain", tmp_path)
    child, parent = load_release(con, folder), load_release(con, parents / "plain")
    for one, other in ((child, parent), (parent, child)):
        found = agreement.agreement(con, one, other, Selection(tree=other.tree))
        assert found.shared == 200
        assert found.questions["question"].tolist() == [
            question.name for question in parent.tree.questions
        ]
        known = found.questions["galaxies"] > 0
        assert (found.questions.loc[known, "share"] == 1).all()


def test_a_second_question_joins_the_first(parents, tmp_path, con):
    folder, _, _ = written(parents, "plain", tmp_path)
    one = learnt(parents / "plain")
    again = tmp_path / "again"
    made = write_answered_release(again, folder, one, release_id="again", short="Ring")
    assert [q.name for q in load_release(con, again).tree.own_questions] == [
        "own-ring",
        "own-ring-2",
    ]
    assert len(made.details.own_questions["learnt"]) == 2
    assert {"own-ring_card.md", "own-ring-2_card.md"} <= set(made.files)


def test_a_release_loaded_again_from_a_catalogue_keeps_its_tree(parents, tmp_path, con):
    folder, _, _ = written(parents, "plain", tmp_path)
    load_release(con, folder)
    assert release_table.release(con, "child").tree.labels[-2] == LABEL


def test_the_name_of_the_parent_is_refused(parents, tmp_path):
    with pytest.raises(MorphError, match="cannot be its own parent"):
        write_answered_release(
            tmp_path / "x",
            parents / "plain",
            learnt(parents / "plain"),
            release_id="plain",
            short="Ring",
        )
