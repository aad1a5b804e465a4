"""Parts that the configurations of several kinds of run have: pictures, fit, device."""

from dataclasses import dataclass
from typing import Literal

from morph.runs.config_fields import name_of, within


@dataclass(frozen=True)
class ImageConfig:
    """How fluxes become what the encoder sees."""

    input: Literal["asinh", "raw"] = "asinh"
    q: float = within(20.0, 0.1, 1000.0)  # stretch: 20 as the viewer, 50 as the authors


@dataclass(frozen=True)
class ModelConfig:
    """The network: "small" is our own, any other name is one of timm's.

    ``weights`` are what the encoder starts from: a .safetensors file on this machine,
    "timm" for timm's own, "hf-hub:OWNER/REPOSITORY" (with "@REVISION" where it is not
    the main one), or nothing.
    """

    encoder: str = "small"
    weights: str | None = None
    dropout: float = within(0.2, 0.0, 0.9)  # before the head
    drop_path: float = within(0.0, 0.0, 0.9)  # stochastic depth of timm's encoders


@dataclass(frozen=True)
class AugmentConfig:
    """How pictures are laid anew each time they are learnt from."""

    turn: Literal["none", "quarter", "any"] = "quarter"  # none: nor mirrored
    shift: float = within(2.0, 0.0, 64.0)  # pixels, to either side
    zoom: float = within(0.0, 0.0, 0.5)  # natural logarithm of the factor, either way


@dataclass(frozen=True)
class FitConfig:
    """One run of the optimiser: AdamW, linear warm-up, then a cosine to zero."""

    epochs: int = within(20, 1, 10_000)
    batch_size: int = within(32, 2, 65_536)
    learning_rate: float = within(3e-3, 1e-9, 1.0)
    schedule: Literal["cosine", "constant"] = "cosine"  # after the warm-up
    weight_decay: float = within(0.02, 0.0, 1.0)
    warm_up: float = within(0.2, 0.0, 0.9)  # share of all steps
    clip_norm: float = within(1.0, 1e-6, 1e6)
    fraction_weight: float = within(0.0, 0.0, 100.0)  # see losses.fraction_nll
    question_weights: Literal["none", "asked"] = "none"  # see losses.question_weights
    average: float = within(0.0, 0.0, 0.99999)  # decay of the weights' running mean
    batch_norm: Literal["train", "frozen"] = "train"  # frozen: as it is, never updated
    patience: int = within(0, 0, 10_000)  # epochs without gain that end it; 0: none do
    augment: AugmentConfig = AugmentConfig()


@dataclass(frozen=True)
class DeviceConfig:
    """Where it runs, and how. ``threads`` 0 leaves the choice to torch.

    ``devices`` processes on each of ``num_nodes`` machines share every batch.
    ``pixels``: where a survey's are kept, see ``images.read_galaxies``. ``compile``:
    torch compiles the encoder for a source's fit and predictions, which takes minutes.
    """

    accelerator: Literal["auto", "cpu", "cuda"] = "auto"
    devices: int = within(1, 1, 1024)
    num_nodes: int = within(1, 1, 1024)
    strategy: Literal["auto", "ddp"] = "auto"
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    threads: int = within(0, 0, 1024)
    pixels: Literal["auto", "memory", "disk"] = "auto"
    compile: bool = False


@dataclass(frozen=True)
class ProjectionConfig:
    """The map: UMAP of the features' principal components."""

    components: int = within(32, 2, 512)
    neighbours: int = within(15, 2, 200)
    min_dist: float = within(0.1, 0.0, 0.99)
    epochs: int = within(200, 1, 5000)


@dataclass(frozen=True)
class MapConfig:
    """A map beside those that a release has, of another encoder or with other settings.

    The release keeps its features and maps.
    """

    name: str = name_of("map")  # of a-z, 0-9 and "_": part of the names of its columns
    words: str = ""  # what it shows, for readers


@dataclass(frozen=True)
class ReleaseConfig:
    """The release a run ends in: which galaxies, and what is said about them."""

    release_id: str = name_of("release")
    stores: tuple[str, ...] = name_of("cutout store")
    title: str = ""
    note: str = ""
    citation: str = ""
    passes: int = within(0, 0, 1000)  # stochastic passes, dropout in the head
    projection: ProjectionConfig | None = ProjectionConfig()


@dataclass(frozen=True)
class EvaluateConfig:
    """The galaxies with known vote fractions, or votes, on which the run is judged."""

    store: str = name_of("cutout store")
    half: Literal["tune", "test", "all"] = "test"
