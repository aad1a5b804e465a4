"""Simulate one population of galaxies and look at it with one or more surveys."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from data.demo_galaxies import draw_population
from data.demo_observing import (
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
from data.demo_rendering import render
from data.demo_sky import place
from data.demo_votes import draw_votes, vote_fractions

SIZE = 64  # pixels a side: 16.8"
CHUNK = 64  # galaxies rendered at once; part of what makes the bytes
VOLUNTEERS = (5, 40)

Progress = Callable[[int, int], None]  # galaxies done, galaxies in all


@dataclass(frozen=True)
class SimulatedSurvey:
    """N galaxies as one or more surveys see them, with truth and votes."""

    index: pd.DataFrame  # iauname, ra, dec, mag_r, radius_arcsec, redshift, field
    population: pd.DataFrame  # what each galaxy is, see data.demo_galaxies
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
    pixels = _look(population, index["field"].to_numpy(), seed, surveys, size, progress)
    return SimulatedSurvey(index, population, truth, votes, pixels)


def _look(
    population: pd.DataFrame,
    field: np.ndarray,
    seed: int,
    surveys: tuple[str, ...],
    size: int,
    progress: Progress | None,
) -> dict[str, np.ndarray]:
    """Render in chunks and observe each chunk by every survey."""
    total, fields = len(population), int(field.max()) + 1
    pixels, cameras = {}, {}
    for name in surveys:
        survey, number = SURVEYS[name], list(SURVEYS).index(name)
        conditions = draw_fields(
            survey, fields, np.random.default_rng([seed, 3, number])
        )
        cameras[name] = (survey, conditions, responses(survey, conditions, size))
        pixels[name] = np.empty((total, 3, size, size), dtype=np.float16)
    for start in range(0, total, CHUNK):
        rows = np.arange(start, min(start + CHUNK, total))
        sky = spectrum(render(population.iloc[rows], size), size)
        for name, (survey, conditions, response) in cameras.items():
            seen = observe(sky, survey, response[torch.as_tensor(field[rows])], size)
            pixels[name][rows] = _with_noise(
                seen.numpy(), survey, conditions, field[rows], rows, seed
            )
        if progress is not None:
            progress(int(rows[-1]) + 1, total)
    return pixels


def _with_noise(
    seen: np.ndarray,
    survey: Survey,
    conditions: Fields,
    field: np.ndarray,
    rows: np.ndarray,
    seed: int,
) -> np.ndarray:
    """Add each galaxy's own noise and its field's sky, and clip saturated pixels."""
    number = list(SURVEYS).index(survey.name)
    noise = np.stack(
        [
            draw_noise(
                survey, seen.shape[-1], np.random.default_rng([seed, 4, number, row])
            )
            for row in rows
        ]
    )
    sigma, sky = (
        a[field][:, :, None, None].astype(np.float32)
        for a in (conditions.pixel_noise, conditions.sky)
    )
    return np.minimum(seen + sigma * noise + sky, SATURATION)
