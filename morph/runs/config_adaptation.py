"""The steps of which an adaptation is made, and what each of them is told."""

from dataclasses import dataclass
from typing import Literal

from morph.errors import MorphError
from morph.runs.config_parts import AugmentConfig, FitConfig
from morph.typed_json import name_of, within

Step = Literal[
    "adabn",
    "standardise",
    "simulation",
    "long_simulation",
    "joint",
    "kmeans",
    "prototypes",
    "information",
    "distillation",
]

# Whose means and variances batch norms keep of a fit on two surveys.
Statistics = Literal["both", "source", "target", "dual"]

# Ways to adapt that have a name, none of which is a step's; any other is its steps in
# order, joined by "+".
PRESETS: dict[str, tuple[Step, ...]] = {
    "none": (),
    "fast": ("adabn",),
    "physical": ("simulation", "adabn"),
    "physical+": ("long_simulation", "adabn"),
    "pairs": ("simulation", "distillation"),
    "paper": ("kmeans",),
}

# Among steps joined by "+", earlier configs call this step by its settings' name.
EARLIER: dict[str, Step] = {"pairs": "distillation"}


@dataclass(frozen=True)
class SimulationConfig:
    """Survey simulation: source pictures as the target survey would have taken them."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=1e-3)


@dataclass(frozen=True)
class JointConfig:
    """Source votes and target images in one fit; see `training.adapt.joint`."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=1e-3)
    retake: bool = True  # source pictures as the target survey would take them
    statistics: Statistics = "both"  # see training.network.batch_norm
    align: Literal["none", "coral", "mmd", "ot", "dare_gram", "adversary"] = "none"
    align_weight: float = within(1.0, 0.0, 1e6)
    teacher_weight: float = within(0.0, 0.0, 1e6)  # 0: no teacher
    teacher_decay: float = within(0.99, 0.0, 0.99999)

    def __post_init__(self) -> None:
        """Raise MorphError for statistics of pictures that are never shown."""
        if self.statistics == "dual" and self.retake:
            raise MorphError(
                'joint.statistics is "dual", which keeps a set for the source\'s own '
                "pictures, but joint.retake shows others; set joint.retake to false"
            )
        if self.statistics in ("target", "dual") and not self.uses_target:
            raise MorphError(
                f"joint.statistics is {self.statistics!r}, but nothing is asked of the "
                'target\'s pictures, so none is seen; set it to "both" or "source", or '
                "joint.align or joint.teacher_weight to something"
            )

    @property
    def uses_target(self) -> bool:
        """Whether anything is asked of the target's pictures."""
        return self.align != "none" or self.teacher_weight > 0


@dataclass(frozen=True)
class PrototypesConfig:
    """Soft prototypes, question by question; see `training.adapt.prototypes`."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=3e-4)
    components: int = within(64, 1, 4096)


@dataclass(frozen=True)
class InformationConfig:
    """Information maximisation; see `training.adapt.information_maximisation`."""

    fit: FitConfig = FitConfig(epochs=3, batch_size=256, learning_rate=2e-4)


@dataclass(frozen=True)
class PairsConfig:
    """Distillation on galaxies in both surveys; see `training.adapt.pairs`."""

    source_stores: tuple[str, ...] = name_of("cutout store", default=())
    target_stores: tuple[str, ...] = name_of("cutout store", default=())
    fit: FitConfig = FitConfig(epochs=8, learning_rate=1e-3)


@dataclass(frozen=True)
class ChoiceConfig:
    """Model selection without votes; see `training.judge.choice`.

    The stores are of galaxies imaged by both surveys, none of which teaches by votes or
    as a pair.
    """

    source_stores: tuple[str, ...] = name_of("cutout store", default=())
    target_stores: tuple[str, ...] = name_of("cutout store", default=())
    galaxies: int = within(2048, 64, 10_000_000)  # of each survey, at most
    # Without such galaxies, and of fits held by votes, it is the last.
    epoch: Literal["best", "last"] = "best"
    harmful: Literal["refuse", "keep"] = "refuse"


@dataclass(frozen=True)
class AdaBNConfig:
    """Batch-norm statistics from this many target galaxies, drawn at random."""

    galaxies: int = within(8192, 2, 10_000_000)


@dataclass(frozen=True)
class KMeansConfig:
    """Spherical k-means pseudo-labels (Ye et al. 2025); defaults are the paper's."""

    fit: FitConfig = FitConfig(
        epochs=20,
        batch_size=512,
        learning_rate=1e-6,
        schedule="constant",
        weight_decay=0.01,
        warm_up=0.0,
        augment=AugmentConfig(turn="none", shift=0.0),
    )
    temperature: float = within(0.05, 1e-3, 10.0)
    nearest_share: float = within(0.1, 1e-3, 1.0)
    min_cosine: float = within(0.9, -1.0, 1.0)
    cosine_step: float = within(0.005, 0.0, 1.0)  # min_cosine falls by this each epoch
    follow_tree: bool = False  # each question among galaxies probably asked it
    prototypes: Literal["fixed", "tracking"] = "fixed"
