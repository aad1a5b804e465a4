"""The noise of real exposures, against the tables of their CCDs."""

import numpy as np
import pytest
import torch

from tests.real_data import FIELDS, needs_stamps, stamps
from training.survey_differences.noise import noise_level


@needs_stamps
@pytest.mark.parametrize("field", FIELDS)
def test_the_noise_is_that_of_the_tables(field):
    for stamp in stamps(field):
        side = min(stamp.flux.shape)
        flux = torch.from_numpy(stamp.flux[:side, :side].astype(np.float32))
        found = noise_level(flux.expand(1, 3, side, side))[0, 0].item()
        assert found == pytest.approx(stamp.sig1, rel=0.15), stamp.name
