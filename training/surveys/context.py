"""What every method of adaptation is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lightning_fabric import Fabric
from torch import Tensor, nn

from morph.images.store import CutoutStore
from morph.posterior.tree import DecisionTree
from morph.runs.active_run import ActiveRun
from morph.runs.config import AdaptConfig
from training.fit.loop import Fit
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import Galaxies, open_stores, read_galaxies
from training.pixels.votes import read_counts

Judged = Callable[[Fit, Callable[[nn.Module], GalaxyModel]], Fit]


def itself(model: nn.Module) -> GalaxyModel:
    """The model, where nothing else is fitted with it."""
    return model


def _not_judged(task: Fit, _model_of: Callable[[nn.Module], GalaxyModel]) -> Fit:
    return task


@dataclass(frozen=True)
class Adaptation:
    """A fitted ``model``, adapted in place, and the target survey's pixels.

    ``unadapted`` is the model as the source survey left it. ``judged`` makes a fit look
    at itself after each epoch and keep the right one (`training.judge.choice`); where
    what is fitted holds the model among other things, it is told how to get at it.
    """

    run: ActiveRun
    fabric: Fabric
    config: AdaptConfig
    model: GalaxyModel
    unadapted: GalaxyModel
    card: FittedModel
    target: Galaxies
    tree: DecisionTree
    judged: Judged = _not_judged
    # What stands in it already, by its stores. `dataclasses.replace` hands the same
    # dictionary on, so all steps of a method share what one of them has read.
    read: dict[tuple[str, ...], Galaxies] = field(default_factory=dict, repr=False)

    def galaxies(self, stores: tuple[str, ...]) -> Galaxies:
        """All galaxies of these cutout stores, where the config keeps pixels.

        They are read once, however many steps and epochs ask for them.
        """
        if stores not in self.read:
            self.read[stores] = read_galaxies(
                self._opened(stores), self.fabric.device, self.config.device.pixels
            )
        return self.read[stores]

    def votes(self, stores: tuple[str, ...]) -> Tensor:
        """(N, L) volunteers' counts of these cutout stores' galaxies, in their order.

        Raises
        ------
        MorphError
            If a store has none.
        """
        return read_counts(self._opened(stores), self.tree).to(self.fabric.device)

    def _opened(self, stores: tuple[str, ...]) -> list[CutoutStore]:
        return open_stores(self.run.root, stores)
