"""The surveys of an adaptation: their galaxies, votes and common galaxies."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from lightning_fabric import Fabric
from torch import Tensor, nn

from morph.errors import MorphError
from morph.images.store import CutoutStore
from morph.posterior.tree import DecisionTree
from morph.runs.active_run import Run
from morph.runs.config import AdaptConfig
from training.fit.loop import Fit
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import Galaxies, open_stores, read_galaxies
from training.pixels.votes import read_counts

Judged = Callable[[Fit, Callable[[nn.Module], GalaxyModel]], Fit]


def itself(model: nn.Module) -> GalaxyModel:
    """The model itself, if nothing else is fitted with it."""
    return model


def _not_judged(task: Fit, _model_of: Callable[[nn.Module], GalaxyModel]) -> Fit:
    return task


@dataclass(frozen=True)
class Adaptation:
    """A fitted ``model``, adapted in place, and the target survey's pixels.

    ``unadapted`` is the source model. ``judged`` makes a fit evaluate itself after each
    epoch and select one (`training.judge.choice`); its second argument returns the
    model from the module that is fitted.
    """

    run: Run
    fabric: Fabric
    config: AdaptConfig
    model: GalaxyModel
    unadapted: GalaxyModel
    card: FittedModel
    target: Galaxies
    tree: DecisionTree
    judged: Judged = _not_judged
    # Galaxies by their stores. `dataclasses.replace` keeps the same dictionary, so all
    # steps of a method share what one of them has read.
    read: dict[tuple[str, ...], Galaxies] = field(default_factory=dict, repr=False)

    def galaxies(self, stores: tuple[str, ...]) -> Galaxies:
        """All galaxies of these cutout stores, read once for all steps and epochs."""
        if stores not in self.read:
            self.read[stores] = read_galaxies(
                self.opened(stores), self.fabric.device, self.config.device.pixels
            )
        return self.read[stores]

    def votes(self, stores: tuple[str, ...]) -> Tensor:
        """(N, L) vote counts of all galaxies of these cutout stores, in their order.

        Raises
        ------
        MorphError
            If a store has no votes.
        """
        return read_counts(self.opened(stores), self.tree).to(self.fabric.device)

    def opened(self, stores: tuple[str, ...]) -> list[CutoutStore]:
        """The cutout stores of these names."""
        return open_stores(self.run.root, stores)


def partners(source: pd.DataFrame, target: pd.DataFrame, config: str) -> np.ndarray:
    """(N,) rows of ``source`` that are the galaxies of ``target``, by their name.

    ``config`` is the part of the config that names their stores, for the message.

    Raises
    ------
    MorphError
        If a galaxy has no partner, or several.
    """
    twice = source["iauname"][source["iauname"].duplicated()]
    if len(twice):
        raise MorphError(
            f"{len(twice):,} galaxies occur twice in {config}.source_stores "
            f"(first: {twice.iloc[0]}); each galaxy must occur once"
        )
    row = source.set_index("iauname").index.get_indexer(target["iauname"])
    if (row < 0).any():
        missing = target["iauname"][row < 0]
        raise MorphError(
            f"{len(missing):,} galaxies of {config}.target_stores are not in "
            f"{config}.source_stores (first: {missing.iloc[0]}); name stores of the "
            "same galaxies"
        )
    return row
