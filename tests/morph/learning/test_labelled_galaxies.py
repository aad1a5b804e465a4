"""Size, brightness and colours of labelled galaxies."""

import numpy as np
import pandas as pd
import pytest

from morph.learning.labelled_galaxies import plain_columns, plain_numbers


def test_magnitudes_sizes_and_colours_are_used_and_redshifts_are_not():
    columns = ["iauname", "mag_g", "mag_r", "redshift", "radius_arcsec", "image_flag"]
    assert plain_columns(columns) == ["mag_g", "mag_r", "radius_arcsec"]
    table = pd.DataFrame(
        {
            "mag_g": [18.0, 17, 16, 19],
            "mag_r": [17.0, 16.5, 15, 18.2],
            "radius_arcsec": [1.0, 10, 100, np.nan],
        }
    )
    found = plain_numbers(table)
    expected = [
        table["mag_g"],
        table["mag_r"],
        np.array([0, 1, 2, 1.0]),  # an unknown one is the median
        table["mag_g"] - table["mag_r"],
    ]
    for column, values in zip(found.T, expected, strict=True):
        assert column == pytest.approx((values - np.mean(values)) / np.std(values))


def test_numbers_that_most_galaxies_lack_are_not_used():
    table = pd.DataFrame({"mag_r": [17.0, np.nan, np.nan, np.nan]})
    assert plain_numbers(table) is None
