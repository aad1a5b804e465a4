"""What a run is told to do: frozen dataclasses, kept as ``config.json`` in its folder.

Four kinds of run: ``source`` fits a model to volunteers' votes, ``adapt`` carries a
fitted model over to a survey without votes, ``predict`` only applies one. Each may end
in a release, and each may be evaluated on galaxies whose vote fractions are known.
``features`` adds a model's features to a release that stands.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any, Literal, get_args

from morph.errors import MorphError
from training.checked_json import read_dataclass

Step = Literal[
    "adabn",
    "standardise",
    "simulation",
    "joint",
    "kmeans",
    "prototypes",
    "information",
    "pairs",
]

# Whose means and variances batch norms keep of a fit on two surveys.
Statistics = Literal["both", "source", "target", "dual"]

# Ways to adapt that have a name; any other is its steps in order, joined by "+".
PRESETS: dict[str, tuple[Step, ...]] = {
    "none": (),
    "fast": ("adabn",),
    "physical": ("simulation", "adabn"),
    "physical+": ("joint", "adabn"),
    "pairs": ("simulation", "pairs"),
    "paper": ("kmeans",),
}


def _within(default: Any, low: float, high: float) -> Any:
    """A field whose value must lie in [low, high]."""
    return field(default=default, metadata={"range": (low, high)})


def _name(what: str, default: Any = MISSING) -> Any:
    """A field that names one folder (or several) under MORPH_HOME."""
    return field(default=default, metadata={"names": what})


@dataclass(frozen=True)
class ImageConfig:
    """How fluxes become what the encoder sees."""

    input: Literal["asinh", "raw"] = "asinh"
    q: float = _within(
        20.0, 0.1, 1000.0
    )  # stretch: 20 as the viewer, 50 as the authors


@dataclass(frozen=True)
class ModelConfig:
    """The network: "small" is our own, any other name is one of timm's.

    ``weights`` are what the encoder starts from: a .safetensors file on this machine,
    "timm" for timm's own, "hf-hub:OWNER/REPOSITORY" (with "@REVISION" where it is not
    the main one), or nothing.
    """

    encoder: str = "small"
    weights: str | None = None
    dropout: float = _within(0.2, 0.0, 0.9)  # before the head
    drop_path: float = _within(0.0, 0.0, 0.9)  # stochastic depth of timm's encoders


@dataclass(frozen=True)
class AugmentConfig:
    """How pictures are laid anew each time they are learnt from."""

    turn: Literal["none", "quarter", "any"] = "quarter"
    shift: float = _within(2.0, 0.0, 64.0)  # pixels, to either side
    zoom: float = _within(0.0, 0.0, 0.5)  # natural logarithm of the factor, either way


@dataclass(frozen=True)
class FitConfig:
    """One run of the optimiser: AdamW, linear warm-up, then a cosine to zero."""

    epochs: int = _within(20, 1, 10_000)
    batch_size: int = _within(32, 2, 65_536)
    learning_rate: float = _within(3e-3, 1e-9, 1.0)
    schedule: Literal["cosine", "constant"] = "cosine"  # after the warm-up
    weight_decay: float = _within(0.02, 0.0, 1.0)
    warm_up: float = _within(0.2, 0.0, 0.9)  # share of all steps
    clip_norm: float = _within(1.0, 1e-6, 1e6)
    fraction_weight: float = _within(0.0, 0.0, 100.0)  # see losses.fraction_nll
    question_weights: Literal["none", "asked"] = "none"  # see losses.question_weights
    average: float = _within(0.0, 0.0, 0.99999)  # decay of the weights' running mean
    batch_norm: Literal["train", "frozen"] = "train"  # frozen: as it is, never updated
    patience: int = _within(0, 0, 10_000)  # epochs without gain that end it; 0: none do
    augment: AugmentConfig = AugmentConfig()


@dataclass(frozen=True)
class DeviceConfig:
    """Where it runs, and how. ``threads`` 0 leaves the choice to torch.

    ``devices`` processes on each of ``num_nodes`` machines share every batch.
    ``pixels``: where a survey's are kept, see ``images.read_galaxies``. ``compile``:
    torch compiles the encoder first, which takes minutes.
    """

    accelerator: Literal["auto", "cpu", "cuda"] = "auto"
    devices: int = _within(1, 1, 1024)
    num_nodes: int = _within(1, 1, 1024)
    strategy: Literal["auto", "ddp"] = "auto"
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    threads: int = _within(0, 0, 1024)
    pixels: Literal["auto", "memory", "disk"] = "auto"
    compile: bool = False


@dataclass(frozen=True)
class ProjectionConfig:
    """The map: UMAP of the features' principal components."""

    components: int = _within(32, 2, 512)
    neighbours: int = _within(15, 2, 200)
    min_dist: float = _within(0.1, 0.0, 0.99)
    epochs: int = _within(200, 1, 5000)


