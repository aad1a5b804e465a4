"""Posteriors against worked values, scipy, and counting every possible vote."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from morph.posterior import beta_tables, dirichlet
from morph.trees.decision_tree import GZD5, DecisionTree, Question
from tests.trees import GZ2

BAR = DecisionTree(
    "bar", (Question("bar", "Bar", ("strong", "weak", "no"), ("S", "W", "N")),)
)
EDGE = DecisionTree("edge", (Question("edge", "Edge", ("yes", "no"), ("Y", "N")),))


def drawn(galaxies: int, tree: DecisionTree = GZD5, seed: int = 0) -> np.ndarray:
    """Concentrations as the network's head can give them, between 1 and 101."""
    logit = np.random.default_rng(seed).normal(-2, 2, (galaxies, len(tree.labels)))
    return 1 + 100 / (1 + np.exp(-logit))


def one_question(*values: float) -> np.ndarray:
    return np.array([values], dtype=float)


@pytest.mark.parametrize(
    ("alpha", "mean", "variance"),
    [
        ((2, 3, 4), (0.2222, 0.3333, 0.4444), (0.017284, 0.022222, 0.024691)),
        ((20, 6, 4), (0.6667, 0.2, 0.1333), (0.007168, 0.005161, 0.003728)),
    ],
)
def test_mean_and_variance_of_worked_examples(alpha, mean, variance):
    alpha = one_question(*alpha)
    np.testing.assert_allclose(
        dirichlet.expected_probability(alpha, BAR)[0], mean, atol=5e-5
    )
    np.testing.assert_allclose(dirichlet.variance(alpha, BAR)[0], variance, atol=5e-7)


def test_mean_and_variance_equal_scipys_dirichlet():
    alpha = drawn(5)
    for question in GZD5.questions:
        columns = GZD5.columns(question)
        mean = dirichlet.expected_probability(alpha, GZD5)[:, columns]
        variance = dirichlet.variance(alpha, GZD5)[:, columns]
        for row in range(len(alpha)):
            posterior = stats.dirichlet(alpha[row, columns])
            np.testing.assert_allclose(mean[row], posterior.mean(), rtol=1e-12)
            np.testing.assert_allclose(variance[row], posterior.var(), rtol=1e-12)


@pytest.mark.parametrize(
    ("answers", "low", "high"),
    [
        (2, 0.0098, 0.9902),
        (3, 0.0049, 0.9806),
        (4, 0.0033, 0.9711),
        (5, 0.0025, 0.9619),
        (6, 0.0020, 0.9528),
    ],
)
def test_concentrations_of_1_to_101_never_reach_0_or_1(answers, low, high):
    names = tuple(str(i) for i in range(answers))
    tree = DecisionTree("one", (Question("q", "Q", names, names),))
    least, most = np.full((1, answers), 101.0), np.ones((1, answers))
    least[0, 0], most[0, 0] = 1, 101
    assert dirichlet.expected_probability(least, tree)[0, 0] == pytest.approx(
        low, abs=1e-4
    )
    assert dirichlet.expected_probability(most, tree)[0, 0] == pytest.approx(
        high, abs=1e-4
    )


def test_answers_of_each_question_sum_to_one():
    probability = dirichlet.expected_probability(drawn(50), GZD5)
    for question in GZD5.questions:
        total = probability[:, GZD5.columns(question)].sum(axis=1)
        np.testing.assert_allclose(total, 1)


def test_total_concentration_is_the_sum_of_a_question():
    alpha = drawn(3)
    total = dirichlet.total_concentration(alpha, GZD5)
    assert total.shape == (3, 10)
    np.testing.assert_allclose(total[:, 1], alpha[:, 3] + alpha[:, 4])
    np.testing.assert_allclose(total[:, 9], alpha[:, 30:].sum(axis=1))


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_tail_is_scipys_beta_survival_function(threshold):
    alpha = drawn(40)
    rest = (
        np.repeat(
            dirichlet.total_concentration(alpha, GZD5),
            [len(q.answers) for q in GZD5.questions],
            axis=1,
        )
        - alpha
    )
    tail = dirichlet.tail_probability(alpha, GZD5, threshold)
    np.testing.assert_allclose(
        tail, stats.beta(alpha, rest).sf(threshold), rtol=1e-9, atol=1e-12
    )


