"""Spreads of features, taken over from another survey."""

import torch

from training.standardise import stretch


def test_spreads_become_those_wanted():
    found, wanted = torch.tensor([2.0, 0.5]), torch.tensor([1.0, 3.0])
    torch.testing.assert_close(stretch(wanted, found) * found, wanted)


def test_what_does_not_vary_is_not_blown_up():
    """Another galaxy may have what the sample has not: it must not become infinite."""
    gain = stretch(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 1e-9]))
    assert gain.tolist() == [0.0, 0.0]
