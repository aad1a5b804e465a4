"""Images of simulated galaxies with randomised observations (domain randomisation).

Galaxies and votes are those of the demonstration (`data`). Seeing, depth, stretch,
colours and crop are drawn at random for each image, so that a model becomes insensitive
to those of a real survey.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from data.simulation.observe import (
    DECALS,
    MockSurvey,
    draw_fields,
    observe,
    responses,
    spectrum,
)
from data.simulation.painting import foreground_star
from data.simulation.population import draw_population
from data.simulation.scene import grid
from data.simulation.simulate import render
from data.simulation.simulated_votes import draw_votes, vote_fractions
from morph.images.stretch import colour_picture
from tests.research.pilots.framing import FRAME, Frame
from tests.research.pilots.lifelike import lifelike

VERSION = 1  # of what a seed means; raise it whenever pictures change
RENDERED = 96  # pixels per side, 25": wide enough for a whole galaxy
VOLUNTEERS = 40
_CHUNK, _CAMERAS = 32, 64
_STARS, _STAR_SHARE = 3, 0.4  # at most in a picture; how likely each is
_STRETCH = (6.0, 40.0)  # Q of the picture
_EXPOSURE = (0.3, 1.5)  # flux in units of the viewer's
_TIGHT_SHARE, _TIGHTEST = 0.3, 0.55  # of pictures cut tight; of the side left

# Seeing against the galaxy's size matters, not arcseconds: large nearby galaxies are as
# these would be with half an arcsecond.
CAMERA = MockSurvey(
    name="any",
    fwhm_arcsec=(0.8, 0.75, 0.7),
    depth=(24.7, 24.2, 23.4),
    native_arcsec=(0.262, 0.262, 0.262),
    wing_share=(0.0, 0.0, 0.0),
    colour_terms=False,
    fwhm_scatter=0.3,
    noise_scatter=0.5,
    sky_scatter=0.1,
)


@dataclass(frozen=True)
class Simulation:
    """Settings of the simulation; all but the default are for ablation."""

    lifelike: bool = True  # else the demonstration's galaxies as they are
    stars: bool = True  # else an empty sky
    varied: bool = True  # seeing, depth, stretch, cut; else DECaLS as the viewer has it
    frame: Frame = FRAME
    # Galaxies so many times larger on the sky, with the same seeing and surface
    # brightness, in pictures with so many times more pixels per side.
    scale: float = 1.0

    @property
    def rendered(self) -> int:
        """Pixels per side of a picture, before it is framed."""
        return round(RENDERED * self.scale)


DEFAULT = Simulation()


def simulated_pictures(
    galaxies: int, seed: int, simulation: Simulation = DEFAULT
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Framed images of galaxies; the same arguments give the same ones.

    Returns
    -------
    pixels : (N, S, S, 3) uint8 array
    votes : (N, 34) int32 array
    population : DataFrame
        Properties of each galaxy, see `data.simulation.population`.
    """
    population = draw_population(galaxies, np.random.default_rng([seed, 0]))
    if simulation.lifelike:
        population = lifelike(population, np.random.default_rng([seed, 3]))
    truth = vote_fractions(population)
    votes = draw_votes(
        truth, np.random.default_rng([seed, 1]), fewest=VOLUNTEERS, most=VOLUNTEERS
    )
    pixels = framed_pictures(population, simulation, np.random.default_rng([seed, 2]))
    return pixels, votes, population


def framed_pictures(
    population: pd.DataFrame, simulation: Simulation, rng: np.random.Generator
) -> np.ndarray:
    """(N, S, S, 3) uint8 images of a population, each with random settings."""
    taken = _photographs(population, simulation, rng)
    publish = _published if simulation.varied else _in_the_viewer
    return np.stack([simulation.frame.lay(publish(flux, rng)) for flux in taken])


def _photographs(
    population: pd.DataFrame, simulation: Simulation, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """(3, S, S) nanomaggies of each galaxy, each with a random camera."""
    survey = CAMERA if simulation.varied else DECALS
    side, scale = simulation.rendered, simulation.scale
    fields = draw_fields(survey, _CAMERAS, rng)
    response = responses(survey, fields, side)
    larger = population.assign(
        radius_arcsec=scale * population["radius_arcsec"],
        mag_r=population["mag_r"] - 5 * np.log10(scale),
        star_distance=scale * population["star_distance"],
    )
    for start in range(0, len(population), _CHUNK):
        scene = render(larger.iloc[start : start + _CHUNK], side)
        for _ in range(_STARS if simulation.stars else 0):
            scene += _stars(len(scene), rng, side)
        camera = rng.integers(_CAMERAS, size=len(scene))
        sky = spectrum(scene, side)
        seen = observe(sky, survey, response[camera], side).numpy()
        noise = rng.standard_normal(seen.shape, dtype=np.float32)
        yield from seen + fields.pixel_noise[camera][..., None, None] * noise


def _stars(pictures: int, rng: np.random.Generator, side: int) -> Tensor:
    """Add a star to half of the images; bright ones are rarer."""

    def drawn(low: float, high: float) -> Tensor:
        values = rng.uniform(low, high, (pictures, 1, 1)).astype(np.float32)
        return torch.from_numpy(values)

    star = {
        "star_distance": drawn(3, 13) * (side / RENDERED),
        "star_angle": drawn(0, 2 * np.pi),
        "star_flux": 10 ** drawn(-1.5, 0) * (drawn(0, 1) < _STAR_SHARE),
        "mag_r": drawn(18, 19),
        "redness": drawn(-0.1, 0.1),
    }
    return foreground_star(star, grid(side))


def _in_the_viewer(flux: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return colour_picture(flux)


def _published(flux: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A colour image (H, W, 3) uint8 with a random stretch and crop."""
    q = np.exp(rng.uniform(*np.log(_STRETCH)))
    exposure = np.exp(rng.uniform(*np.log(_EXPOSURE)))
    tint = np.exp(0.15 * rng.standard_normal((3, 1, 1)))
    picture = colour_picture(flux * exposure * tint, q=q)
    if rng.random() < _TIGHT_SHARE:
        side = picture.shape[0]
        cut = int(side * (1 - rng.uniform(_TIGHTEST, 1)) / 2)
        picture = picture[cut : side - cut, cut : side - cut]
    return picture