def test_tail_agrees_with_draws_from_the_dirichlet():
    alpha = one_question(6, 3, 1)
    draws = np.random.default_rng(1).dirichlet(alpha[0], 200_000)
    tail = dirichlet.tail_probability(alpha, BAR, 0.5)[0]
    np.testing.assert_allclose(tail, (draws > 0.5).mean(axis=0), atol=5e-3)


def test_two_even_answers_have_a_uniform_posterior():
    alpha = one_question(1, 1)
    assert dirichlet.tail_probability(alpha, EDGE, 0.3)[0] == pytest.approx([0.7, 0.7])


def test_entropy_equals_scipys_dirichlet():
    alpha = drawn(4)
    entropy = dirichlet.entropy(alpha, GZD5)
    for place, question in enumerate(GZD5.questions):
        for row in range(len(alpha)):
            posterior = stats.dirichlet(alpha[row, GZD5.columns(question)])
            assert entropy[row, place] == pytest.approx(posterior.entropy())


def test_entropy_of_a_uniform_posterior_over_two_answers_is_zero():
    assert dirichlet.entropy(one_question(1, 1), EDGE)[0, 0] == pytest.approx(0)


def test_merging_is_asked_after_smooth_or_featured():
    probability = np.zeros((1, 34))
    probability[0, :3] = 0.5, 0.3, 0.2
    asked = dirichlet.asked_probability(probability, GZD5)[0]
    names = [question.name for question in GZD5.questions]
    assert asked[names.index("smooth-or-featured")] == 1
    assert asked[names.index("merging")] == pytest.approx(0.8)
    assert asked[names.index("how-rounded")] == pytest.approx(0.5)


def test_probability_asked_multiplies_down_the_tree():
    probability = np.zeros((1, 34))
    values = {
        "smooth-or-featured_featured-or-disk": 0.9,
        "disk-edge-on_yes": 0.25,
        "disk-edge-on_no": 0.75,
        "has-spiral-arms_yes": 0.6,
    }
    for label, value in values.items():
        probability[0, GZD5.labels.index(label)] = value
    asked = dirichlet.asked_probability(probability, GZD5)[0]
    names = [question.name for question in GZD5.questions]
    assert asked[names.index("edge-on-bulge")] == pytest.approx(0.9 * 0.25)
    assert asked[names.index("bar")] == pytest.approx(0.9 * 0.75)
    assert asked[names.index("spiral-winding")] == pytest.approx(0.9 * 0.75 * 0.6)


def test_asked_equals_the_share_of_volunteers_who_walk_there():
    probability = dirichlet.expected_probability(drawn(1, seed=3), GZD5)
    random = np.random.default_rng(4)
    walkers = 20_000
    chosen = np.zeros((walkers, 34), dtype=bool)
    reached = {}
    for question in GZD5.questions:
        labels = [GZD5.labels.index(label) for label in question.asked_after]
        here = chosen[:, labels].any(axis=1) if labels else np.ones(walkers, bool)
        columns = GZD5.columns(question)
        answers = random.choice(
            len(question.answers), walkers, p=probability[0, columns]
        )
        chosen[here, columns.start + answers[here]] = True
        reached[question.name] = here.mean()
    asked = dirichlet.asked_probability(probability, GZD5)[0]
    np.testing.assert_allclose(asked, list(reached.values()), atol=0.012)


def test_largest_answer_counts_within_its_question():
    probability = np.zeros((1, 34))
    probability[0, [1, 4, 9, 28]] = 1
    largest = dirichlet.largest_answer(probability, GZD5)
    assert largest.dtype == np.int8
    assert largest[0].tolist() == [1, 1, 0, 2, 0, 0, 0, 0, 4, 0]


