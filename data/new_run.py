"""``python -m data runs new``: its arguments, and the configuration they ask for."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morph.errors import MorphError
from morph.release.manifest import SIMULATED
from morph.runs.config import FinetuneConfig, kind_of, read_config
from morph.runs.run_files import CONFIG, read_json
from morph.runs.settings import with_texts
from morph.wording import command

if TYPE_CHECKING:
    from morph.new_run.ingredients import Ingredients

_NAMED = 3  # models of simulated images that a message names


def add_arguments(new: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    new.add_argument("--name", help="name of the run (default: the next free one)")
    source = new.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--preset", help="name of the preset; an unknown name lists all"
    )
    source.add_argument("--config", type=Path, help="a config.json")
    source.add_argument("--like", metavar="RUN", help="copy a run")
    words = "settings other than those of the preset, file or run: fit.epochs=5"
    new.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help=words,
    )
    new.add_argument("--print", action="store_true", help="only print the config.json")
    words = "follow it until it ends, as `watch` does"
    new.add_argument("--watch", action="store_true", help=words)


def configured(
    found: "Ingredients", args: argparse.Namespace, like: Path | None
) -> tuple[dict[str, Any], str]:
    """The configuration of a new run, and the beginning of its name.

    ``like`` is the folder of the run to copy, if one is named. MorphError if there is
    no such preset or setting.
    """
    config, called = _begun(found, args, like)
    if args.set:
        config = with_texts(config, args.set, kind_of(config))
    return config, called


def _begun(
    found: "Ingredients", args: argparse.Namespace, like: Path | None
) -> tuple[dict[str, Any], str]:
    from morph.new_run.preset_configs import copied
    from morph.new_run.presets import PRESETS

    if args.preset:
        if args.preset not in PRESETS:
            raise MorphError(
                f"there is no preset {args.preset!r}; expected one of: "
                f"{', '.join(PRESETS)}"
            )
        preset = PRESETS[args.preset]
        return preset.make(found), preset.called
    if like is not None:
        return copied(read_json(like / CONFIG), like.name, found), like.name
    return read_json(args.config), "run"


def check(
    root: Path,
    found: "Ingredients",
    name: str,
    config: Mapping[str, Any],
    args: argparse.Namespace,
) -> None:
    """MorphError if a run of this name and configuration cannot be started."""
    from morph.new_run import checks

    if config.get("kind") == FinetuneConfig.kind:
        raise MorphError(
            "a fine-tuning takes the labels of the workspace, which the dashboard has "
            "open; start it there, on the page Label or on Runs, New run"
        )
    wrong = checks.problems_of(config, found)
    if wrong and args.preset and (lacking := _lacking(config, found)):
        raise MorphError(f"the preset {args.preset} needs {lacking}")
    problem = checks.name_problem(name, found) or "; ".join(wrong.values())
    problem = problem or checks.shared_galaxies(root, read_config(config), found)
    if problem:
        raise MorphError(problem)


def _lacking(config: Mapping[str, Any], found: "Ingredients") -> str:
    """What a preset did not find and how to make it, in words; "" if nothing.

    Where there are real stores, presets leave out simulated ones and their models.
    """
    if config["kind"] == "source" and not config.get("stores"):
        make = command("cutouts", "RELEASE", "--survey", "NAME")
        simulated = [name for name, store in found.stores.items() if store.votes]
        real = "of real images " if simulated else ""
        which = f"a cutout store {real}with votes"
        return f"{which}, and there is none; make one: {make}{_or('stores', simulated)}"
    if config["kind"] != "source" and not config.get("model_run"):
        fit = command("runs", "new", "--preset", "source")
        models = found.models.values()
        simulated = [one.run_id for one in models if one.fitted and one.finished]
        which = "a model fitted to real images" if simulated else "a fitted model"
        instead = _or("model_run", simulated)
        return f"{which}, and there is none; fit one: {fit}{instead}"
    if config["kind"] == "adapt" and not config.get("target_stores"):
        make = command("cutouts", "TABLE", "--survey", "NAME")
        return (
            "a cutout store without votes of another survey than that of the model, "
            f"and there is none; make one: {make}"
        )
    return ""


def _or(setting: str, simulated: list[str]) -> str:
    """How to use what is simulated all the same; "" if nothing is."""
    if not simulated:
        return ""
    names = ", ".join(simulated[:_NAMED])
    return f"; or name simulated ones: --set {setting}=NAME, such as {names}"


def say_simulated(config: Mapping[str, Any], found: "Ingredients") -> None:
    """Say on stderr if a run uses simulated images."""
    lists = ("stores", "source_stores", "target_stores")
    names = dict.fromkeys(name for key in lists for name in config.get(key, ()))
    stores = [found.stores[name] for name in names if name in found.stores]
    made = [one.name for one in stores if one.manifest.origin in SIMULATED]
    if made:
        print(f"Its images are simulated: {', '.join(made)}.", file=sys.stderr)
