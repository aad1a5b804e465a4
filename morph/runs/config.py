"""What a run is told to do: frozen dataclasses, kept as ``config.json`` in its folder.

Four kinds of run: ``source`` fits a model to volunteers' votes, ``adapt`` carries a
fitted model over to a survey without votes, ``predict`` only applies one. Each may end
in a release, and each may be evaluated on galaxies whose vote fractions are known.
``features`` adds a model's features to a release that stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from morph.errors import MorphError
from morph.posterior.tree import DEFAULT, DecisionTree, tree_called
from morph.runs.config_adaptation import (
    EARLIER,
    PRESETS,
    AdaBNConfig,
    ChoiceConfig,
    InformationConfig,
    JointConfig,
    KMeansConfig,
    PairsConfig,
    PrototypesConfig,
    SimulationConfig,
    Step,
)
from morph.runs.config_fields import name_of, within
from morph.runs.config_json import read_dataclass
from morph.runs.config_parts import (
    DeviceConfig,
    EvaluateConfig,
    FitConfig,
    ImageConfig,
    MapConfig,
    ModelConfig,
    ReleaseConfig,
)


@dataclass(frozen=True)
class SourceConfig:
    """Fit a model to the votes of cutout stores."""

    stores: tuple[str, ...] = name_of("cutout store")
    kind: Literal["source"] = "source"
    tree: str = DEFAULT  # decision tree of the votes, and of what is predicted
    seed: int = within(1926, 0, 2**31 - 1)
    held_out: float = within(0.05, 0.0, 0.5)  # share of galaxies that only validate
    calibrate: bool = True  # concentrations, on the held-out galaxies' votes
    image: ImageConfig = ImageConfig()
    model: ModelConfig = ModelConfig()
    fit: FitConfig = FitConfig(fraction_weight=3.0)
    device: DeviceConfig = DeviceConfig()
    release: ReleaseConfig | None = None
    evaluate: EvaluateConfig | None = None


@dataclass(frozen=True)
class AdaptConfig:
    """Carry a fitted model over to a survey without votes."""

    model_run: str = name_of("run")
    source_stores: tuple[str, ...] = name_of("cutout store")
    target_stores: tuple[str, ...] = name_of("cutout store")
    kind: Literal["adapt"] = "adapt"
    method: str = "physical+"  # a preset, or steps joined by "+"
    tree: str = DEFAULT  # decision tree of the votes, and of what is predicted
    seed: int = within(1926, 0, 2**31 - 1)
    simulation: SimulationConfig = SimulationConfig()
    # For longer: as many epochs as a source's fit has by default.
    long_simulation: SimulationConfig = SimulationConfig(FitConfig(learning_rate=2e-3))
    adabn: AdaBNConfig = AdaBNConfig()
    kmeans: KMeansConfig = KMeansConfig()
    joint: JointConfig = JointConfig()
    prototypes: PrototypesConfig = PrototypesConfig()
    information: InformationConfig = InformationConfig()
    pairs: PairsConfig = PairsConfig()
    choice: ChoiceConfig = ChoiceConfig()
    device: DeviceConfig = DeviceConfig()
    release: ReleaseConfig | None = None
    evaluate: EvaluateConfig | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the method does, in order.

        Raises
        ------
        MorphError
            If it is no preset and a part of it is no step, or comes twice: a fit goes
            on from what is saved under its name.
        """
        if self.method in PRESETS:
            return PRESETS[self.method]
        steps = tuple(EARLIER.get(step, step) for step in self.method.split("+"))
        unknown = [step for step in steps if step not in get_args(Step)]
        if unknown or len(set(steps)) < len(steps):
            raise MorphError(
                f"method is {self.method!r}; expected one of {', '.join(PRESETS)}, or "
                f"steps joined by '+', each once: {', '.join(get_args(Step))}"
            )
        return steps

    @property
    def learnt_stores(self) -> tuple[str, ...]:
        """Cutout stores whose galaxies it may learn from, beside the target's."""
        pairs = self.pairs if "distillation" in self.steps else None
        own = (*pairs.source_stores, *pairs.target_stores) if pairs else ()
        return (*self.source_stores, *own)

    @property
    def simulates(self) -> bool:
        """Whether it fits to source pictures retaken as the target would have."""
        on_simulation = {"simulation", "long_simulation"}
        if self.joint.retake:
            on_simulation.add("joint")
        return not on_simulation.isdisjoint(self.steps)


@dataclass(frozen=True)
class PredictConfig:
    """Apply a fitted model as it is, or an ensemble: it and the others together."""

    model_run: str = name_of("run")
    release: ReleaseConfig
    kind: Literal["predict"] = "predict"
    ensemble: tuple[str, ...] = name_of("run", default=())
    tree: str = DEFAULT  # decision tree of the votes, and of what is predicted
    seed: int = within(1926, 0, 2**31 - 1)
    device: DeviceConfig = DeviceConfig()
    evaluate: EvaluateConfig | None = None


@dataclass(frozen=True)
class FeaturesConfig:
    """Attach a model's features, and a map of them, to a release that exists.

    What ``release`` makes is the release ``parent`` once more, with both. The model is
    that of ``model_run``, or a pretrained ``encoder`` as it is, fitted to no votes,
    which sees pictures as ``image`` says (None: as a fit sees them unless told).
    """

    parent: str = name_of("release")
    release: ReleaseConfig
    kind: Literal["features"] = "features"
    model_run: str | None = name_of("run", default=None)
    encoder: ModelConfig | None = None
    image: ImageConfig | None = None
    map: MapConfig | None = None  # a further map; null: the first map is replaced
    tree: str = DEFAULT  # decision tree of the votes, and of what is predicted
    seed: int = within(1926, 0, 2**31 - 1)
    device: DeviceConfig = DeviceConfig()

    def __post_init__(self) -> None:
        """Raise MorphError unless just one model is named, and nothing contradicts it.

        It must have learnt, and a fitted model sees pictures as it was fitted.
        """
        if (self.model_run is None) == (self.encoder is None):
            raise MorphError(
                "name the model whose features are wanted: either model_run, a run "
                "that has fitted one, or encoder, a pretrained one"
            )
        if self.model_run is not None and self.image is not None:
            raise MorphError(
                "image is given beside model_run; that model sees pictures as it was "
                "fitted to, so leave image out (it is for a pretrained encoder)"
            )
        if self.encoder is not None and self.encoder.weights is None:
            raise MorphError(
                "encoder.weights is null; features of random weights say nothing of "
                "galaxies, so name the weights it is to have"
            )
        if self.map is not None and self.release.projection is None:
            raise MorphError(
                f"map is given, {self.map.name!r}, but release.projection is null; "
                "give the settings of the map there, or leave map out"
            )


RunConfig = SourceConfig | AdaptConfig | PredictConfig | FeaturesConfig

KINDS: dict[str, type] = {
    "source": SourceConfig,
    "adapt": AdaptConfig,
    "predict": PredictConfig,
    "features": FeaturesConfig,
}


def read_config(value: Mapping[str, Any]) -> RunConfig:
    """The config that ``value``, the content of a ``config.json``, describes.

    Raises
    ------
    MorphError
        Naming the key, what it was given and what it may be.
    """
    kind = value.get("kind")
    if kind not in KINDS:
        raise MorphError(f"kind is {kind!r}; expected one of: {', '.join(KINDS)}")
    config = read_dataclass(KINDS[kind], value)
    tree_called(config.tree)
    return config


def tree_of(config: Mapping[str, Any]) -> DecisionTree:
    """The tree that the content of a ``config.json`` names, or that is meant."""
    return tree_called(config.get("tree", DEFAULT))