@pytest.mark.parametrize(
    ("alpha", "votes", "minus_log"),
    [
        ((2, 3, 4), (1, 2, 3), 2.526728),
        ((1, 1, 1), (1, 1, 0), 1.791759),
        ((20, 6, 4), (30, 5, 5), 4.490465),
    ],
)
def test_log_likelihood_of_worked_examples(alpha, votes, minus_log):
    found = dirichlet.log_likelihood(one_question(*alpha), one_question(*votes), BAR)
    assert found.shape == (1, 1)
    assert -found[0, 0] == pytest.approx(minus_log, abs=5e-7)


def test_likelihood_of_every_possible_vote_sums_to_one():
    votes = [k for k in itertools.product(range(6), repeat=3) if sum(k) == 5]
    alpha = np.tile([6.0, 3.0, 1.0], (len(votes), 1))
    found = dirichlet.log_likelihood(alpha, np.array(votes), BAR)
    assert np.exp(found).sum() == pytest.approx(1)


def test_a_question_nobody_answered_costs_exactly_nothing():
    alpha = drawn(20)
    votes = np.zeros_like(alpha)
    votes[:, :3] = 3, 2, 0
    found = dirichlet.log_likelihood(alpha, votes, GZD5)
    assert (found[:, 1:] == 0).all()
    assert (found[:, 0] < 0).all()


def test_log_likelihood_equals_scipys_dirichlet_multinomial():
    alpha = drawn(3)
    votes = np.random.default_rng(2).integers(0, 12, alpha.shape)
    found = dirichlet.log_likelihood(alpha, votes, GZD5)
    for place, question in enumerate(GZD5.questions):
        columns = GZD5.columns(question)
        for row in range(len(alpha)):
            counts = votes[row, columns]
            expected = stats.dirichlet_multinomial.logpmf(
                counts, alpha[row, columns], counts.sum()
            )
            assert found[row, place] == pytest.approx(expected)


def test_total_variance_is_that_of_draws_from_all_passes():
    samples = np.array([[[6.0, 3.0, 1.0]], [[2.0, 20.0, 3.0]]])
    random = np.random.default_rng(5)
    draws = np.concatenate([random.dirichlet(one[0], 200_000) for one in samples])
    np.testing.assert_allclose(
        dirichlet.mixture_mean(samples, BAR)[0], draws.mean(axis=0), atol=2e-3
    )
    np.testing.assert_allclose(
        dirichlet.total_variance(samples, BAR)[0], draws.var(axis=0), atol=1e-3
    )
    np.testing.assert_allclose(
        dirichlet.mixture_tail(samples, BAR, 0.4)[0],
        (draws > 0.4).mean(axis=0),
        atol=3e-3,
    )


def test_one_pass_is_its_own_mixture():
    alpha = drawn(6)
    one = alpha[None]
    np.testing.assert_allclose(
        dirichlet.total_variance(one, GZD5), dirichlet.variance(alpha, GZD5)
    )
    np.testing.assert_allclose(
        dirichlet.mixture_tail(one, GZD5, 0.5),
        dirichlet.tail_probability(alpha, GZD5, 0.5),
    )
    np.testing.assert_allclose(dirichlet.mutual_information(one, GZD5), 0, atol=1e-12)


def test_the_tail_of_many_galaxies_is_that_of_each_pass_alone():
    galaxies, threshold = (
        3000,
        0.3,
    )  # enough for the table of `morph.posterior.beta_tables`
    samples = np.stack([drawn(galaxies, BAR, seed) for seed in range(25)])
    assert samples.size > beta_tables.BULK
    others = samples.sum(axis=2, keepdims=True) - samples
    expected = stats.beta.sf(threshold, samples, others).mean(axis=0)
    found = dirichlet.mixture_tail(samples, BAR, threshold)
    np.testing.assert_allclose(found, expected, rtol=0, atol=beta_tables.TOLERANCE)


def test_passes_that_contradict_each_other_share_all_information():
    certain = 1e9
    samples = np.array([[[certain, 1e-6]], [[1e-6, certain]]])
    found = dirichlet.mutual_information(samples, EDGE)
    assert found[0, 0] == pytest.approx(np.log(2), abs=1e-6)


def test_an_ambiguous_galaxy_on_which_passes_agree_shares_none():
    samples = np.array([[[50.0, 50.0]], [[5.0, 5.0]]])
    assert dirichlet.mutual_information(samples, EDGE)[0, 0] == pytest.approx(0)


