"""A release with a question more: its tree, its posteriors, and the parent's bytes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import release, tree_of
from morph.errors import MorphError
from morph.release.folder import verify_release, write_release
from morph.release.with_question import (
    NewQuestion,
    from_probabilities,
    release_with_questions,
)
from morph.selection import recipe_json
from morph.selection.funnel import count
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5
from tests.morph.release import test_folder as made

RING = ["Ring", "No ring"]
SOME = made.NAMES[5:9]
ALPHA = np.array([[9.0, 1.0], [1.0, 9.0], [5.0, 5.0], [8.0, 2.0]])


@pytest.fixture
def parent(tmp_path):
    return made.write_whole(tmp_path / "releases" / "test-1")


def question(**other):
    given = {
        "title": "Is there a ring?",
        "answers": RING,
        "names": SOME,
        "concentrations": ALPHA,
    }
    return NewQuestion(**given | other)


def child_of(parent, new, name="child"):
    folder = parent.parent / name
    release_with_questions(
        folder,
        parent,
        (new,),
        changes={"release_id": name, "title": "With rings"},
        provenance={"method": "votes"},
    )
    return folder


LABELS = ("own-is-there-a-ring_ring", "own-is-there-a-ring_no-ring")


def test_the_tree_gains_a_question_that_is_always_asked(parent):
    child = verify_release(child_of(parent, question()))
    tree = tree_of(child)
    assert tree.questions[:-1] == GZD5.questions
    last = tree.questions[-1]
    assert (last.labels, last.words, last.asked_after) == (LABELS, tuple(RING), ())
    assert child.parent_release == "test-1"
    (record,) = child.details.own_questions["made"]
    assert record == {"questions": ["own-is-there-a-ring"], "method": "votes"}


def test_the_known_have_their_posterior_and_the_others_a_flat_one(parent):
    folder = child_of(parent, question())
    table = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
    before = pd.read_parquet(parent / "posteriors.parquet").set_index("iauname")
    columns = [f"{label}_concentration" for label in LABELS]
    pd.testing.assert_frame_equal(table.drop(columns=columns), before)
    np.testing.assert_allclose(table.loc[list(SOME), columns], ALPHA)
    assert (table.drop(index=list(SOME))[columns] == 1).all(axis=None)
    samples = pd.read_parquet(folder / "samples.parquet")
    mine = samples[samples["iauname"] == SOME[0]]
    assert (mine[columns] == ALPHA[0]).all(axis=None) and len(mine) > 1
    for name in ("galaxies.parquet", "features.parquet"):
        assert (folder / name).read_bytes() == (parent / name).read_bytes()


def test_a_release_of_fractions_has_none_of_the_others(tmp_path, parent):
    table = made.posteriors().set_index("iauname")
    fractions = table.rename(columns=lambda c: c.replace("concentration", "fraction"))
    for of in GZD5.questions:
        columns = [f"{label}_fraction" for label in of.labels]
        fractions[columns] = fractions[columns].div(fractions[columns].sum(axis=1), 0)
    folder = parent.parent / "fractions"
    manifest = replace(made.MANIFEST, release_id="fractions", posterior="fraction")
    write_release(folder, manifest, made.galaxies(), fractions.reset_index())
    table = pd.read_parquet(child_of(folder, question()) / "posteriors.parquet")
    found = table.set_index("iauname")[[f"{label}_fraction" for label in LABELS]]
    np.testing.assert_allclose(
        found.loc[list(SOME)], ALPHA / ALPHA.sum(axis=1, keepdims=True)
    )
    assert found.drop(index=list(SOME)).isna().all(axis=None)


def test_it_is_loaded_selected_and_its_selection_read_again(parent, tmp_path):
    folder = child_of(parent, question())
    with connect(tmp_path / "catalogue.duckdb") as con:
        load_release(con, folder)
        loaded = release(con, "child")
        chosen = Selection(limits={LABELS[0]: (0.75, 1.0)}, tree=loaded.tree)
        assert count(con, loaded, chosen) == 2
        written = recipe_json.to_json(chosen)
        assert recipe_json.from_json(written) == chosen


def test_a_second_question_comes_after_the_first(parent):
    first = child_of(parent, question())
    other = question(title="Is it blue?", answers=["Blue", "Ring"])
    second = verify_release(child_of(first, other, "grandchild"))
    tree = tree_of(second)
    assert len(second.details.own_questions["made"]) == 2
    assert [q.title for q in tree.questions[-2:]] == ["Is there a ring?", "Is it blue?"]
    # an answer in words that is there already is told apart
    assert tree.questions[-1].words == ("Blue", "Ring (Is it blue?)")
    again = tree_of(verify_release(child_of(first, question(), "again")))
    assert [q.name for q in again.questions[-2:]] == [
        "own-is-there-a-ring",
        "own-is-there-a-ring-2",
    ]


def test_means_and_numbers_of_votes_are_kept():
    posterior = np.array([[0.9, 0.1], [1.0, 0.0]])
    alpha = from_probabilities(posterior, np.array([8, 3]))
    np.testing.assert_allclose(alpha[0], [9, 1])
    assert alpha[1].min() > 0
    counts = np.array([[3, 1]])
    plain = (counts + 1) / 6
    np.testing.assert_allclose(
        from_probabilities(plain, counts.sum(axis=1)), counts + 1
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"names": ["J1", "J2", "J3", "J4"]}, "none of the 4 galaxies"),
        ({"names": [SOME[0]] * 4}, "twice"),
        ({"concentrations": ALPHA[:3]}, "expected"),
        ({"concentrations": ALPHA * 0}, "above 0"),
    ],
)
def test_what_is_not_possible_is_refused(parent, wrong, words):
    with pytest.raises(MorphError, match=words):
        child_of(parent, question(**wrong))
    assert not (parent.parent / "child" / "manifest.json").exists()