@dataclass(frozen=True)
class ReleaseConfig:
    """The release a run ends in: which galaxies, and what is said about them."""

    release_id: str = _name("release")
    stores: tuple[str, ...] = _name("cutout store")
    title: str = ""
    note: str = ""
    citation: str = ""
    passes: int = _within(0, 0, 1000)  # stochastic passes, dropout in the head
    projection: ProjectionConfig | None = ProjectionConfig()


@dataclass(frozen=True)
class EvaluateConfig:
    """The galaxies with known vote fractions, or votes, on which the run is judged."""

    store: str = _name("cutout store")
    half: Literal["tune", "test", "all"] = "test"


@dataclass(frozen=True)
class SimulationConfig:
    """Survey simulation: source pictures as the target survey would have taken them."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=1e-3)


@dataclass(frozen=True)
class JointConfig:
    """Source votes and unlabelled target pictures in one fit; see `training.joint`."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=1e-3)
    retake: bool = True  # source pictures as the target survey would take them
    statistics: Statistics = "both"  # see training.batch_norm
    align: Literal["none", "coral", "mmd", "ot", "dare_gram", "adversary"] = "none"
    align_weight: float = _within(1.0, 0.0, 1e6)
    teacher_weight: float = _within(0.0, 0.0, 1e6)  # 0: no teacher
    teacher_decay: float = _within(0.99, 0.0, 0.99999)

    @property
    def uses_target(self) -> bool:
        """Whether anything is asked of the target's pictures."""
        return self.align != "none" or self.teacher_weight > 0


# What "physical+" asks of the target's pictures, beside survey simulation. The weight
# makes a quarter of the votes' gradient; see docs/adaptation.md.
PHYSICAL_PLUS = JointConfig(teacher_weight=0.3)


@dataclass(frozen=True)
class PrototypesConfig:
    """Soft prototypes, question by question; see `training.prototypes`."""

    fit: FitConfig = FitConfig(epochs=4, learning_rate=3e-4)
    components: int = _within(64, 1, 4096)


@dataclass(frozen=True)
class InformationConfig:
    """Information maximisation; see `training.information_maximisation`."""

    fit: FitConfig = FitConfig(epochs=3, batch_size=256, learning_rate=2e-4)


@dataclass(frozen=True)
class PairsConfig:
    """Distillation on galaxies that both surveys have imaged; see `training.pairs`."""

    source_stores: tuple[str, ...] = _name("cutout store", default=())
    target_stores: tuple[str, ...] = _name("cutout store", default=())
    fit: FitConfig = FitConfig(epochs=8, learning_rate=1e-3)


@dataclass(frozen=True)
class ChoiceConfig:
    """How the epoch is chosen, and harm refused, without votes; see `training.choice`.

    The stores are of galaxies imaged by both surveys, none of which is learnt from.
    """

    source_stores: tuple[str, ...] = _name("cutout store", default=())
    target_stores: tuple[str, ...] = _name("cutout store", default=())
    galaxies: int = _within(2048, 10, 10_000_000)  # of each survey, at most
    epoch: Literal["best", "last"] = "best"  # without such galaxies it is the last
    harmful: Literal["refuse", "keep"] = "refuse"