@pytest.mark.parametrize(
    "function",
    [
        dirichlet.expected_probability,
        dirichlet.variance,
        dirichlet.total_concentration,
        dirichlet.entropy,
        dirichlet.asked_probability,
        dirichlet.largest_answer,
    ],
)
def test_a_wrong_shape_is_named(function):
    with pytest.raises(ValueError, match=r"shape \(2, 33\); expected \(N, 34\)"):
        function(np.ones((2, 33)), GZD5)
    with pytest.raises(ValueError, match=r"shape \(34,\); expected \(N, 34\)"):
        function(np.ones(34), GZD5)


def test_votes_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="same shape"):
        dirichlet.log_likelihood(np.ones((2, 3)), np.ones((1, 3)), BAR)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_a_concentration_must_be_positive(bad):
    with pytest.raises(ValueError, match="1 values that are not positive"):
        dirichlet.variance(one_question(1, bad, 2), BAR)


def test_a_threshold_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"threshold is 1\.5"):
        dirichlet.tail_probability(one_question(1, 1, 1), BAR, 1.5)


def test_no_galaxies_give_no_rows():
    nothing = np.empty((0, 34))
    assert dirichlet.expected_probability(nothing, GZD5).shape == (0, 34)
    assert dirichlet.tail_probability(nothing, GZD5, 0.5).shape == (0, 34)
    assert dirichlet.entropy(nothing, GZD5).shape == (0, 10)


def test_arguments_are_left_as_they_were():
    alpha = drawn(3).astype(np.float32)
    before = alpha.copy()
    for function in (dirichlet.expected_probability, dirichlet.entropy):
        assert function(alpha, GZD5).dtype == np.float64
    np.testing.assert_array_equal(alpha, before)


def test_three_answers_reach_from_0_005_to_0_981():
    extremes = one_question(1, 101, 101), one_question(101, 1, 1)
    worked = [dirichlet.expected_probability(a, BAR)[0, 0] for a in extremes]
    reached = dirichlet.reachable_probability(3)
    np.testing.assert_allclose(reached, worked)
    np.testing.assert_allclose(reached, (0.005, 0.981), atol=5e-4)


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_a_calibration_moves_what_is_reached(temperature):
    """Against the calibrated fractions of the extremes themselves."""
    for alpha, end in (([1, 101, 101], 0), ([101, 1, 1], 1)):
        share = (np.array(alpha) / np.sum(alpha)) ** (1 / temperature)
        found = dirichlet.reachable_probability(3, temperature=temperature)[end]
        assert found == pytest.approx(share[0] / share.sum())


def test_another_campaigns_tree_needs_no_other_code():
    alpha = drawn(20, GZ2)
    probability = dirichlet.expected_probability(alpha, GZ2)
    assert probability.shape == (20, 37)
    assert dirichlet.entropy(alpha, GZ2).shape == (20, 11)
    votes = np.random.default_rng(0).integers(1, 9, alpha.shape)
    assert (dirichlet.log_likelihood(alpha, votes, GZ2) < 0).all()
    asked = dirichlet.asked_probability(probability, GZ2)
    # Whichever way a galaxy goes down the tree, all but artifacts are asked of oddity.
    np.testing.assert_allclose(asked[:, 9], probability[:, :2].sum(axis=1))


@settings(max_examples=50)
@given(
    arrays(float, (3, 34), elements=st.floats(0.01, 500)),
    st.floats(0.01, 0.99),
)
def test_what_holds_for_any_posterior(alpha, threshold):
    probability = dirichlet.expected_probability(alpha, GZD5)
    assert ((probability > 0) & (probability < 1)).all()
    variance = dirichlet.variance(alpha, GZD5)
    assert ((variance > 0) & (variance <= 0.25)).all()
    tail = dirichlet.tail_probability(alpha, GZD5, threshold)
    assert ((tail >= 0) & (tail <= 1)).all()
    assert (tail <= probability / threshold + 1e-12).all()  # Markov's inequality
    asked = dirichlet.asked_probability(probability, GZD5)
    assert ((asked >= 0) & (asked <= 1)).all()
