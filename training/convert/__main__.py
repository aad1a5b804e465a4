"""The command line of ``python -m training.convert``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from morph.errors import MorphError
from morph.wording import utc_now

_DOC = """Convert published weights (.ckpt of Lightning, .bin or .pt) to safetensors.

The file is read in a process without a network, with limits on memory and time. Only
tensors are read; nothing of the file is executed."""
_SHOWN = 8  # names of dropped tensors


def main(arguments: list[str]) -> int:
    """Exit status: 0 converted, 1 refused with a message, 2 wrong usage."""
    given = _parser().parse_args(arguments)
    try:
        _convert(given)
    except MorphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m training.convert",
        description=_DOC,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="a .ckpt, .bin or .pt file")
    parser.add_argument("out", type=Path, help="the .safetensors file to write")
    parser.add_argument("--encoder", required=True, help="timm's name of the encoder")
    parser.add_argument(
        "--input",
        required=True,
        choices=("zoobot", "timm", "morph"),
        help="the input it was trained with. zoobot: pictures in [0, 1] of 224 pixels; "
        "timm: as timm's weights of the encoder; morph: (p - 0.2) / 0.2",
    )
    parser.add_argument("--size", type=int, default=0, help="another size, in pixels")
    parser.add_argument(
        "--grey",
        action="store_true",
        help="trained with the mean of R, G and B in each of three channels",
    )
    parser.add_argument("--licence", default="", help="kept in the card")
    parser.add_argument("--citation", default="", help="kept in the card")
    return parser


def _convert(given: argparse.Namespace) -> None:
    from training.convert.converted_file import Origin, convert
    from training.network.input_recipe import MORPH, ZOOBOT
    from training.network.published_input import of_timm

    recipe = {"zoobot": ZOOBOT, "morph": MORPH}.get(given.input) or of_timm(
        given.encoder
    )
    if given.size:
        recipe = replace(recipe, size=given.size)
    if given.grey:
        recipe = replace(recipe, channels="grey")
    origin = Origin(given.encoder, recipe, given.licence, given.citation)
    card = convert(given.file, given.out, origin, date=utc_now())
    sys.stdout.write(_summary(given.out, card))


def _summary(out: Path, card: dict[str, Any]) -> str:
    from training.network.input_recipe import InputRecipe

    dropped = card["dropped"]
    more = len(dropped) - _SHOWN
    names = ", ".join(dropped[:_SHOWN]) + (f" and {more} others" if more > 0 else "")
    return (
        f"wrote {out}: {card['encoder']}, input {InputRecipe(**card['input']).words}\n"
        f"not used: {names or 'nothing'}\n"
        f'use it as "model": {{"encoder": "{card["encoder"]}", "weights": "{out}"}}\n'
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
