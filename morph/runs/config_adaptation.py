"""The steps of an adaptation, and the settings of each."""

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

# Survey of the batch-norm statistics of a fit on two surveys.
Statistics = Literal["both", "source", "target", "dual"]

# Methods with a name, which is not that of a step; others are steps joined by "+".
PRESETS: dict[str, tuple[Step, ...]] = {
    "none": (),
    "fast": ("adabn",),
    "physical": ("simulation", "adabn"),
    "physical+": ("long_simulation", "adabn"),
    "pairs": ("simulation", "distillation"),
    "paper": ("kmeans",),
}

# Words of the fits of a run: of a source run, and of the steps that fit.
_FITS = {
    "source": "Fit to votes",
    "simulation": "Fit to mock observations",
    "long_simulation": "Long fit to mock observations",
    "joint": "Fit to both surveys",
    "kmeans": "Pseudo-labels from k-means",
    "prototypes": "Soft prototypes",
    "information": "Information maximisation",
    "distillation": "Distillation on pairs",
    "pairs": "Distillation on pairs",
}

# Names of steps in earlier configs.
EARLIER: dict[str, Step] = {"pairs": "distillation"}


def fit_words(name: str) -> str:
    """The words of a fit, by its name in a run's files."""
    return _FITS.get(name, name)


@dataclass(frozen=True)
class SimulationConfig:
    """A fit on mock observations: source images with the target's PSF and noise."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=1e-3)


@dataclass(frozen=True)
class JointConfig:
    """A fit on source votes and target images; see `training.adapt.joint`."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=1e-3)
    # Replace source images by mock observations with the target's PSF and noise.
    retake: bool = True
    # Surveys from which the batch-norm statistics are computed.
    statistics: Statistics = "both"
    # Distance between the features of both surveys, or domain adversary.
    align: Literal["none", "coral", "mmd", "ot", "dare_gram", "adversary"] = "none"
    align_weight: float = within(1.0, 0.0, 1e6)  # weight of the `align` loss
    # Weight of the mean-teacher term of the loss; 0: none.
    teacher_weight: float = within(0.0, 0.0, 1e6)
    # Decay of the averaged weights of the teacher.
    teacher_decay: float = within(0.99, 0.0, 0.99999)

    def __post_init__(self) -> None:
        """Raise MorphError for statistics of images that the fit does not use."""
        if self.statistics == "dual" and self.retake:
            raise MorphError(
                'joint.statistics "dual" needs unmodified source images, but '
                "joint.retake replaces them by mock observations; set joint.retake to "
                "false"
            )
        if self.statistics in ("target", "dual") and not self.uses_target:
            raise MorphError(
                f"joint.statistics is {self.statistics!r}, but this fit uses no target "
                'images; set it to "both" or "source", or set joint.align or '
                "joint.teacher_weight"
            )

    @property
    def uses_target(self) -> bool:
        """Whether target images are part of the loss."""
        return self.align != "none" or self.teacher_weight > 0


@dataclass(frozen=True)
class PrototypesConfig:
    """Soft prototypes of each question; see `training.adapt.prototypes`."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=3e-4)
    components: int = within(64, 1, 4096)  # principal components of the features


@dataclass(frozen=True)
class InformationConfig:
    """Information maximisation; see `training.adapt.information_maximisation`."""

    fit: FitConfig = FitConfig(epochs=3, batch_size=256, learning_rate=2e-4)


@dataclass(frozen=True)
class PairsConfig:
    """Distillation on galaxies in both surveys; see `training.adapt.pairs`."""

    # Source images of galaxies in both surveys.
    source_stores: tuple[str, ...] = name_of("cutout store", default=())
    # Target images of the same galaxies.
    target_stores: tuple[str, ...] = name_of("cutout store", default=())
    fit: FitConfig = FitConfig(epochs=8, learning_rate=1e-3)


@dataclass(frozen=True)
class ChoiceConfig:
    """Model selection without votes; see `training.judge.model_selection`."""

    # Source images of galaxies in both surveys, none of them used in training.
    source_stores: tuple[str, ...] = name_of("cutout store", default=())
    # Target images of the same galaxies.
    target_stores: tuple[str, ...] = name_of("cutout store", default=())
    galaxies: int = within(2048, 64, 10_000_000)  # maximum number per survey
    # Epoch that is kept; "best": that of the smallest `pairs`. Fits to votes, and runs
    # without `source_stores` here, always keep the last one.
    epoch: Literal["best", "last"] = "best"
    # What to do with an adaptation judged harmful.
    harmful: Literal["refuse", "keep"] = "refuse"
    # What to do if it cannot be told whether an adaptation helps.
    unclear: Literal["refuse", "keep"] = "refuse"


@dataclass(frozen=True)
class AdaBNConfig:
    """Batch-norm statistics from a random sample of target galaxies."""

    galaxies: int = within(8192, 2, 10_000_000)  # maximum size of the sample
    # Population of galaxies that the statistics stand for. "source": differences
    # between the populations are estimated from the source's galaxies and removed.
    population: Literal["source", "target"] = "source"


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
    temperature: float = within(0.05, 1e-3, 10.0)  # temperature of the contrastive loss
    # Fraction of galaxies, nearest to each centre, that may get a label.
    nearest_share: float = within(0.1, 1e-3, 1.0)
    # Smallest cosine to the nearest centre for which a galaxy gets a label.
    min_cosine: float = within(0.9, -1.0, 1.0)
    cosine_step: float = within(0.005, 0.0, 1.0)  # min_cosine falls by this each epoch
    follow_tree: bool = False  # cluster only galaxies that probably reach the question
    # "fixed" ones stay at the weights of the head; "tracking" ones follow the centres.
    prototypes: Literal["fixed", "tracking"] = "fixed"
