"""Configuration of a run: frozen dataclasses, saved as ``config.json`` in its folder.

There are six kinds of run: ``source`` fits a model to volunteers' votes, ``adapt``
adapts a fitted model to a survey without votes, ``finetune`` teaches one a question of
one's own, ``predict`` applies one, ``evaluate`` compares its predictions with known
vote fractions, and ``features`` adds features of a model to an existing release.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from morph.errors import MorphError, SettingError
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
from morph.runs.config_parts import (
    BadPixelsConfig,
    DeviceConfig,
    EvaluateConfig,
    FitConfig,
    ImageConfig,
    MapConfig,
    ModelConfig,
    ReleaseConfig,
    TransferConfig,
)
from morph.runs.data_runs.kinds import DATA_RUNS
from morph.runs.finetuning.config import FinetuneConfig, OwnQuestionConfig
from morph.trees.decision_tree import DEFAULT, DecisionTree, tree_called
from morph.typed_json import name_of, problems, read_dataclass, within


@dataclass(frozen=True)
class SourceConfig:
    """Fit a model to the votes of cutout stores."""

    stores: tuple[str, ...] = name_of("cutout store")  # stores with votes
    kind: Literal["source"] = "source"
    first: int = within(0, 0, 10**9)  # number of galaxies used per store; 0: all
    tree: str = DEFAULT  # decision tree of votes and predictions
    seed: int = within(1926, 0, 2**31 - 1)  # seed of the random numbers
    held_out: float = within(0.05, 0.0, 0.5)  # fraction held out for validation
    # Fewest votes on the first question of galaxies that are learnt from or held out.
    fewest_votes: int = within(0, 0, 10_000)
    calibrate: bool = True  # calibrate concentrations on the held-out votes
    image: ImageConfig = ImageConfig()
    model: ModelConfig = ModelConfig()
    fit: FitConfig = FitConfig(fraction_weight=3.0)
    transfer: TransferConfig = TransferConfig()
    bad_pixels: BadPixelsConfig = BadPixelsConfig()
    device: DeviceConfig = DeviceConfig()
    release: ReleaseConfig | None = None
    evaluate: EvaluateConfig | None = None

    def __post_init__(self) -> None:
        """Raise SettingError for settings that contradict each other."""
        if self.calibrate and not self.held_out:
            raise SettingError(
                "calibrate",
                "calibrate is set, but no galaxies are held out for calibration; set "
                "held_out above 0, or calibrate to false",
            )
        transfer = self.transfer
        frozen = transfer.encoder == "frozen"
        name = "encoder" if frozen else "head_epochs"
        if (frozen or transfer.head_epochs) and self.model.weights is None:
            raise SettingError(
                f"transfer.{name}",
                f"transfer.{name} is {getattr(transfer, name)!r}, but model.weights is "
                "null: a head is not fitted to features of random weights. Name "
                "weights, or leave it out",
            )
        if transfer.head_epochs >= self.fit.epochs:
            raise SettingError(
                "transfer.head_epochs",
                f"transfer.head_epochs is {transfer.head_epochs} of {self.fit.epochs} "
                "epochs, so that the encoder is never fitted; expected fewer, or "
                'transfer.encoder "frozen"',
            )


@dataclass(frozen=True)
class AdaptConfig:
    """Adapt a fitted model to a survey without votes."""

    model_run: str = name_of("run")  # run with the fitted model
    source_stores: tuple[str, ...] = name_of("cutout store")  # images and votes
    target_stores: tuple[str, ...] = name_of("cutout store")  # their votes are not read
    kind: Literal["adapt"] = "adapt"
    method: str = "physical+"  # a preset, or steps joined by "+"
    tree: str = DEFAULT  # decision tree of votes and predictions
    seed: int = within(1926, 0, 2**31 - 1)  # seed of the random numbers
    simulation: SimulationConfig = SimulationConfig()
    # A fit on mock observations for as many epochs as a source fit has by default.
    long_simulation: SimulationConfig = SimulationConfig(FitConfig(learning_rate=2e-3))
    adabn: AdaBNConfig = AdaBNConfig()
    kmeans: KMeansConfig = KMeansConfig()
    joint: JointConfig = JointConfig()
    prototypes: PrototypesConfig = PrototypesConfig()
    information: InformationConfig = InformationConfig()
    pairs: PairsConfig = PairsConfig()
    choice: ChoiceConfig = ChoiceConfig()
    bad_pixels: BadPixelsConfig = BadPixelsConfig()
    device: DeviceConfig = DeviceConfig()
    release: ReleaseConfig | None = None
    evaluate: EvaluateConfig | None = None

    def __post_init__(self) -> None:
        """Raise MorphError unless the method is one."""
        _ = self.steps

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps of the method, in order; MorphError if one is unknown or repeated.

        A step cannot be repeated, since a fit resumes from the files of its name.
        """
        if self.method in PRESETS:
            return PRESETS[self.method]
        steps = tuple(EARLIER.get(step, step) for step in self.method.split("+"))
        unknown = [step for step in steps if step not in get_args(Step)]
        if unknown or len(set(steps)) < len(steps):
            raise SettingError(
                "method",
                f"method is {self.method!r}; expected one of {', '.join(PRESETS)}, or "
                f"steps joined by '+', each once: {', '.join(get_args(Step))}",
            )
        return steps

    @property
    def unused(self) -> set[str]:
        """Names of the settings of steps that the method does not take."""
        unused = {name for name in get_args(Step) if name not in self.steps}
        unused |= {key for key, step in EARLIER.items() if step in unused}
        if "standardise" in self.steps:
            unused.discard("adabn")  # has its number of galaxies
        return unused

    @property
    def learnt_stores(self) -> tuple[str, ...]:
        """Cutout stores used in training, except those of the target."""
        if "distillation" not in self.steps:
            return self.source_stores
        pairs = self.pairs
        return (*self.source_stores, *pairs.source_stores, *pairs.target_stores)

    @property
    def simulates(self) -> bool:
        """Whether a step uses mock observations."""
        joint = "joint" in self.steps and self.joint.retake
        return joint or not {"simulation", "long_simulation"}.isdisjoint(self.steps)


