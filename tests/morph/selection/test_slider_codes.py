"""Codes of values compare as the values do, at every position of a slider."""

from dataclasses import replace

import numpy as np
import pytest

from morph.selection.in_memory import slider_codes
from morph.selection.in_memory.slider_codes import Positions

ANSWER = slider_codes.of_answer("bar_strong")
REDSHIFT = Positions("redshift", -20, 251, 1000, np.float64)


def values_about(positions: Positions) -> np.ndarray:
    """Values at, just below and just above every position, and between them."""
    at, stored = positions.values, np.float32
    near = [np.nextafter(at.astype(stored), stored(side)) for side in (-9, 9)]
    between = np.random.default_rng(0).uniform(at[0], at[-1], 500)
    return np.concatenate([at, *near, between]).astype(stored)


@pytest.mark.parametrize("positions", [ANSWER, REDSHIFT])
def test_a_limit_keeps_the_same_galaxies_by_codes_and_by_values(positions):
    values, at = values_about(positions), positions.values
    inside = (values >= at[0]) & (values <= at[-1])
    codes = slider_codes.coded(values, positions)
    for k in range(positions.number):
        kept = (codes >= 2 * k) & (codes <= 2 * positions.number - 2)
        np.testing.assert_array_equal(kept, (values >= at[k]) & inside)
        np.testing.assert_array_equal(codes <= 2 * k, (values <= at[k]) & inside)


def test_one_byte_for_an_answer_two_for_more_positions():
    assert (ANSWER.code_type, ANSWER.outside) == (np.uint8, 255)
    assert (REDSHIFT.code_type, REDSHIFT.outside) == (np.uint16, 65535)
    assert replace(ANSWER, number=127).code_type == np.uint8
    assert replace(ANSWER, number=128).code_type == np.uint16


def test_unknown_values_are_outside():
    codes = slider_codes.coded(np.array([np.nan, 0.5, 1.5], np.float32), ANSWER)
    assert codes.tolist() == [255, 100, 255]
