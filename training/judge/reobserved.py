"""Source pictures retaken as the target survey would have, to judge what learns so.

Such a fit goes on learning from votes, and so comes to disagree with the source model
about any picture. How much, is seen on source pictures retaken; what the model says
otherwise of the target's own pictures of the same galaxies beyond that, the simulation
has missed. Whether it is any better than the source model there, the votes tell.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from morph.posterior.tree import DecisionTree
from training.network.losses import dirichlet_multinomial_nll
from training.pixels.galaxy_images import Galaxies
from training.pixels.random_draws import Draws
from training.surveys.look import measure_look
from training.surveys.reobserve import as_target_sees

_CHUNK = 256


@dataclass(frozen=True)
class Retaken:
    """Pictures of the source survey that were given the target's look.

    ``voted`` are N galaxies with ``votes`` (N, L); ``twins`` those that the target has
    imaged too, if any are named; ``together`` all of them.
    """

    together: Galaxies
    voted: Galaxies
    votes: Tensor
    twins: Galaxies | None


def retake(
    voted: Galaxies, votes: Tensor, twins: Galaxies | None, target: Galaxies, seed: int
) -> Retaken:
    """Give source pictures the look of the target's; all are held in memory.

    Raises
    ------
    MorphError
        If there are too few galaxies to measure the surveys by.
    """
    source = voted if twins is None else _together(voted, twins)
    flux = torch.cat(list(_taken(source, target, seed)))
    if twins is not None:
        twins = replace(twins, flux=flux[len(voted) :])
    voted = replace(voted, flux=flux[: len(voted)])
    return Retaken(replace(source, flux=flux), voted, votes, twins)


def remaining_disagreement(pairs: float, learnt: float) -> float:
    """√(p² − l²) of two disagreements with the source model, 0 where l is larger.

    ``pairs`` is that on the target's pictures, ``learnt`` on the same galaxies' source
    pictures retaken (`training.judge.measures.pair_disagreement`). Had the simulation
    missed nothing, the two would be about equal: looks are measured anew, on fewer
    galaxies.
    """
    return math.sqrt(max(pairs**2 - learnt**2, 0.0))


def nats_a_galaxy(alpha: np.ndarray, votes: Tensor, tree: DecisionTree) -> float:
    """Mean minus log-probability of N galaxies' votes by concentrations (N, L)."""
    told = torch.as_tensor(alpha, device=votes.device)
    return dirichlet_multinomial_nll(told, votes, tree).sum(dim=1).mean().item()


def _together(first: Galaxies, second: Galaxies) -> Galaxies:
    index = pd.concat([first.index, second.index], ignore_index=True)
    return Galaxies(index, torch.cat([first.flux, second.flux]))


def _taken(source: Galaxies, target: Galaxies, seed: int) -> Iterator[Tensor]:
    take = as_target_sees(measure_look(source), measure_look(target))
    device = source.flux.device
    drawn = Draws(torch.Generator(device).manual_seed(seed))
    for rows in torch.arange(len(source), device=device).split(_CHUNK):
        yield take(source.flux[rows], rows, drawn).to(source.flux.dtype)
