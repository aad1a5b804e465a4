"""The benchmark's runs, each carried out once: a benchmark that was killed goes on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from morph.errors import MorphError
from morph.home import run_folder
from morph.run_files import read_json
from morph.runs import create_run
from tests.benchmarks.adaptation_judged import Judged, constant, judge
from tests.benchmarks.adaptation_methods import (
    CONSTANT,
    ORACLE,
    SOURCE,
    Method,
    adapt_config,
    source_config,
    source_run,
)
from tests.benchmarks.adaptation_pair import Size
from training.__main__ import main as train


def compared(
    root: Path, size: Size, seeds: Sequence[int], methods: Sequence[Method], half: str
) -> dict[str, Judged]:
    """Every prediction by its name, with models of every seed; the oracle is last."""
    source = [_source(root, size, seed, half) for seed in seeds]
    oracle = [_oracle(root, size, seed, half) for seed in seeds]
    found = {
        CONSTANT: constant(source, half),
        SOURCE: judge(source, "decals", half),
    }
    for method in methods:
        folders = [_adapted(root, size, seed, method, half) for seed in seeds]
        found[method.name] = judge(folders, "bmz", half)
    return found | {ORACLE: judge(oracle, "bmz", half)}


def _source(root: Path, size: Size, seed: int, half: str) -> Path:
    config = source_config(size, seed, "decals", size.fit_epochs, half)
    return carried_out(root, source_run(seed), config)


def _oracle(root: Path, size: Size, seed: int, half: str) -> Path:
    """The source's network, galaxies and votes as the target survey sees them."""
    epochs = size.fit_epochs + size.adapt_epochs  # as many as source and adaptation
    config = source_config(size, seed, "bmz", epochs, half)
    return carried_out(root, f"oracle-{seed}", config)


def _adapted(root: Path, size: Size, seed: int, method: Method, half: str) -> Path:
    config = adapt_config(size, seed, method, half)
    return carried_out(root, f"{method.slug}-{seed}", config)


def carried_out(root: Path, run_id: str, config: dict[str, Any]) -> Path:
    """The folder of a finished run, which is carried out in this process if need be.

    Raises
    ------
    MorphError
        If the run failed, or there is one of that name with another configuration.
    """
    folder = run_folder(root, run_id)
    if not folder.is_dir():
        create_run(root, run_id, config)
    elif read_json(folder / "config.json") != json.loads(json.dumps(config)):
        raise MorphError(
            f"{folder} was made with another configuration; remove it to have the run "
            "carried out again, or name another folder by --keep"
        )
    if not _finished(folder) and train([str(folder)]) != 0:
        raise MorphError(f"{folder} did not finish; its log.txt says why")
    return folder


def _finished(folder: Path) -> bool:
    path = folder / "status.json"
    return path.is_file() and read_json(path)["state"] == "finished"
