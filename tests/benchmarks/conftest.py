"""A tiny run, and plain pictures, that the tests of the pilots share."""

import numpy as np
import pytest

from tests.benchmarks.pilots import workplace
from tests.benchmarks.pilots.simulated import simulated_pictures

FIT, DEVICE = {"epochs": 1, "batch_size": 16}, {"threads": 1}


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A model that has seen twenty-four simulated pictures once."""
    root = tmp_path_factory.mktemp("cache")
    pixels, votes, _ = simulated_pictures(24, 1)
    store = workplace.write_pictures(root, "tiny", pixels, votes)
    config = workplace.source_config(store, FIT, DEVICE, 1)
    folder = workplace.fitted(root, "tiny", config)
    made = (folder / "checkpoints" / "model.json").stat().st_mtime_ns
    assert workplace.write_pictures(root, "tiny", pixels, votes) == store
    assert workplace.write_pictures(root, "tiny", pixels[::-1].copy(), votes) != store
    assert workplace.fitted(root, "tiny", config) == folder
    assert (folder / "checkpoints" / "model.json").stat().st_mtime_ns == made
    return folder


def picture(side=200, x=100, y=100, radius=20, ratio=1.0, sky=20, stars=()):
    """A grey disc on a grey sky, (side, side, 3) uint8."""
    down, across = np.mgrid[:side, :side] + 0.5
    levels = np.full((side, side), float(sky))
    for at_x, at_y, size, q in [(x, y, radius, ratio), *stars]:
        levels[np.hypot(across - at_x, (down - at_y) / q) < size] = 150
    return np.repeat(levels[..., None], 3, axis=2).astype(np.uint8)
