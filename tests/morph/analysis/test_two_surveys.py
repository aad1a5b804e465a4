"""The example of figure 1: a large, certain spiral that fits into the images."""

import numpy as np
import pandas as pd
import pytest

from morph.analysis import two_surveys
from morph.catalogue import loading, release_table
from morph.catalogue.connection import connect
from morph.posterior.dirichlet import CONCENTRATION_RANGE
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.trees.decision_tree import GZD5, TREES, DecisionTree
from morph.trees.question import Question

SURE = ("smooth-or-featured_featured-or-disk", "disk-edge-on_no", "has-spiral-arms_yes")
NAMES = [f"J0000{i}0.00+330000.0" for i in range(5)]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Four certain spirals of growing radius, and the largest galaxy, a smooth one."""
    root = tmp_path_factory.mktemp("two")
    low, high = CONCENTRATION_RANGE
    alpha = pd.DataFrame(low, index=range(5), columns=list(GZD5.labels))
    for label in SURE:
        alpha.loc[:3, label] = high
    alpha.loc[4, GZD5.labels[0]] = high
    posteriors = alpha.rename(columns=lambda label: f"{label}_concentration")
    assert list(posteriors) == list(posterior_columns(GZD5, "concentration"))
    posteriors.insert(0, "iauname", NAMES)
    table = pd.DataFrame({"iauname": NAMES, "ra": 1.0 + np.arange(5), "dec": 33.0})
    table["radius_arcsec"] = [1.0, 2.0, 3.0, 4.0, 5.0]
    manifest = Manifest("two", "simulated", "bmz", "Two", "", "")
    write_release(root / "two", manifest, table, posteriors)
    with connect(root / "catalogue.duckdb") as con:
        loading.load_release(con, root / "two")
        yield con, release_table.release(con, "two")


@pytest.mark.parametrize(
    ("names", "field", "expected"),
    [
        (NAMES, 60.0, NAMES[3]),
        (NAMES, 25.0, NAMES[2]),  # a radius of 4 arcsec is more than an eighth
        (NAMES[:2] + NAMES[4:], 60.0, NAMES[1]),
        (NAMES, 1.0, NAMES[0]),  # none fits: the most probable, then by name
        (NAMES[4:], 60.0, NAMES[4]),  # no spiral: the least improbable
        ([], 60.0, None),
    ],
)
def test_it_is_the_largest_certain_spiral_that_fits(loaded, names, field, expected):
    con, release = loaded
    assert two_surveys.example(con, release, names, field_arcsec=field) == expected


def test_spiral_arms_and_the_bar_are_shown():
    assert two_surveys.spiral_answer(GZD5) == "has-spiral-arms_yes"
    shown = two_surveys.shown_questions(GZD5)
    assert [question.name for question, _ in shown] == ["has-spiral-arms", "bar"]
    assert [labels for _, labels in shown] == [
        ("has-spiral-arms_yes",),
        ("bar_strong", "bar_weak", "bar_no"),
    ]
    zoo2 = two_surveys.shown_questions(TREES["gz2"])
    assert [question.name for question, _ in zoo2] == ["t04-spiral", "t03-bar"]


def test_a_tree_without_spiral_arms_shows_its_first_answer():
    rings = Question("ring", "Ring", ("yes", "no"), ("Ring", "No ring"))
    tree = DecisionTree("rings", (rings,))
    assert two_surveys.spiral_answer(tree) is None
    assert two_surveys.shown_questions(tree) == ((rings, ("ring_yes", "ring_no")),)
