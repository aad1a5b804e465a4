"""Simulate a population of galaxies: positions, light, votes and mock observations."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from data.simulation import painting
from data.simulation.observe import (
    SATURATION,
    SURVEYS,
    Fields,
    MockSurvey,
    draw_fields,
    draw_noise,
    observe,
    responses,
    spectrum,
)
from data.simulation.population import ARTIFACT, DISC, EDGE_ON, SMOOTH, draw_population
from data.simulation.scene import MARGIN, Grid, Parameters, grid
from data.simulation.simulated_votes import draw_votes, vote_fractions
from morph.sky import iauname_from_position, unique_names

SIZE = 64  # pixels per side: 16.8"
CHUNK = 32  # galaxies rendered at once; pixel values depend on it
VOLUNTEERS = (5, 40)
GALAXIES_A_FIELD = 40
FIELD_RADIUS_DEG = 0.5
MAG_ERROR, RADIUS_ERROR = 0.05, 0.08  # assumed: magnitudes, and natural logarithm

# ra and dec ranges of field centres; DECaLS ends and BMz begins at dec 32.375.
FOOTPRINTS = {
    "decals": ((125.0, 245.0), (-4.0, 30.5)),
    "bmz": ((110.0, 265.0), (34.0, 70.0)),
    "overlap": ((130.0, 240.0), (31.9, 32.8)),
}

Painter = Callable[[Parameters, Grid], Tensor]
Progress = Callable[[int, int], None]  # galaxies done, galaxies in all


@dataclass(frozen=True)
class SimulatedSurvey:
    """N galaxies observed by one or more surveys, with truth and votes."""

    index: pd.DataFrame  # iauname, ra, dec, mag_r, radius_arcsec, redshift, field
    population: pd.DataFrame  # properties, see data.simulation.population
    truth: np.ndarray  # (N, 34) float32 vote fractions of infinitely many volunteers
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
    first: int | None = None,
    progress: Progress | None = None,
) -> SimulatedSurvey:
    """Simulate ``galaxies`` galaxies; the same arguments give the same bytes.

    With ``first``, only so many of them, the same as those of the whole simulation.

    ``footprint`` is their part of the sky: "decals", "bmz" or "overlap". Every survey
    in ``surveys`` observes all of them; ``volunteers`` are the smallest and largest
    number who vote on a galaxy.
    """
    population = draw_population(galaxies, np.random.default_rng([seed, 0]))
    index = place(population, footprint, np.random.default_rng([seed, 1]))
    truth = vote_fractions(population)
    votes = draw_votes(truth, np.random.default_rng([seed, 2]), *volunteers)
    field = index["field"].to_numpy()
    cameras = [_camera(name, int(field.max()) + 1, seed, size) for name in surveys]
    population, index = population.iloc[:first], index.iloc[:first]
    pixels = _observe_all(population, field[:first], cameras, seed, size, progress)
    return SimulatedSurvey(index, population, truth[:first], votes[:first], pixels)


@dataclass(frozen=True)
class _Camera:
    """A survey with the conditions and PSFs of its fields."""

    survey: MockSurvey
    number: int  # of its random numbers
    fields: Fields
    response: Tensor  # (F, 3, M, M/2 + 1)


def _camera(name: str, fields: int, seed: int, size: int) -> _Camera:
    survey, number = SURVEYS[name], list(SURVEYS).index(name)
    rng = np.random.default_rng([seed, 3, number])
    conditions = draw_fields(survey, fields, rng)
    return _Camera(survey, number, conditions, responses(survey, conditions, size))


def _observe_all(
    population: pd.DataFrame,
    field: np.ndarray,
    cameras: list[_Camera],
    seed: int,
    size: int,
    progress: Progress | None,
) -> dict[str, np.ndarray]:
    """Render and observe chunk by chunk, in as many threads as there are cores.

    One thread computes a chunk, so that its bytes do not depend on the machine.
    """
    total = len(population)
    shape = (total, 3, size, size)
    pixels = {c.survey.name: np.empty(shape, dtype=np.float16) for c in cameras}

    def fill(start: int) -> int:
        rows = np.arange(start, min(start + CHUNK, total))
        sky = spectrum(render(population.iloc[rows], size), size)
        for camera in cameras:
            seen = _observe_chunk(sky, camera, field[rows], rows, seed)
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


def _observe_chunk(
    sky: Tensor, camera: _Camera, field: np.ndarray, rows: np.ndarray, seed: int
) -> np.ndarray:
    """Observe a chunk, with PSF and sky of its fields, noise and saturation."""
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


def place(
    population: pd.DataFrame, footprint: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Index of a population: iauname, ra, dec, photometry, redshift and field.

    Magnitudes and radii are measured ones, with the errors of a catalogue.
    """
    (west, east), (south, north) = FOOTPRINTS[footprint]
    n = len(population)
    fields = max(1, round(n / GALAXIES_A_FIELD))
    field = np.sort(rng.integers(fields, size=n))
    centre_ra = rng.uniform(west, east, fields)
    sines = np.sin(np.deg2rad([south, north]))
    centre_dec = np.rad2deg(np.arcsin(rng.uniform(*sines, fields)))
    away = FIELD_RADIUS_DEG * np.sqrt(rng.random(n))
    towards = rng.uniform(0, 2 * np.pi, n)
    dec = centre_dec[field] + away * np.sin(towards)
    ra = centre_ra[field] + away * np.cos(towards) / np.cos(np.deg2rad(dec))
    mag_error = MAG_ERROR * rng.standard_normal(n)
    radius_error = RADIUS_ERROR * rng.standard_normal(n)
    return pd.DataFrame(
        {
            "iauname": unique_names(iauname_from_position(ra, dec)),
            "ra": ra,
            "dec": dec,
            "mag_r": population["mag_r"].to_numpy() + mag_error,
            "radius_arcsec": population["radius_arcsec"] * np.exp(radius_error),
            "redshift": population["redshift"],
            "field": field,
        }
    )


def render(galaxies: pd.DataFrame, size: int) -> Tensor:
    """(B, 3, N, N) nanomaggies per cell in g, r, z."""
    sky = grid(size)
    scene = torch.zeros(len(galaxies), 3, *sky.x.shape)
    kind = galaxies["kind"].to_numpy()
    layers: tuple[tuple[np.ndarray, Painter], ...] = (
        (kind == SMOOTH, painting.smooth),
        (kind == DISC, painting.disc),
        (kind == EDGE_ON, painting.edge_on),
        (kind == ARTIFACT, painting.artifact),
        (galaxies["disturbance"].to_numpy() > 0, painting.tails),
        (galaxies["companion"].to_numpy() > 0, painting.companion),
        (galaxies["star_flux"].to_numpy() > 0, painting.foreground_star),
    )
    for chosen, paint in layers:
        rows = np.flatnonzero(chosen)
        if len(rows):
            scene[torch.as_tensor(rows)] += paint(_parameters(galaxies, rows), sky)
    return scene


def _parameters(galaxies: pd.DataFrame, rows: np.ndarray) -> Parameters:
    return {
        name: torch.as_tensor(column.to_numpy(np.float32)[rows, None, None])
        for name, column in galaxies.items()
    }
