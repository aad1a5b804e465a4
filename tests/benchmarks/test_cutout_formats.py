"""Formats of the benchmark of cutouts: each gives back what was written."""

import numpy as np
import pytest

from tests.benchmarks.cutouts import store_formats
from tests.benchmarks.cutouts.formats import STEPS, Cutouts, formats
from tests.benchmarks.cutouts.made_cutouts import made_cutouts, noise


@pytest.fixture(scope="module")
def pixels():
    return made_cutouts(3)


@pytest.mark.parametrize("one", list(formats()), ids=lambda one: one.name)
def test_a_format_gives_back_what_was_written_and_appended(one, pixels, tmp_path):
    one.write(tmp_path, pixels[:2])
    one.append(tmp_path, pixels[2:])
    read = Cutouts(one.reader(tmp_path), 3)
    found = np.stack([read[row] for row in (0, 1, -1)]).astype(float)
    away = np.abs(found - pixels).max(axis=(0, 2, 3)) / noise()
    half_a_step = 0.5 / STEPS
    rounding = 0.05  # of the float16 that is read, at the brightest pixels
    limit = half_a_step + rounding if "noise" in one.name else 0
    assert (away <= limit).all()


def test_the_noise_is_that_of_the_survey(pixels):
    corner = pixels[:, :, :24, :24].astype(float)
    spread = (corner - np.median(corner, axis=(2, 3), keepdims=True)).std(axis=(2, 3))
    assert np.abs(spread / noise() - 1).max() < 0.2


def test_every_measure_of_every_format_has_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(store_formats, "formats", lambda: list(formats())[:1] * 2)
    monkeypatch.setattr(store_formats, "_GROWTH", 2)
    rows = store_formats.rows(tmp_path, 2)
    assert len(rows) == 1  # the second has the name of the first, so none is beside it
    assert rows[0].met and rows[0].ours == pytest.approx(97.6, abs=0.1)
