"""Mock observations of source galaxies, to judge models that learn from them.

Such models learn from votes and therefore disagree with the source model on any image.
This part of the disagreement is measured on mock observations; what remains on the
target's images of the same galaxies is due to errors of the simulation. The votes show
whether the model is better than the source model on mock observations.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from morph.trees.decision_tree import DecisionTree
from training.network.losses import dirichlet_multinomial_nll
from training.pixels.galaxy_images import Galaxies
from training.pixels.random_draws import Draws
from training.survey_differences.look import measure_look
from training.survey_differences.reobserve import mock_observer

_CHUNK = 256


@dataclass(frozen=True)
class Reobserved:
    """Mock observations in the target survey of source galaxies.

    ``voted`` are N galaxies with ``votes`` (N, L); ``twins`` those imaged by both
    surveys, if any are named; ``together`` all of them.
    """

    together: Galaxies
    voted: Galaxies
    votes: Tensor
    twins: Galaxies | None


def reobserve(
    voted: Galaxies, votes: Tensor, twins: Galaxies | None, target: Galaxies, seed: int
) -> Reobserved:
    """Make mock observations, all in memory; MorphError for too few galaxies."""
    source = voted
    if twins is not None:
        index = pd.concat([voted.index, twins.index], ignore_index=True)
        source = Galaxies(index, torch.cat([voted.flux, twins.flux]), voted.pixel)
    observe = mock_observer(measure_look(source), measure_look(target))
    device, dtype = source.flux.device, source.flux.dtype
    drawn = Draws(torch.Generator(device).manual_seed(seed))
    chunks = torch.arange(len(source), device=device).split(_CHUNK)
    observed = (observe(source.flux[c], c, drawn) for c in chunks)
    most = torch.finfo(dtype).max  # larger ones would be infinite
    flux = torch.cat([one.clamp(-most, most).to(dtype) for one in observed])
    if twins is not None:
        twins = replace(twins, flux=flux[len(voted) :])
    voted = replace(voted, flux=flux[: len(voted)])
    return Reobserved(replace(source, flux=flux), voted, votes, twins)


def remaining_disagreement(pairs: float, learnt: float) -> float:
    """√(p² − l²) of two disagreements with the source model, 0 where l is larger.

    ``pairs`` is that on target images, ``learnt`` that on mock observations of the same
    galaxies (`training.judge.label_free_measures.pair_disagreement`). For a perfect
    simulation the two would be about equal: the surveys are measured again, on fewer
    galaxies.
    """
    return math.sqrt(max(pairs**2 - learnt**2, 0.0))


def nats_a_galaxy(alpha: np.ndarray, votes: Tensor, tree: DecisionTree) -> float:
    """Mean negative log-likelihood of N galaxies' votes under concentrations (N, L)."""
    concentration = torch.as_tensor(alpha, device=votes.device)
    nll = dirichlet_multinomial_nll(concentration, votes, tree)
    return nll.sum(dim=1).mean().item()
