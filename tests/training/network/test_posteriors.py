"""Posteriors in torch equal those of the catalogue."""

import numpy as np
import torch

from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.posterior.tree import GZD5
from training.network.posteriors import asked_share, expected_fractions


def test_equal_to_the_catalogues():
    alpha = 1 + 50 * np.random.default_rng(0).random((30, len(GZD5.labels)))
    share = expected_fractions(torch.from_numpy(alpha), GZD5)
    probability = expected_probability(alpha, GZD5)
    np.testing.assert_allclose(share.numpy(), probability, rtol=1e-12)
    np.testing.assert_allclose(
        asked_share(share, GZD5).numpy(), asked_probability(probability, GZD5)
    )
