"""Volunteers: truths that are fractions, votes that walk the tree."""

import numpy as np
import pytest

from data.simulation.population import (
    ARTIFACT,
    DISC,
    EDGE_ON,
    SMOOTH,
    STAR,
    draw_population,
)
from data.simulation.simulated_votes import draw_votes, visibility, vote_fractions
from morph.trees.decision_tree import GZD5


@pytest.fixture(scope="module")
def population():
    return draw_population(6000, np.random.default_rng(4))


@pytest.fixture(scope="module")
def truth(population):
    return vote_fractions(population)


def asked(truth: np.ndarray) -> dict[str, np.ndarray]:
    """Probability that each question is asked, by walking down from the first."""
    reached: dict[str, np.ndarray] = {}
    for question in GZD5.questions:
        ways = [
            reached[GZD5.question_of(label).name] * truth[:, GZD5.labels.index(label)]
            for label in question.asked_after
        ]
        reached[question.name] = sum(ways) if ways else np.ones(len(truth))
    return reached


def column(truth: np.ndarray, label: str) -> np.ndarray:
    return truth[:, GZD5.labels.index(label)]


def test_fractions_of_every_question_sum_to_one(truth):
    assert truth.shape == (6000, 34)
    assert truth.min() >= 0
    for question in GZD5.questions:
        sums = truth[:, GZD5.columns(question)].sum(1)
        assert sums == pytest.approx(np.ones(6000), abs=1e-5)


@pytest.mark.parametrize("question", GZD5.questions, ids=lambda q: q.name)
def test_every_answer_has_clear_examples_that_are_asked(truth, question):
    reached = asked(truth)[question.name] > 0.5
    for label in question.labels:
        clear = reached & (column(truth, label) > 0.6)
        assert clear.sum() >= 60, label  # one in a hundred galaxies


def test_what_a_galaxy_is_decides_what_most_would_say(population, truth):
    kind = population["kind"].to_numpy()
    first = truth[:, :3].argmax(1)
    assert (first[kind == SMOOTH] == 0).mean() > 0.95
    assert (first[kind == ARTIFACT] == 2).all()
    edge_on = (kind == EDGE_ON) & (first == 1)
    assert (column(truth, "disk-edge-on_yes")[edge_on] > 0.5).all()
    face_on = (kind == DISC) & (first == 1)
    assert (column(truth, "disk-edge-on_no")[face_on] > 0.5).all()


@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({"bar": 0.95}, "bar_strong"),
        ({"bar": 0.45}, "bar_weak"),
        ({"bar": 0.0}, "bar_no"),
        ({"bulge": 0.74}, "bulge-size_dominant"),
        ({"bulge": 0.0}, "bulge-size_none"),
        ({"pitch": 11.0}, "spiral-winding_tight"),
        ({"pitch": 40.0}, "spiral-winding_loose"),
        ({"arms": 3}, "spiral-arm-count_3"),
        ({"arms": 6}, "spiral-arm-count_more-than-4"),
        ({"arm_disorder": 1.0}, "spiral-arm-count_cant-tell"),
        ({"disturbance": 0.4}, "merging_minor-disturbance"),
        ({"disturbance": 1.0}, "merging_major-disturbance"),
        ({"companion": 0.8}, "merging_merger"),
        ({"kind": ARTIFACT, "flaw": STAR}, "smooth-or-featured_artifact"),
        ({"kind": EDGE_ON, "bulge": 0.6, "boxiness": 0.9}, "edge-on-bulge_boxy"),
        ({"kind": EDGE_ON, "bulge": 0.6, "boxiness": 0.0}, "edge-on-bulge_rounded"),
        ({"kind": EDGE_ON, "bulge": 0.0}, "edge-on-bulge_none"),
        ({"kind": SMOOTH, "axis_ratio": 0.29}, "how-rounded_cigar-shaped"),
    ],
)
def test_a_clear_property_gives_a_clear_answer(population, changed, label):
    plain = {
        "kind": DISC,
        "mag_r": 16.0,
        "radius_arcsec": 3.5,
        "axis_ratio": 0.9,
        "bulge": 0.39,
        "bar": 0.0,
        "arms": 2,
        "pitch": 21.0,
        "arm_contrast": 0.9,
        "arm_disorder": 0.0,
        "disturbance": 0.0,
        "companion": 0.0,
    }
    galaxy = population.iloc[[0]].assign(**(plain | changed))
    assert column(vote_fractions(galaxy), label)[0] > 0.6


def test_small_faint_galaxies_are_seen_less_well(population):
    large = population.iloc[[0]].assign(mag_r=15.5, radius_arcsec=3.5)
    small = large.assign(radius_arcsec=1.6, mag_r=17.2)
    faint = large.assign(mag_r=18.0)
    seen = [float(visibility(t.to_dict("series"))[0]) for t in (large, small, faint)]
    assert seen[0] > 0.9 > seen[1] and seen[2] < 0.3


def test_votes_walk_down_the_tree(truth):
    votes = draw_votes(truth, np.random.default_rng(0), fewest=5, most=40)
    for question in GZD5.questions:
        asked_of = votes[:, GZD5.columns(question)].sum(1)
        if not question.asked_after:
            assert asked_of.min() == 5 and asked_of.max() == 40
            continue
        leading = [GZD5.labels.index(label) for label in question.asked_after]
        assert (asked_of == votes[:, leading].sum(1)).all()


def test_many_votes_become_the_truth():
    truth = vote_fractions(draw_population(40, np.random.default_rng(8)))
    votes = draw_votes(truth, np.random.default_rng(1), fewest=200_000, most=200_000)
    for question in GZD5.questions:
        columns = GZD5.columns(question)
        total = votes[:, columns].sum(1, keepdims=True)
        enough = total[:, 0] > 5000
        fraction = votes[enough, columns] / total[enough]
        assert enough.any()
        assert np.abs(fraction - truth[enough, columns]).max() < 0.035


def test_votes_hang_on_the_seed_alone(truth):
    def drawn(seed):
        return draw_votes(truth, np.random.default_rng(seed), fewest=5, most=40)

    assert (drawn(3) == drawn(3)).all()
    assert (drawn(3) != drawn(4)).any()
