"""What every method of adaptation is given."""

from dataclasses import dataclass

from lightning_fabric import Fabric

from morph.run_folder import ActiveRun
from morph.tree import DecisionTree
from training.checkpoints import FittedModel
from training.config import AdaptConfig
from training.images import Galaxies
from training.model import GalaxyModel


@dataclass(frozen=True)
class Adaptation:
    """A fitted ``model``, adapted in place, and the target survey's pixels.

    ``unadapted`` is the model as the source survey left it.
    """

    run: ActiveRun
    fabric: Fabric
    config: AdaptConfig
    model: GalaxyModel
    unadapted: GalaxyModel
    card: FittedModel
    target: Galaxies
    tree: DecisionTree
