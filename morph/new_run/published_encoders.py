"""What is known of an encoder's published weights before they are loaded.

Files that ``python -m training.convert`` writes have a card in their header: the source
of the weights, and the input that they were trained with.
"""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from morph.errors import MorphError
from morph.runs.config import FeaturesConfig, RunConfig, SourceConfig
from morph.runs.config_parts import ImageConfig, ModelConfig

CARD_KEY = "morph"  # in the metadata of a safetensors file
TIMM = "timm"  # timm's own weights of the encoder
HUB = ("hf-hub:", "hf_hub:")


def fluxes_given(config: RunConfig) -> str:
    """`flux_problem` of the encoder that a run begins with, "" if it has a model."""
    if isinstance(config, SourceConfig):
        return flux_problem(config.model, config.image)
    if isinstance(config, FeaturesConfig) and config.encoder is not None:
        return flux_problem(config.encoder, config.image or ImageConfig())
    return ""


def flux_problem(model: ModelConfig, image: ImageConfig) -> str:
    """Why an encoder cannot take fluxes if ``image`` asks for them, or "".

    Published weights were trained with pictures in [0, 1].
    """
    asked = model.input.normalisation
    if image.input != "raw" or asked in ("morph", "given"):
        return ""
    if asked != "auto":
        takes = f"the normalisation {asked!r} is"
    elif model.weights is not None and _published(model.weights):
        takes = f"the weights of {model.weights} are"
    else:
        return ""
    return (
        f'image.input is "raw", but {takes} for pictures with values in [0, 1]; set '
        'image.input to "asinh", or the normalisation to "given", with the mean and '
        "std of fluxes"
    )


def _published(weights: str) -> bool:
    """Whether weights are of timm, of the hub, or of a file with a card."""
    if weights == TIMM or weights.startswith(HUB):
        return True
    path = Path(weights)
    try:
        return path.is_file() and card_of(path) is not None
    except MorphError:  # the run will say it
        return False


def card_of(path: Path) -> dict[str, Any] | None:
    """The card in a safetensors file, None if it has none.

    MorphError if the file is not safetensors, or its card not a JSON object.
    """
    try:
        with safe_open(path, "numpy") as file:
            text = (file.metadata() or {}).get(CARD_KEY)
        card = None if text is None else json.loads(text)
    except (SafetensorError, OSError) as error:
        raise MorphError(
            f"{path} cannot be read as safetensors ({error}); download it again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise MorphError(
            f"the card in {path} cannot be read ({error}); convert the weights again"
        ) from error
    if card is not None and not isinstance(card, dict):
        raise MorphError(f"the card in {path} is not an object; convert it again")
    return card
