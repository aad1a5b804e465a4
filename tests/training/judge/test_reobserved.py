"""Mock observations of source galaxies, and measures on them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from morph.trees.decision_tree import GZD5
from training.judge.reobserved import (
    nats_of_galaxies,
    remaining_disagreement,
    reobserve,
)
from training.pixels.galaxy_images import Galaxies
from training.survey_differences.look import measure_look
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
SETUP = SimpleNamespace(
    config=SimpleNamespace(seed=5),
    looks=lambda source, target: (measure_look(source), measure_look(target)),
)


@pytest.fixture(scope="module")
def reobserved():
    return reobserve(SETUP, [VOTED, TWINS], TARGET)


def test_all_have_the_targets_noise(reobserved):
    voted, twins, together = reobserved
    assert len(together) == 160
    for galaxies in (voted, twins):
        assert len(galaxies) == 80 and galaxies.flux.dtype == torch.float16
        noise = noise_level(galaxies.flux).median()
        assert noise == pytest.approx(TARGET_NOISE, rel=0.1)


def test_each_keeps_its_own_noise_beneath(reobserved):
    """Each differs less from its own image than from its neighbour's."""
    for before, after in zip((VOTED, TWINS), reobserved[:2], strict=True):
        assert after.index is before.index
        own, others = before.flux.float(), before.flux.float().roll(1, 0)
        apart = [(after.flux.float() - flux).std() for flux in (own, others)]
        assert apart[0] < 0.95 * apart[1]


def test_the_same_seed_gives_the_same_mock_observations(reobserved):
    again = reobserve(SETUP, [VOTED, TWINS], TARGET)
    torch.testing.assert_close(again[1].flux, reobserved[1].flux)


@pytest.mark.parametrize(
    ("pairs", "learnt", "left"), [(0.5, 0.3, 0.4), (0.3, 0.0, 0.3), (0.3, 0.4, 0.0)]
)
def test_what_was_learnt_is_taken_out_in_squares(pairs, learnt, left):
    assert remaining_disagreement(pairs, learnt) == pytest.approx(left)


def test_one_vote_costs_the_logarithm_of_its_share():
    """One volunteer, one question: −ln(α_a / Σα)."""
    alpha, votes = np.ones((2, len(GZD5.labels))), VOTES[:2].clone()
    columns = GZD5.columns(GZD5.question("disk-edge-on"))
    alpha[0, columns] = (3.0, 1.0)
    votes[0, columns.start] = 1
    assert nats_of_galaxies(alpha, votes, GZD5) == pytest.approx([-np.log(0.75), 0])
