"""What every method of adaptation is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lightning_fabric import Fabric
from torch import Tensor, nn

from morph.cutouts import CutoutStore
from morph.run_folder import ActiveRun
from morph.tree import DecisionTree
from training.checkpoints import FittedModel
from training.config import AdaptConfig
from training.images import Galaxies, open_stores, read_galaxies
from training.loop import Fit
from training.model import GalaxyModel
from training.votes import read_counts

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
    at itself after each epoch and keep the right one (`training.choice`); where what is
    fitted holds the model among other things, it is told how to get at it.
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
