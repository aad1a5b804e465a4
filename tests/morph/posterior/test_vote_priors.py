"""Posteriors of votes with a prior: conjugate, against the rule of Bayes by hand."""

import numpy as np
import pytest
from scipy import integrate, stats

from morph.errors import MorphError
from morph.posterior import dirichlet
from morph.posterior.vote_fractions import concentrations_of_votes, vote_fractions
from morph.posterior.vote_priors import DEFAULT_PRIOR, PRIORS, prior_called
from morph.trees.decision_tree import GZD5

BAR = GZD5.columns(GZD5.question("bar"))
EDGE_ON = GZD5.columns(GZD5.question("disk-edge-on"))


def votes_on(columns: slice, counts: list[int]) -> np.ndarray:
    votes = np.zeros((1, 34))
    votes[0, columns] = counts
    return votes


@pytest.mark.parametrize("name", PRIORS)
def test_the_mean_is_that_of_bayes_rule_by_integration(name):
    """Two answers, 7 votes to 2: the likelihood times the prior, integrated."""
    a = PRIORS[name].per_answer

    def density(p: float) -> float:
        return stats.binom.pmf(7, 9, p) * stats.beta.pdf(p, a, a)

    norm = integrate.quad(density, 0, 1)[0]
    mean = integrate.quad(lambda p: p * density(p), 0, 1)[0] / norm
    alpha = concentrations_of_votes(votes_on(EDGE_ON, [7, 2]), GZD5, PRIORS[name])
    found = dirichlet.expected_probability(alpha, GZD5)[0, EDGE_ON]
    np.testing.assert_allclose(found, [mean, 1 - mean], rtol=1e-8)


def test_worked_values_of_both_priors():
    votes = votes_on(BAR, [6, 3, 1])
    uniform = concentrations_of_votes(votes, GZD5, PRIORS["uniform"])
    assert uniform[0, BAR].tolist() == [7, 4, 2]
    found = dirichlet.expected_probability(uniform, GZD5)[0, BAR]
    np.testing.assert_allclose(found, [7 / 13, 4 / 13, 2 / 13])
    jeffreys = concentrations_of_votes(votes, GZD5, PRIORS["jeffreys"])
    assert jeffreys[0, BAR].tolist() == [6.5, 3.5, 1.5]


def test_without_votes_it_is_the_prior_and_with_many_the_vote_fractions():
    none = concentrations_of_votes(np.zeros((1, 34)), GZD5, PRIORS["uniform"])
    np.testing.assert_allclose(
        dirichlet.expected_probability(none, GZD5)[0, BAR], [1 / 3] * 3
    )
    votes = np.tile(np.arange(1.0, 35) * 1e6, (1, 1))
    many = concentrations_of_votes(votes, GZD5, PRIORS["jeffreys"])
    np.testing.assert_allclose(
        dirichlet.expected_probability(many, GZD5), vote_fractions(votes, GZD5), 1e-5
    )


def test_the_default_is_uniform_and_every_prior_names_its_source():
    assert prior_called(DEFAULT_PRIOR).words == "uniform, 1 per answer"
    assert PRIORS["jeffreys"].words == "jeffreys, 0.5 per answer"
    assert all(prior.source for prior in PRIORS.values())
    # As the models' concentrations, so that both start from the same ignorance.
    assert prior_called(DEFAULT_PRIOR).per_answer == dirichlet.CONCENTRATION_RANGE[0]
    with pytest.raises(MorphError, match="expected one of: uniform, jeffreys"):
        prior_called("flat")


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_what_is_no_count_is_refused(wrong):
    votes = np.zeros((1, 34))
    votes[0, 3] = wrong
    with pytest.raises(ValueError, match="counts of 0 or more"):
        concentrations_of_votes(votes, GZD5, PRIORS["uniform"])
