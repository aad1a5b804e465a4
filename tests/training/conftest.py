"""Tiny cutout stores and runs, made in a temporary MORPH_HOME."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from morph.cutouts import StoreManifest, write_store
from morph.home import cutouts_folder
from morph.run_folder import ActiveRun
from morph.runs import create_run
from morph.tree import GZD5

MakeStore = Callable[..., Path]


@pytest.fixture(autouse=True)
def one_thread():
    """Tiny tensors are no faster on more threads, and wait for them where busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_store(tmp_path: Path) -> MakeStore:
    """``make_store(name, survey=..., galaxies=..., ...)`` writes one cutout store."""

    def make(
        name: str,
        *,
        survey: str = "decals",
        galaxies: int = 48,
        size: int = 16,
        votes: bool = True,
        truth: bool = False,
        seed: int = 0,
    ) -> Path:
        rng = np.random.default_rng(seed)
        index = pd.DataFrame(
            {
                "iauname": [f"{name}-{i:03d}" for i in range(galaxies)],
                "ra": rng.uniform(150, 152, galaxies),
                "dec": rng.uniform(33, 35, galaxies),
                "mag_r": rng.uniform(14, 17, galaxies),
            }
        )
        if truth:
            index["half"] = np.where(np.arange(galaxies) % 2, "tune", "test")
        manifest = StoreManifest(survey, "demonstration", name, galaxies, size)
        folder = cutouts_folder(tmp_path, name)
        counts = _table(index, rng.integers(0, 6, (galaxies, len(GZD5.labels))))
        write_store(
            folder,
            manifest,
            index,
            _pictures(galaxies, size, rng),
            votes=counts if votes else None,
        )
        if truth:
            _table(index, _fractions(rng, galaxies)).to_parquet(
                folder / "truth.parquet", index=False
            )
        return folder

    return make


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., ActiveRun]:
    """``make_run(config)`` creates a run and opens it as its process would."""

    def make(config: dict, run_id: str = "run") -> ActiveRun:
        return ActiveRun(create_run(tmp_path, run_id, config))

    return make


def _pictures(galaxies: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """(N, 3, S, S) float16 fluxes: a round galaxy of its own size, and noise."""
    axis = np.arange(size) - (size - 1) / 2
    radius = np.hypot(axis[:, None], axis)
    width = rng.uniform(size / 16, size / 6, (galaxies, 1, 1, 1))
    light = rng.uniform(0.5, 2, (galaxies, 3, 1, 1)) * np.exp(-radius / width)
    noise = 0.01 * rng.standard_normal((galaxies, 3, size, size))
    return (light + noise).astype(np.float16)


def _fractions(rng: np.random.Generator, galaxies: int) -> np.ndarray:
    """(N, L) vote fractions; every answer of a question prevails in some galaxy."""
    fractions = rng.uniform(0.05, 1, (galaxies, len(GZD5.labels)))
    for question in GZD5.questions:
        columns = GZD5.columns(question)
        prevails = rng.integers(len(question.answers), size=galaxies)
        fractions[np.arange(galaxies), columns.start + prevails] += 40
        fractions[:, columns] /= fractions[:, columns].sum(axis=1, keepdims=True)
    return fractions


def _table(index: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(GZD5.labels))
    table.insert(0, "iauname", index["iauname"])
    return table
