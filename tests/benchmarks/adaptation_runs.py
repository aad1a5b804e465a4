"""The stores and runs of the benchmark; finished ones are not repeated."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from morph.errors import MorphError
from morph.home import run_folder
from morph.runs.lifecycle import create_run
from morph.runs.run_files import read_json
from morph.runs.slots import AT_ONCE
from tests.benchmarks.adaptation_methods import (
    Method,
    adapt_config,
    source_config,
    source_run,
)
from tests.benchmarks.adaptation_pairs import Pair, Size, write_pair
from training import stages
from training.__main__ import main as train

# The home of a run, its name and configuration, and a run whose fit is the same.
Wanted = tuple[Path, str, dict[str, Any], str | None]


def carry_out(
    root: Path,
    pairs: Sequence[Pair],
    size: Size,
    seeds: Iterable[int],
    methods: Sequence[Method],
    *,
    half: str,
    jobs: int = 1,
) -> None:
    """Write the stores of all pairs, and execute all runs, seed by seed.

    Of ``jobs`` at a time each has one thread: a small network's batches are too small
    for two cores, and two parallel runs take less time than two successive ones.

    Raises
    ------
    MorphError
        As `carried_out` and `write_pair`.
    """
    twins = any(method.method == "pairs" for method in methods)
    with _workers(jobs) as pool:
        _all(pool, write_pair, [(root, pair, size, twins) for pair in pairs])
        for seed in seeds:
            for runs in _phases(root, pairs, size, seed, methods, half):
                _all(pool, carried_out, runs)


def _phases(
    root: Path,
    pairs: Sequence[Pair],
    size: Size,
    seed: int,
    methods: Sequence[Method],
    half: str,
) -> list[list[Wanted]]:
    """Runs of a seed; those of a later phase need those of an earlier one."""
    first: list[Wanted] = []
    second: list[Wanted] = []
    third: list[Wanted] = []
    for pair in pairs:
        home = pair.folder(root)
        source = source_config(size, seed, "source", size.epochs, half)
        # As many epochs as the source's fit and an adaptation together.
        oracle = source_config(size, seed, "target", 2 * size.epochs, half)
        first.append((home, source_run(seed), source, None))
        second.append((home, f"oracle-{seed}", oracle, None))
        for method in methods:
            config = adapt_config(size, seed, method, half)
            fit_of = method.fit_of and f"{method.fit_of}-{seed}"
            wanted = third if fit_of else second
            wanted.append((home, f"{method.slug}-{seed}", config, fit_of))
    return [first, second, third]


def _workers(jobs: int) -> Any:
    """A pool of processes, or None for this one."""
    if jobs == 1:
        return nullcontext()
    return ProcessPoolExecutor(jobs, get_context("spawn"), _one_of, (jobs,))


def _one_of(jobs: int) -> None:
    os.environ[AT_ONCE] = str(jobs)
    torch.set_num_threads(1)


def _all(
    pool: Executor | None, function: Callable[..., Any], calls: Sequence[tuple]
) -> None:
    apply = map if pool is None else pool.map
    if calls:
        list(apply(function, *zip(*calls, strict=True)))


def carried_out(
    root: Path, run_id: str, config: dict[str, Any], fit_of: str | None = None
) -> Path:
    """The folder of a finished run, which is executed in this process if necessary.

    If a run ``fit_of`` is finished, its fit is taken over.

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
    if _finished(folder):
        return folder
    if fit_of is not None and _finished(run_folder(root, fit_of)):
        _take_over(run_folder(root, fit_of), folder)
    with patch.object(stages, "write_report"):  # as long as a short fit
        status = train([str(folder)])
    if status != 0:
        raise MorphError(f"{folder} did not finish; its log.txt says why")
    return folder


def _take_over(other: Path, folder: Path) -> None:
    """Copy the states of finished fits, from which a run resumes."""
    (folder / "checkpoints").mkdir(exist_ok=True)
    for path in (other / "checkpoints").glob("long_simulation*"):
        shutil.copy(path, folder / "checkpoints")


def _finished(folder: Path) -> bool:
    path = folder / "status.json"
    return path.is_file() and read_json(path)["state"] == "finished"
