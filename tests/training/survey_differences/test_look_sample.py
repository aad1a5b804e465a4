"""A look measures a sample of bounded size, whatever the size of the survey."""

import numpy as np
import pandas as pd
import pytest
import torch

from tests.training.survey_differences.test_reobserve import allocated_at_most
from training.pixels.galaxy_images import Galaxies
from training.pixels.on_disk import MappedPixels
from training.survey_differences.look import measure_look

SIZE = 24
SAMPLE = 8192


def survey(count: int, *, kept: str = "disk") -> Galaxies:
    """Discs of several sizes with noise, all over a part of the sky."""
    rng = np.random.default_rng(0)
    middle = SIZE // 2
    radius = np.hypot(*np.mgrid[-middle:middle, -middle:middle]).astype(np.float32)
    scale = rng.uniform(1.5, 3, (count, 1, 1, 1)).astype(np.float32)
    light = np.exp(-radius / scale) * np.ones((1, 3, 1, 1), np.float32)
    noise = 0.01 * rng.standard_normal(light.shape, np.float32)
    flux = (light + noise).astype(np.float16)
    place = {"ra": rng.uniform(0, 9, count), "dec": rng.uniform(0, 9, count)}
    device = torch.device("cpu")
    pixels = MappedPixels([flux], device) if kept == "disk" else torch.from_numpy(flux)
    return Galaxies(pd.DataFrame(place), pixels)


@pytest.mark.parametrize("kept", ["disk", "memory"])
def test_a_large_survey_is_measured_from_8192_galaxies(kept):
    """With half as much memory as their pixels, besides a copy of these."""
    found, looks = survey(9000, kept=kept), []
    sample = SAMPLE * 3 * SIZE**2 * np.dtype(np.float16).itemsize
    taken = allocated_at_most(lambda: looks.append(measure_look(found)))
    assert sample < taken < 1.5 * sample
    (look,) = looks
    rows = look.measured.numpy()
    assert len(np.unique(rows)) == len(rows) == SAMPLE
    assert rows.min() < 100 and rows.max() > 8900  # from the whole survey
    assert len(look.own_noise) == len(look.rings[0]) == SAMPLE
    assert look.noise.shape == look.blur.shape == (9000, 3)


def test_a_small_survey_is_measured_whole():
    assert torch.equal(measure_look(survey(100)).measured, torch.arange(100))
