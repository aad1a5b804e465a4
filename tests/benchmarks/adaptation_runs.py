"""The runs of the benchmark; finished ones are not repeated."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from itertools import repeat
from multiprocessing import get_context
from operator import or_
from pathlib import Path
from typing import Any

import torch

from morph.errors import MorphError
from morph.home import run_folder
from morph.runs.lifecycle import create_run
from morph.runs.run_files import read_json
from morph.runs.slots import AT_ONCE
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

Runs = dict[str, dict[str, Any]]  # configurations by the runs' names


def compared(
    root: Path,
    size: Size,
    seeds: Sequence[int],
    methods: Sequence[Method],
    half: str,
    jobs: int = 1,
) -> dict[str, Judged]:
    """Every prediction by its name, with models of every seed; the oracle is last.

    ``jobs`` runs are executed at a time.
    """
    source = {source_run(seed): _source(size, seed, half) for seed in seeds}
    oracle = {f"oracle-{seed}": _oracle(size, seed, half) for seed in seeds}
    adapted = {
        method.name: {
            f"{method.slug}-{seed}": adapt_config(size, seed, method, half)
            for seed in seeds
        }
        for method in methods
    }
    carry_out_all(root, source, jobs)  # the others start from their models
    carry_out_all(root, reduce(or_, adapted.values(), oracle), jobs)

    def folders(runs: Runs) -> list[Path]:
        return [run_folder(root, run_id) for run_id in runs]

    found = {
        CONSTANT: constant(folders(source), half),
        SOURCE: judge(folders(source), "decals", half),
    }
    for name, runs in adapted.items():
        found[name] = judge(folders(runs), "bmz", half)
    return found | {ORACLE: judge(folders(oracle), "bmz", half)}


def _source(size: Size, seed: int, half: str) -> dict[str, Any]:
    return source_config(size, seed, "decals", size.fit_epochs, half)


def _oracle(size: Size, seed: int, half: str) -> dict[str, Any]:
    """The source's network, galaxies and votes with images of the target survey."""
    epochs = 2 * size.fit_epochs  # as many as the source's fit and the longest method's
    return source_config(size, seed, "bmz", epochs, half)


def carry_out_all(root: Path, runs: Runs, jobs: int) -> None:
    """Execute independent runs; with several jobs, each has one thread.

    A small network's batches are too small for two cores: two parallel runs take less
    time than two successive ones.

    Raises
    ------
    MorphError
        As `carried_out`.
    """
    if jobs == 1:
        for run_id, config in runs.items():
            carried_out(root, run_id, config)
        return
    fresh = get_context("spawn")
    with ProcessPoolExecutor(jobs, fresh, _one_of, (jobs,)) as pool:
        list(pool.map(carried_out, repeat(root), runs, runs.values()))


def _one_of(jobs: int) -> None:
    os.environ[AT_ONCE] = str(jobs)
    torch.set_num_threads(1)


def carried_out(root: Path, run_id: str, config: dict[str, Any]) -> Path:
    """The folder of a finished run, which is executed in this process if necessary.

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
            f"{folder} was made with another configuration; remove it to repeat the "
            "run, or name another folder with --keep"
        )
    if not _finished(folder) and train([str(folder)]) != 0:
        raise MorphError(f"{folder} did not finish; its log.txt says why")
    return folder


def _finished(folder: Path) -> bool:
    path = folder / "status.json"
    return path.is_file() and read_json(path)["state"] == "finished"
