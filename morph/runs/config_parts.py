"""Settings that several kinds of run share: images, network, fit, device, release."""

from dataclasses import dataclass
from typing import Literal

from morph.typed_json import name_of, within


@dataclass(frozen=True)
class ImageConfig:
    """How fluxes are scaled for the encoder."""

    input: Literal["asinh", "raw"] = "asinh"  # colour image, or fluxes per band
    q: float = within(20.0, 0.1, 1000.0)  # of the stretch: viewer 20, Ye et al. 50


@dataclass(frozen=True)
class ModelConfig:
    """The network: an encoder and a linear head with the concentrations."""

    encoder: str = "small"  # "small" is part of morph; other names are timm's
    # Start of the encoder: a .safetensors file, "timm" for timm's own weights,
    # "hf-hub:OWNER/REPOSITORY" with an optional "@REVISION", or null for random ones.
    weights: str | None = None
    dropout: float = within(0.2, 0.0, 0.9)  # probability before the head
    drop_path: float = within(0.0, 0.0, 0.9)  # stochastic depth of timm's encoders


@dataclass(frozen=True)
class AugmentConfig:
    """Random augmentation of training images."""

    # Rotation by quarter turns or any angle, with mirroring; "none" disables both.
    turn: Literal["none", "quarter", "any"] = "quarter"
    shift: float = within(2.0, 0.0, 64.0)  # largest shift, pixels
    zoom: float = within(0.0, 0.0, 0.5)  # largest |ln| of the factor


@dataclass(frozen=True)
class FitConfig:
    """A fit with AdamW: linear warm-up of the learning rate, then a cosine to zero."""

    epochs: int = within(20, 1, 10_000)  # passes over the training set
    batch_size: int = within(32, 2, 65_536)  # galaxies per step, of all processes
    learning_rate: float = within(3e-3, 1e-9, 1.0)  # largest, after the warm-up
    schedule: Literal["cosine", "constant"] = "cosine"  # after the warm-up
    weight_decay: float = within(0.02, 0.0, 1.0)  # of AdamW
    warm_up: float = within(0.2, 0.0, 0.9)  # fraction of all steps
    clip_norm: float = within(1.0, 1e-6, 1e6)  # largest norm of the gradient
    fraction_weight: float = within(0.0, 0.0, 100.0)  # of the loss of vote fractions
    # "asked" gives questions with few votes a larger weight in the loss.
    question_weights: Literal["none", "asked"] = "none"
    average: float = within(0.0, 0.0, 0.99999)  # decay of averaged weights; 0: none
    batch_norm: Literal["train", "frozen"] = "train"  # "frozen" keeps the statistics
    # Stop after this many epochs without improvement (0: never).
    patience: int = within(0, 0, 10_000)
    augment: AugmentConfig = AugmentConfig()


@dataclass(frozen=True)
class DeviceConfig:
    """The hardware of the run, and how it is used."""

    accelerator: Literal["auto", "cpu", "cuda"] = "auto"  # "auto" prefers GPUs
    devices: int = within(1, 1, 1024)  # processes per machine, which share batches
    num_nodes: int = within(1, 1, 1024)  # machines
    strategy: Literal["auto", "ddp"] = "auto"  # of Lightning Fabric
    precision: Literal["32-true", "bf16-mixed"] = "32-true"  # of floating-point numbers
    threads: int = within(0, 0, 1024)  # CPU threads of torch; 0: its default
    # Where images are kept; "auto" uses memory while they fill at most half of it.
    pixels: Literal["auto", "memory", "disk"] = "auto"
    compile: bool = False  # compile the encoder of source fits and predictions; minutes


@dataclass(frozen=True)
class ProjectionConfig:
    """The map: a UMAP of principal components of the features."""

    components: int = within(32, 2, 512)  # principal components
    neighbours: int = within(15, 2, 200)  # n_neighbors of UMAP
    min_dist: float = within(0.1, 0.0, 0.99)  # of UMAP
    epochs: int = within(200, 1, 5000)  # n_epochs of UMAP


@dataclass(frozen=True)
class MapConfig:
    """A map beside those that a release has, of another encoder or with other settings.

    The release keeps its features and maps.
    """

    name: str = name_of("map")  # of a-z, 0-9 and "_": part of the names of its columns
    words: str = ""  # what it shows, for readers


@dataclass(frozen=True)
class ReleaseConfig:
    """The release that the run writes: its galaxies and metadata."""

    release_id: str = name_of("release")  # its name
    stores: tuple[str, ...] = name_of("cutout store")  # with its galaxies
    title: str = ""  # by default, the name of the release
    note: str = ""  # what users should know
    citation: str = ""  # how to cite it
    passes: int = within(0, 0, 1000)  # predictions with random dropout in the head
    projection: ProjectionConfig | None = ProjectionConfig()


@dataclass(frozen=True)
class EvaluateConfig:
    """Galaxies with votes or true vote fractions, to evaluate the model on."""

    store: str = name_of("cutout store")  # with the galaxies
    half: Literal["tune", "test", "all"] = "test"  # of its galaxies
