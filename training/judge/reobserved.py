"""Mock observations of source galaxies, to judge and calibrate adapted models.

Their votes are known, so they show how well a model would do on the target, as far as
the simulation is right. Those of galaxies held out of all fits (or, where none are
known, of the adaptation) help to decide whether it helps, and recalibrate it. A model
that learns from votes disagrees with
the source model on any image; this part of the disagreement is measured on mock
observations, and what remains on the target's images of the same galaxies is due to
errors of the simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from morph.trees.decision_tree import DecisionTree
from training.network.losses import dirichlet_multinomial_nll
from training.pixels.galaxy_images import Galaxies
from training.pixels.random_draws import Draws
from training.survey_differences.adaptation_context import Adaptation
from training.survey_differences.reobserve import mock_observer

_CHUNK = 256


@dataclass(frozen=True)
class Reobserved:
    """Mock observations in the target survey of source galaxies.

    ``population`` is a random sample of the source, ``held_out`` galaxies whose votes
    no adaptation learns, with ``votes`` (N, L); ``twins`` those imaged by both surveys,
    if any are named; ``together`` all of them.
    """

    together: Galaxies
    population: Galaxies
    held_out: Galaxies
    votes: Tensor
    twins: Galaxies | None


def reobserve(
    setup: Adaptation, parts: Sequence[Galaxies], target: Galaxies
) -> list[Galaxies]:
    """Mock observations of these sets of source galaxies, and of all of them together.

    All in memory; MorphError for too few galaxies.
    """
    index = pd.concat([part.index for part in parts], ignore_index=True)
    source = Galaxies(index, torch.cat([part.flux for part in parts]), parts[0].pixel)
    observe = mock_observer(*setup.looks(source, target))
    device, dtype = source.flux.device, source.flux.dtype
    drawn = Draws(torch.Generator(device).manual_seed(setup.config.seed))
    chunks = torch.arange(len(source), device=device).split(_CHUNK)
    observed = (observe(source.flux[c], c, drawn) for c in chunks)
    most = torch.finfo(dtype).max  # larger ones would be infinite
    flux = torch.cat([one.clamp(-most, most).to(dtype) for one in observed])
    several = flux.split([len(part) for part in parts])
    found = [replace(p, flux=f) for p, f in zip(parts, several, strict=True)]
    return [*found, replace(source, flux=flux)]


def remaining_disagreement(pairs: np.ndarray, learnt: np.ndarray) -> np.ndarray:
    """√(p² − l²) of two disagreements with the source model, 0 where l is larger.

    ``pairs`` is that on target images, ``learnt`` that on mock observations of the same
    galaxies (`training.judge.label_free_measures.pair_disagreement`). For a perfect
    simulation the two would be about equal: the surveys are measured again, on fewer
    galaxies.
    """
    return np.sqrt(np.maximum(np.square(pairs) - np.square(learnt), 0.0))


def nats_of_galaxies(
    alpha: np.ndarray, votes: Tensor, tree: DecisionTree
) -> np.ndarray:
    """(N,) negative log-likelihoods of votes (N, L) under concentrations (N, L)."""
    concentration = torch.as_tensor(alpha, device=votes.device)
    nll = dirichlet_multinomial_nll(concentration, votes, tree)
    return nll.sum(dim=1).cpu().numpy()
