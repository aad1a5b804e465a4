"""Mock observations of source galaxies, and measures on them."""

import numpy as np
import pandas as pd
import pytest
import torch

from morph.trees.decision_tree import GZD5
from training.judge.reobserved import nats_a_galaxy, remaining_disagreement, reobserve
from training.pixels.galaxy_images import Galaxies
from training.survey_differences.noise import noise_level

SIZE, SOURCE_NOISE, TARGET_NOISE = 32, 0.01, 0.03


def sky(galaxies: int, noise: float, *, seed: int) -> Galaxies:
    """Round galaxies of one brightness on white noise."""
    generator = torch.Generator().manual_seed(seed)
    x, y = np.indices((SIZE, SIZE)) - SIZE // 2
    light = torch.tensor(np.exp(-(x**2 + y**2) / 18), dtype=torch.float32)
    flux = light + noise * torch.randn(galaxies, 3, SIZE, SIZE, generator=generator)
    index = pd.DataFrame(
        {"ra": np.linspace(0, 10, galaxies), "dec": np.linspace(40, 50, galaxies)}
    )
    return Galaxies(index, flux.half())


VOTED, TWINS = (sky(80, SOURCE_NOISE, seed=seed) for seed in (1, 2))
TARGET = sky(120, TARGET_NOISE, seed=3)
VOTES = torch.zeros(80, len(GZD5.labels))


@pytest.fixture(scope="module")
def reobserved():
    return reobserve(VOTED, VOTES, TWINS, TARGET, seed=5)


def test_all_have_the_targets_noise(reobserved):
    for galaxies in (reobserved.voted, reobserved.twins):
        assert len(galaxies) == 80 and galaxies.flux.dtype == torch.float16
        noise = noise_level(galaxies.flux).median()
        assert noise == pytest.approx(TARGET_NOISE, rel=0.1)


def test_each_keeps_its_own_noise_beneath(reobserved):
    """Each differs less from its own image than from its neighbour's."""
    for before, after in ((VOTED, reobserved.voted), (TWINS, reobserved.twins)):
        assert after.index is before.index
        own, others = before.flux.float(), before.flux.float().roll(1, 0)
        apart = [(after.flux.float() - flux).std() for flux in (own, others)]
        assert apart[0] < 0.95 * apart[1]


def test_the_same_seed_gives_the_same_mock_observations(reobserved):
    again = reobserve(VOTED, VOTES, TWINS, TARGET, seed=5)
    torch.testing.assert_close(again.twins.flux, reobserved.twins.flux)


def test_without_galaxies_of_both_surveys_there_are_no_twins():
    found = reobserve(VOTED, VOTES, None, TARGET, seed=5)
    assert found.twins is None and len(found.voted) == 80


@pytest.mark.parametrize(
    ("pairs", "learnt", "left"), [(0.5, 0.3, 0.4), (0.3, 0.0, 0.3), (0.3, 0.4, 0.0)]
)
def test_what_was_learnt_is_taken_out_in_squares(pairs, learnt, left):
    assert remaining_disagreement(pairs, learnt) == pytest.approx(left)


def test_one_vote_costs_the_logarithm_of_its_share():
    """One volunteer, one question: −ln(α_a / Σα); the mean over two galaxies."""
    alpha, votes = np.ones((2, len(GZD5.labels))), VOTES[:2].clone()
    columns = GZD5.columns(GZD5.question("disk-edge-on"))
    alpha[0, columns] = (3.0, 1.0)
    votes[0, columns.start] = 1
    assert nats_a_galaxy(alpha, votes, GZD5) == pytest.approx(-np.log(0.75) / 2)
