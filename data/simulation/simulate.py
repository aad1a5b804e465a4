"""Simulate one population of galaxies and look at it with one or more surveys."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from data.simulation.observe import (
    SATURATION,
    SURVEYS,
    Fields,
    Survey,
    draw_fields,
    draw_noise,
    observe,
    responses,
    spectrum,
)
from data.simulation.population import draw_population
from data.simulation.positions import place
from data.simulation.render import render
from data.simulation.scene import MARGIN
from data.simulation.simulated_votes import draw_votes, vote_fractions

SIZE = 64  # pixels a side: 16.8"
CHUNK = 32  # galaxies rendered at once; part of what makes the bytes
VOLUNTEERS = (5, 40)

Progress = Callable[[int, int], None]  # galaxies done, galaxies in all


@dataclass(frozen=True)
class SimulatedSurvey:
    """N galaxies as one or more surveys see them, with truth and votes."""

    index: pd.DataFrame  # iauname, ra, dec, mag_r, radius_arcsec, redshift, field
    population: pd.DataFrame  # what each galaxy is, see data.simulation.population
    truth: np.ndarray  # (N, 34) float32 vote fractions of endless volunteers
    votes: np.ndarray  # (N, 34) int32
    pixels: dict[str, np.ndarray]  # survey -> (N, 3, S, S) float16 nanomaggies


def simulate(
    galaxies: int,
    seed: int,
    *,
    surveys: tuple[str, ...] = ("decals", "bmz"),
    footprint: str = "overlap",
    size: int = SIZE,
    volunteers: tuple[int, int] = VOLUNTEERS,
    progress: Progress | None = None,
) -> SimulatedSurvey:
    """Simulate ``galaxies`` galaxies; the same arguments give the same bytes.

    ``footprint`` is the part of the sky they lie in: "decals", "bmz" or "overlap".
    Every survey in ``surveys`` sees all of them; ``volunteers`` are the fewest and
    most who vote on one galaxy.
    """
    population = draw_population(galaxies, np.random.default_rng([seed, 0]))
    index = place(population, footprint, np.random.default_rng([seed, 1]))
    truth = vote_fractions(population)
    fewest, most = volunteers
    votes = draw_votes(
        truth, np.random.default_rng([seed, 2]), fewest=fewest, most=most
    )
    field = index["field"].to_numpy()
    cameras = [_camera(name, int(field.max()) + 1, seed, size) for name in surveys]
    pixels = _look(population, field, cameras, seed, size, progress)
    return SimulatedSurvey(index, population, truth, votes, pixels)


@dataclass(frozen=True)
class _Camera:
    """A survey with what its fields were like and how they blur."""

    survey: Survey
    number: int  # sets its random numbers apart
    fields: Fields
    response: Tensor  # (F, 3, M, M/2 + 1)


def _camera(name: str, fields: int, seed: int, size: int) -> _Camera:
    survey, number = SURVEYS[name], list(SURVEYS).index(name)
    rng = np.random.default_rng([seed, 3, number])
    conditions = draw_fields(survey, fields, rng)
    return _Camera(survey, number, conditions, responses(survey, conditions, size))


def _look(
    population: pd.DataFrame,
    field: np.ndarray,
    cameras: list[_Camera],
    seed: int,
    size: int,
    progress: Progress | None,
) -> dict[str, np.ndarray]:
    """Render chunk by chunk, as many at once as there are cores, and observe each.

    A chunk is computed by one thread, so that its bytes hang on nothing else and busy
    machines are no slower than they must be.
    """
    total = len(population)
    shape = (total, 3, size, size)
    pixels = {c.survey.name: np.empty(shape, dtype=np.float16) for c in cameras}

    def fill(start: int) -> int:
        rows = np.arange(start, min(start + CHUNK, total))
        sky = spectrum(render(population.iloc[rows], size), size)
        for camera in cameras:
            seen = _photograph(sky, camera, field[rows], rows, seed)
            pixels[camera.survey.name][rows] = seen
        return int(rows[-1]) + 1

    with (
        _single_threaded_torch(),
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
        closing(pool.map(fill, range(0, total, CHUNK))) as filled,
    ):
        for done in filled:
            if progress is not None:
                progress(done, total)
    return pixels


@contextmanager
def _single_threaded_torch() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _photograph(
    sky: Tensor, camera: _Camera, field: np.ndarray, rows: np.ndarray, seed: int
) -> np.ndarray:
    """A chunk with its field's blur and sky, its own noise, and saturated pixels."""
    size, survey = sky.shape[-2] - 2 * MARGIN, camera.survey
    seen = observe(sky, survey, camera.response[torch.as_tensor(field)], size).numpy()
    generators = (
        np.random.default_rng([seed, 4, camera.number, galaxy]) for galaxy in rows
    )
    noise = np.stack([draw_noise(survey, size, rng) for rng in generators])
    sigma, level = (
        conditions[field][:, :, None, None].astype(np.float32)
        for conditions in (camera.fields.pixel_noise, camera.fields.sky)
    )
    return np.minimum(seen + sigma * noise + level, SATURATION)
