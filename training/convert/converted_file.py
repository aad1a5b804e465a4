"""Convert a PyTorch file of published weights to safetensors with a card."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save

from morph import sandbox
from morph.atomic import replacing, sha256_of
from morph.errors import MorphError
from morph.new_run.published_encoders import CARD_KEY
from training.convert.encoder_weights import EncoderWeights, encoder_weights
from training.convert.torch_file import MAX_BYTES, MAX_CPU_S
from training.network.input_recipe import InputRecipe

_CHILD = "training.convert.torch_file"
_COLOURS = "R, G and B are the bands z, r and g"
_LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Origin:
    """What the user knows of published weights."""

    encoder: str  # timm's name
    recipe: InputRecipe  # of the input they were trained with
    licence: str = ""
    citation: str = ""


def convert(source: Path, out: Path, origin: Origin, *, date: str) -> dict[str, Any]:
    """Write the encoder's weights in ``source`` to ``out`` and return the card.

    Raises
    ------
    MorphError
        If the file cannot be read safely, does not fit the encoder, has weights that
        are not finite, or if ``out`` exists.
    """
    _check_paths(source, out)
    with tempfile.TemporaryDirectory(prefix="morph-weights-") as folder:
        plain = Path(folder) / "tensors.safetensors"
        digest = sha256_of(source)
        left_out = _read_in_child(source, plain)
        weights = encoder_weights(
            load_file(plain), origin.encoder, recipe=origin.recipe
        )
    recipe = origin.recipe
    if weights.planes == 1:
        recipe = replace(recipe, channels="one")
    card = {
        "source": source.name,
        "sha256": digest,
        "encoder": origin.encoder,
        "input": asdict(recipe),
        "colours": _COLOURS,
        "prefix": weights.prefix,
        "dropped": [printable(name) for name in (*weights.dropped, *left_out)],
        "date": date,
        "licence": origin.licence,
        "citation": origin.citation,
    }
    _write(out, weights, card)
    return card


def _check_paths(source: Path, out: Path) -> None:
    if not source.is_file():
        raise MorphError(f"there is no file {source}; name the .ckpt, .bin or .pt file")
    if source.stat().st_size > MAX_BYTES:
        raise MorphError(
            f"{source} has {source.stat().st_size / 2**30:.1f} GB; at most "
            f"{MAX_BYTES >> 30} GB can be converted"
        )
    if out.suffix != ".safetensors":
        raise MorphError(f"{out} must end with .safetensors; name another file")
    if out.exists():
        raise MorphError(f"{out} exists; name another file, or remove it first")


def _read_in_child(source: Path, out: Path) -> Sequence[str]:
    """Have a limited process write the tensors of a file; what it left out."""
    module = [_CHILD, str(source.resolve()), str(out)]
    done = sandbox.run(module, limit_s=2 * MAX_CPU_S)
    if done.returncode == sandbox.REFUSED:
        reason = done.stderr.strip().split("\n")[-1]
        raise MorphError(f"{source} cannot be converted: {printable(reason, 1000)}")
    if done.returncode != 0:
        raise MorphError(
            f"{source} cannot be converted: reading it took too much memory or time, "
            f"or failed (exit status {done.returncode}); download it again, or ask its "
            "source for safetensors"
        )
    return json.loads(done.stdout)


def printable(text: str, longest: int = _LONGEST) -> str:
    """Text of a file without what controls a terminal, or cannot be written."""
    shown = text[:longest]
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


def _write(out: Path, weights: EncoderWeights, card: dict[str, Any]) -> None:
    text = json.dumps(card, ensure_ascii=False)
    tensors = {name: one.contiguous() for name, one in weights.tensors.items()}
    with replacing(out) as temporary:
        temporary.write_bytes(save(tensors, {"format": "pt", CARD_KEY: text}))