@dataclass(frozen=True, kw_only=True)
class AppliedConfig:
    """What runs that apply a fitted model share, alone or in an ensemble."""

    model_run: str = name_of("run")  # run with the fitted model
    ensemble: tuple[str, ...] = name_of("run", default=())  # runs of the other models
    tree: str = DEFAULT  # decision tree of votes and predictions
    seed: int = within(1926, 0, 2**31 - 1)  # seed of the random numbers
    bad_pixels: BadPixelsConfig = BadPixelsConfig()
    device: DeviceConfig = DeviceConfig()


@dataclass(frozen=True, kw_only=True)
class PredictConfig(AppliedConfig):
    """Apply a fitted model unchanged, alone or in an ensemble."""

    kind: Literal["predict"] = "predict"
    release: ReleaseConfig
    evaluate: EvaluateConfig | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig(AppliedConfig):
    """Evaluate a fitted model, alone or in an ensemble, without a release."""

    kind: Literal["evaluate"] = "evaluate"
    evaluate: EvaluateConfig
    release: ClassVar[None] = None


@dataclass(frozen=True)
class FeaturesConfig:
    """Add features of a model, and a UMAP of them, to an existing release.

    ``release`` is a copy of ``parent`` with both. The model is that of ``model_run``,
    or a pretrained ``encoder``, not fitted to votes.
    """

    parent: str = name_of("release")  # release to add to
    release: ReleaseConfig
    kind: Literal["features"] = "features"
    model_run: str | None = name_of("run", default=None)  # run with the model
    encoder: ModelConfig | None = None
    image: ImageConfig | None = None  # for `encoder`; null: the defaults of a fit
    map: MapConfig | None = None  # additional map; null: the new map replaces the first
    tree: str = DEFAULT  # decision tree of votes and predictions
    seed: int = within(1926, 0, 2**31 - 1)  # seed of the random numbers
    bad_pixels: BadPixelsConfig = BadPixelsConfig()
    device: DeviceConfig = DeviceConfig()
    evaluate: ClassVar[None] = None

    def __post_init__(self) -> None:
        """Raise MorphError unless there is one model, without a contradiction."""
        if (self.model_run is None) == (self.encoder is None):
            raise MorphError(
                "set exactly one of model_run (a run with a fitted model) and encoder "
                "(a pretrained one)"
            )
        if self.model_run is not None and self.image is not None:
            raise MorphError(
                "image applies only to a pretrained encoder, but model_run is given; "
                "remove image"
            )
        if self.encoder is not None and self.encoder.weights is None:
            raise MorphError(
                "encoder.weights is null, and features from random weights are "
                "meaningless; set encoder.weights"
            )
        if self.map is not None and self.release.projection is None:
            raise MorphError(
                f"map is given, {self.map.name!r}, but release.projection is null; "
                "give the settings of the map there, or leave map out"
            )


RunConfig = (
    SourceConfig
    | AdaptConfig
    | PredictConfig
    | EvaluationConfig
    | FeaturesConfig
    | FinetuneConfig
)

# Their titles, by kind, and those of runs that fetch data.
TITLES = {
    "source": "Fit to votes",
    "adapt": "Adaptation to another survey",
    "predict": "Prediction",
    "evaluate": "Evaluation",
    "features": "Features and map",
    "finetune": "Fine-tuning",
} | {kind: run.title for kind, run in DATA_RUNS.items()}
KINDS: dict[str, type] = {config.kind: config for config in get_args(RunConfig)}


def read_config(value: Mapping[str, Any]) -> RunConfig:
    """The configuration from a ``config.json``; MorphError names what is wrong."""
    config = read_dataclass(kind_of(value), value)
    tree_called(config.tree)
    return config


def problems_of(value: Mapping[str, Any]) -> dict[str, str]:
    """Path -> what is wrong with it, of every setting of a ``config.json``.

    The path of a contradiction is "". Without problems, ``read_config`` succeeds.
    """
    try:
        kind = kind_of(value)
    except MorphError as error:
        return {"kind": str(error)}
    found = problems(kind, value)
    try:
        tree_of(value)
    except MorphError as error:
        found.setdefault("tree", str(error))
    return found


def kind_of(value: Mapping[str, Any]) -> type[RunConfig]:
    """The dataclass of a ``config.json``, by its key ``kind``."""
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise MorphError(f"kind is {kind!r}; expected one of: {', '.join(KINDS)}")
    return KINDS[kind]


def tree_of(config: Mapping[str, Any]) -> DecisionTree:
    """The tree of a ``config.json``."""
    if config.get("kind") == FinetuneConfig.kind:
        question = config.get("question")
        return read_dataclass(OwnQuestionConfig, question, at="question").tree
    return tree_called(config.get("tree", DEFAULT))
