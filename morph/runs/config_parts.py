"""Settings that several kinds of run share: images, network, fit, device, release."""

from dataclasses import dataclass
from typing import Literal

from morph.errors import MorphError, SettingError
from morph.typed_json import name_of, within

MAX_INPUT = 1024  # pixels per side
MOST_BLANK = 0.2  # fraction of the pixels of an image, as of images that are uploaded


@dataclass(frozen=True)
class ImageConfig:
    """How cutouts are cropped, binned and scaled for the encoder."""

    input: Literal["asinh", "raw"] = "asinh"  # colour image, or fluxes per band
    q: float = within(20.0, 0.1, 1000.0)  # Q of asinh (viewer: 20, Ye et al.: 50)
    # Pixels per side that are kept around the centre of a cutout; 0: all.
    crop: int = within(0, 0, 4096)
    # Bins of this many pixels per side, averaged after the crop; 1: none.
    rebin: int = within(1, 1, 64)

    def __post_init__(self) -> None:
        """Raise MorphError if the crop is not a whole number of bins."""
        if self.crop % self.rebin:
            raise SettingError(
                "image.crop",
                f"image.crop is {self.crop}, which is not a multiple of image.rebin, "
                f"{self.rebin}; change one of them",
            )


@dataclass(frozen=True)
class BadPixelsConfig:
    """Images with bad pixels, which are not finite, and which networks see as 0 flux.

    A galaxy with more than ``most``, or without data in a band, is not learnt from; it
    is predicted, and has a flag in the release.
    """

    # Largest fraction of an image that is bad in some band.
    most: float = within(MOST_BLANK, 0.0, 1.0)
    # A band without data in all images of a cutout store.
    missing_band: Literal["refuse", "allow"] = "refuse"


@dataclass(frozen=True)
class InputConfig:
    """What the encoder is given: by default, the input its weights were trained with.

    Pictures, or fluxes, are made grey, resampled and normalised, in this order.
    """

    # Of pictures p in [0, 1]. "auto": as `weights` were trained; "morph": (p - 0.2) /
    # 0.2, and fluxes as they are; "unit": p; "imagenet": (p - mean) / std of ImageNet;
    # "given": of `mean` and `std`.
    normalisation: Literal["auto", "morph", "unit", "imagenet", "given"] = "auto"
    mean: tuple[float, ...] = ()  # of "given": one number, or three for R, G and B
    std: tuple[float, ...] = ()  # as `mean`, above 0
    # "auto": as `weights`; "colour": R, G and B, which are z, r and g; "grey": their
    # mean, three times; "one": their mean, once.
    channels: Literal["auto", "colour", "grey", "one"] = "auto"
    # Pixels per side that cutouts are resampled to; 0: as `weights`, or not resampled.
    size: int = within(0, 0, MAX_INPUT)

    def __post_init__(self) -> None:
        """Raise MorphError unless there is a mean and a deviation of every channel."""
        given = self.normalisation == "given"
        if given != bool(self.mean) or given != bool(self.std):
            raise MorphError(
                f"the input's normalisation is {self.normalisation!r}, with "
                f"{len(self.mean)} numbers in mean and {len(self.std)} in std; give "
                'both with "given", and neither otherwise'
            )
        counts = {len(self.mean), len(self.std)}
        if given and (not counts <= {1, 3} or min(self.std) <= 0):
            raise MorphError(
                f"the input has mean {list(self.mean)} and std {list(self.std)}; "
                "expected one number or three (R, G, B) in each, and std above 0"
            )
        if self.channels == "one" and (self.normalisation == "imagenet" or 3 in counts):
            raise MorphError(
                'the input has channels "one", but the normalisation of three; choose '
                'another normalisation, or the channels "grey"'
            )


@dataclass(frozen=True)
class ModelConfig:
    """The network: an encoder and a linear head for the concentrations."""

    encoder: str = "small"  # "small" is part of morph; other names are timm's
    # Initial weights of the encoder: a .safetensors file, "timm" for timm's own,
    # "hf-hub:OWNER/REPOSITORY" with an optional "@REVISION", or null for random ones.
    weights: str | None = None
    input: InputConfig = InputConfig()
    dropout: float = within(0.2, 0.0, 0.9)  # dropout probability before the head
    drop_path: float = within(0.0, 0.0, 0.9)  # stochastic depth of timm's encoders


@dataclass(frozen=True)
class AugmentConfig:
    """Random augmentation of training images."""

    # Rotation by quarter turns or any angle, with mirroring; "none" disables both.
    turn: Literal["none", "quarter", "any"] = "quarter"
    shift: float = within(2.0, 0.0, 64.0)  # largest shift, pixels
    zoom: float = within(0.0, 0.0, 0.5)  # largest |ln| of the zoom factor
    zoomed: float = within(1.0, 0.0, 1.0)  # fraction of the images that are zoomed