@dataclass(frozen=True)
class AdaBNConfig:
    """Batch-norm statistics from this many target galaxies, drawn at random."""

    galaxies: int = _within(8192, 2, 10_000_000)


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
        augment=AugmentConfig(turn="none"),
    )
    temperature: float = _within(0.05, 1e-3, 10.0)
    nearest_share: float = _within(0.1, 1e-3, 1.0)
    min_cosine: float = _within(0.9, -1.0, 1.0)
    cosine_step: float = _within(0.005, 0.0, 1.0)  # min_cosine falls by this each epoch
    follow_tree: bool = False  # each question among galaxies probably asked it
    prototypes: Literal["fixed", "tracking"] = "fixed"


@dataclass(frozen=True)
class SourceConfig:
    """Fit a model to the votes of cutout stores."""

    stores: tuple[str, ...] = _name("cutout store")
    kind: Literal["source"] = "source"
    seed: int = _within(1926, 0, 2**31 - 1)
    held_out: float = _within(0.05, 0.0, 0.5)  # share of galaxies that only validate
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

    model_run: str = _name("run")
    source_stores: tuple[str, ...] = _name("cutout store")
    target_stores: tuple[str, ...] = _name("cutout store")
    kind: Literal["adapt"] = "adapt"
    method: str = "physical"  # a preset, or steps joined by "+"
    seed: int = _within(1926, 0, 2**31 - 1)
    simulation: SimulationConfig = SimulationConfig()
    adabn: AdaBNConfig = AdaBNConfig()
    kmeans: KMeansConfig = KMeansConfig()
    joint: JointConfig = PHYSICAL_PLUS
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
        steps = tuple(self.method.split("+"))
        unknown = [step for step in steps if step not in get_args(Step)]
        if unknown or len(set(steps)) < len(steps):
            raise MorphError(
                f"method is {self.method!r}; expected one of {', '.join(PRESETS)}, or "
                f"steps joined by '+', each once: {', '.join(get_args(Step))}"
            )
        return steps


@dataclass(frozen=True)
class PredictConfig:
    """Apply a fitted model as it is, or an ensemble: it and the others together."""

    model_run: str = _name("run")
    release: ReleaseConfig
    kind: Literal["predict"] = "predict"
    ensemble: tuple[str, ...] = _name("run", default=())
    seed: int = _within(1926, 0, 2**31 - 1)
    device: DeviceConfig = DeviceConfig()
    evaluate: EvaluateConfig | None = None


@dataclass(frozen=True)
class FeaturesConfig:
    """Attach a model's features, and a map of them, to a release that exists.

    What ``release`` makes is the release ``parent`` once more, with both. The model is
    that of ``model_run``, or a pretrained ``encoder`` as it is, fitted to no votes,
    which sees pictures as ``image`` says.
    """

    parent: str = _name("release")
    release: ReleaseConfig
    kind: Literal["features"] = "features"
    model_run: str | None = _name("run", default=None)
    encoder: ModelConfig | None = None
    image: ImageConfig = ImageConfig()
    seed: int = _within(1926, 0, 2**31 - 1)
    device: DeviceConfig = DeviceConfig()

    def __post_init__(self) -> None:
        """Raise MorphError unless just one model is named, and it has learnt."""
        if (self.model_run is None) == (self.encoder is None):
            raise MorphError(
                "name the model whose features are wanted: either model_run, a run "
                "that has fitted one, or encoder, a pretrained one"
            )
        if self.encoder is not None and self.encoder.weights is None:
            raise MorphError(
                "encoder.weights is null; features of random weights say nothing of "
                "galaxies, so name the weights it is to have"
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
    return read_dataclass(KINDS[kind], value)
