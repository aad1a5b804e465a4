"""The context of an adaptation's steps: model, target, and how a fit is done."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from lightning_fabric import Fabric
from torch import Tensor, nn

from morph.errors import MorphError
from morph.images.store import CutoutStore
from morph.runs.active_run import Run
from morph.runs.config import AdaptConfig
from morph.runs.config_parts import FitConfig
from morph.trees.decision_tree import DecisionTree
from training.fit.loop import Fit, OutputLoss, fit, loss_of_images
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import Galaxies, open_stores, read_galaxies
from training.pixels.store_counts import read_counts
from training.survey_differences.look import SurveyLook, measure_look


@dataclass(frozen=True)
class Adaptation:
    """A fitted ``model``, adapted in place, and the target survey's pixels.

    ``unadapted`` is the source model. ``judged`` makes a fit evaluate itself after each
    epoch and select one (`training.judge.model_selection`).
    """

    run: Run
    fabric: Fabric
    config: AdaptConfig
    model: GalaxyModel
    unadapted: GalaxyModel
    card: FittedModel
    target: Galaxies
    tree: DecisionTree
    judged: Callable[[Fit], Fit] = lambda task: task
    # Names of source galaxies whose votes no fit may learn.
    held_out: frozenset[str] = frozenset()
    # If the target has another population: source galaxies drawn to have that one; and
    # mock observations of others with weights (N,) with which they have it, see
    # `training.adapt.feature_statistics`.
    alike: Galaxies | None = None
    population: tuple[Galaxies, Tensor] | None = None
    # Galaxies by their stores. `dataclasses.replace` keeps the same dictionary, so all
    # steps of a method share what one of them has read.
    read: dict[tuple[str, ...], Galaxies] = field(default_factory=dict, repr=False)

    def fit(self, task: Fit, module: nn.Module | None = None) -> None:
        """Fit ``module``, which has the model as its ``model``, or the model alone."""
        fit(self.run, self.fabric, module or self.model, self.judged(task))

    def task(
        self, name: str, galaxies: Galaxies, config: FitConfig, loss: OutputLoss
    ) -> Fit:
        """The fit of all these galaxies by the loss of their augmented images."""
        return Fit(
            name,
            lambda _epoch: galaxies.usable,
            loss_of_images(galaxies, self.card.image, config.augment, loss),
            config,
            self.config.seed,
            galaxies=galaxies,
        )

    def galaxies(self, stores: tuple[str, ...]) -> Galaxies:
        """All galaxies of these cutout stores, read once for all steps and epochs."""
        if stores not in self.read:
            self.read[stores] = read_galaxies(
                self.opened(stores),
                self.fabric.device,
                self.config.device.pixels,
                most_bad=self.config.bad_pixels.most,
            )
        return self.read[stores]

    def votes(self, stores: tuple[str, ...]) -> Tensor:
        """(N, L) vote counts of all galaxies of these stores, as `read_counts`."""
        return read_counts(self.opened(stores), self.tree).to(self.fabric.device)

    def looks(
        self, source: Galaxies, target: Galaxies
    ) -> tuple[SurveyLook, SurveyLook, SurveyLook]:
        """The looks for mock observations of source galaxies: theirs, the target's, and
        that of source galaxies of the target's population, see `mock_observer`.
        """
        look = measure_look(source)
        alike = look if self.alike is None else measure_look(self.alike)
        return look, measure_look(target), alike

    def learnt_rows(self, galaxies: Galaxies) -> np.ndarray:
        """Rows of the usable galaxies whose votes may be learnt."""
        free = np.flatnonzero(~galaxies.index["iauname"].isin(self.held_out))
        return np.intersect1d(free, galaxies.usable)

    def opened(self, stores: tuple[str, ...]) -> list[CutoutStore]:
        """The cutout stores of these names."""
        return open_stores(self.run.root, stores, self.card.image)


def partners(source: pd.DataFrame, target: pd.DataFrame, config: str) -> np.ndarray:
    """(N,) rows of ``source`` with the galaxies of ``target``: one each, by name.

    ``config`` is the part of the config that names their stores, for the message.
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