@dataclass(frozen=True)
class FitConfig:
    """Settings of a fit with AdamW, including the learning-rate schedule."""

    epochs: int = within(20, 1, 10_000)  # passes over the training set
    batch_size: int = within(32, 2, 65_536)  # galaxies per step, over all processes
    learning_rate: float = within(3e-3, 1e-9, 1.0)  # maximum, after the warm-up
    # After a linear warm-up: a cosine to zero, or constant.
    schedule: Literal["cosine", "constant"] = "cosine"
    weight_decay: float = within(0.02, 0.0, 1.0)  # weight decay of AdamW
    warm_up: float = within(0.2, 0.0, 0.9)  # fraction of all steps
    clip_norm: float = within(1.0, 1e-6, 1e6)  # largest norm of the gradient
    # Initial weight of the vote-fraction loss, which falls to 0 during the fit.
    fraction_weight: float = within(0.0, 0.0, 100.0)
    # "asked" gives questions with few votes a larger weight in the loss.
    question_weights: Literal["none", "asked"] = "none"
    average: float = within(0.0, 0.0, 0.99999)  # decay of averaged weights; 0: none
    # "train" updates the batch-norm statistics, "frozen" keeps them.
    batch_norm: Literal["train", "frozen"] = "train"
    # Stop after this many epochs without improvement (0: never).
    patience: int = within(0, 0, 10_000)
    augment: AugmentConfig = AugmentConfig()
    tensorboard: bool = True  # also write the curves for TensorBoard


@dataclass(frozen=True)
class TransferConfig:
    """How the encoder of a source fit learns, in comparison with the new head."""

    # "frozen": it keeps its weights and batch-norm statistics, and only the head is
    # fitted.
    encoder: Literal["fitted", "frozen"] = "fitted"
    # First epochs, in which the encoder is frozen.
    head_epochs: int = within(0, 0, 10_000)
    # Learning rate of each stage of the encoder, divided by that of the next stage, the
    # last of which is the head; 1: the same for all.
    stage_decay: float = within(1.0, 0.01, 1.0)

    def __post_init__(self) -> None:
        """Raise SettingError for rates of an encoder that is not fitted."""
        if self.encoder == "frozen" and (self.head_epochs or self.stage_decay < 1):
            raise SettingError(
                "transfer.encoder",
                'transfer.encoder is "frozen", but head_epochs is '
                f"{self.head_epochs} and stage_decay {self.stage_decay:g}; expected 0 "
                'and 1, since only the head learns. Change them, or set it to "fitted"',
            )


@dataclass(frozen=True)
class DeviceConfig:
    """The hardware of the run, and how it is used."""

    accelerator: Literal["auto", "cpu", "cuda"] = "auto"  # "auto" prefers GPUs
    # Processes per machine; each batch is split between them.
    devices: int = within(1, 1, 1024)
    num_nodes: int = within(1, 1, 1024)  # machines
    strategy: Literal["auto", "ddp"] = "auto"  # strategy of Lightning Fabric
    precision: Literal["32-true", "bf16-mixed"] = "32-true"  # floating-point precision
    threads: int = within(0, 0, 1024)  # CPU threads of torch; 0: its default
    # Where pixels are kept; "auto": in memory if they take at most half of the device's
    # free memory, otherwise on disk.
    pixels: Literal["auto", "memory", "disk"] = "auto"
    # Compile the encoder of source fits and predictions; takes minutes at the start.
    compile: bool = False


@dataclass(frozen=True)
class ProjectionConfig:
    """The map: a UMAP of the features, or their first two principal components.

    UMAP is applied to the principal components of the features.
    """

    components: int = within(32, 2, 512)  # principal components
    neighbours: int = within(15, 2, 200)  # n_neighbors of UMAP
    min_dist: float = within(0.1, 0.0, 0.99)  # min_dist of UMAP
    # n_epochs of UMAP; 0: no UMAP, but the first two principal components.
    epochs: int = within(200, 0, 5000)


@dataclass(frozen=True)
class MapConfig:
    """An additional map of a release: of another encoder, or with other settings.

    The release keeps its features and maps.
    """

    name: str = name_of("map")  # a-z, 0-9 and "_"; part of its column names
    words: str = ""  # description of the map


@dataclass(frozen=True)
class ReleaseConfig:
    """The release that the run writes: its galaxies and metadata."""

    release_id: str = name_of("release")  # name of the release
    # Cutout stores with the galaxies of the release.
    stores: tuple[str, ...] = name_of("cutout store")
    first: int = within(0, 0, 10**9)  # number of galaxies used per store; 0: all
    title: str = ""  # by default, the name of the release
    note: str = ""  # what users should know
    citation: str = ""  # how to cite it
    # Predictions per galaxy with random dropout in the head; 0: one without dropout.
    passes: int = within(0, 0, 1000)
    projection: ProjectionConfig | None = ProjectionConfig()


@dataclass(frozen=True)
class EvaluateConfig:
    """Galaxies with votes or true vote fractions, to evaluate the model on."""

    store: str = name_of("cutout store")  # cutout store with the galaxies
    half: Literal["tune", "test", "all"] = "test"  # which half of its galaxies
