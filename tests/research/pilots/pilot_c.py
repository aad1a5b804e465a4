"""Pilot C: ring or not, from pretrained networks or from random weights.

The goal, a gain over random weights, is for one start named in advance. It was chosen
by scores on the half "tune" of real images; folds are drawn from all images, and the
gain on the other half is reported too.
"""

import numpy as np
import torch

from tests.research.pilots import rings
from tests.research.pilots.real import RealGalaxies
from tests.research.pilots.scores import paired_difference
from tests.research.pilots.simulated_rings import simulated_rings
from tests.research.pilots.sizes import Size
from tests.research.pilots.tables import Row, half_of, rounded, share_row
from training.network.model import GalaxyModel

SCRATCH = "scratch"
MAIN = "simulated, then simulated rings"  # whose goal it is
PLAIN = "size, brightness, noise, colour"  # and no network: what needs no shape
PROBE = "linear probe"
RINGS_SEED = 1
Starts = dict[str, GalaxyModel | None]


def fit_simulated_rings(start: GalaxyModel, size: Size) -> GalaxyModel:
    """``start`` fitted to separate simulated discs with and without a ring."""
    pictures = rings.prepared(*simulated_rings(size.simulated_rings, RINGS_SEED))
    every = np.arange(len(pictures.ring))
    with _precision(size):
        begun = rings.started(start, pictures, RINGS_SEED)
        return rings.taught(begun, pictures, every, size.simulated_ring_fit, RINGS_SEED)


def _precision(size: Size) -> torch.autocast:
    """As the engine's fits compute; weights change, so that none cast may be kept."""
    lower = size.precision == "bf16-mixed"
    return torch.autocast("cpu", torch.bfloat16, enabled=lower, cache_enabled=False)


def rows(real: RealGalaxies, starts: Starts, size: Size) -> list[Row]:
    """Accuracy of each start, by linear probe and fine-tuning, with few labels and all.

    Accuracies are means over several assignments to folds, and are compared with random
    weights by the same method on the same images.
    """
    pixels, ring, names = real.rings()
    pictures = rings.prepared(pixels, ring)
    test = np.array([half_of(name) == "test" for name in names])
    table = []
    for labels in (size.few_ring_labels, None):
        for way in (PROBE, "fine-tuned"):
            with _precision(size):
                right = {
                    name: _mean_over_folds(pictures, start, way, labels, size)
                    for name, start in starts.items()
                }
            if way == PROBE:
                right[PLAIN] = _by_measures(real, ring, labels, size)
            learnt = labels or len(rings.folds(pictures.ring, 1)[0][0])
            for name, found in right.items():
                named = {"learnt before": name, "way": way, "labels": learnt}
                against = _against(right[SCRATCH], found, test)
                table.append(named | share_row(found) | against)
    return table


def _mean_over_folds(
    pictures: rings.Pictures,
    start: GalaxyModel | None,
    way: str,
    labels: int | None,
    size: Size,
) -> np.ndarray:
    """(N,) fraction of assignments to folds with a correct answer for each image."""
    found = []
    for seed in range(1, size.ring_seeds + 1):
        model = rings.started(start, pictures, seed)
        splits = rings.folds(pictures.ring, seed, labels)
        if way == "fine-tuned":
            fits = size.ring_fits
            found.append(rings.fine_tuned(model, pictures, splits, fits, seed))
        else:
            seen = rings.features(model, pictures.inputs)
            found.append(rings.probed(seen, pictures.ring, splits))
    return np.mean(found, axis=0)


def _by_measures(
    real: RealGalaxies, ring: np.ndarray, labels: int | None, size: Size
) -> np.ndarray:
    """(N,) likewise, from properties other than shape, in the same folds."""
    measures, seeds = real.ring_measures(), range(1, size.ring_seeds + 1)
    splits = [rings.folds(ring, seed, labels) for seed in seeds]
    return np.mean([rings.probed(measures, ring, own) for own in splits], axis=0)


def _against(scratch: np.ndarray, found: np.ndarray, test: np.ndarray) -> Row:
    difference, low, high = paired_difference(scratch, found)
    on_test, _, _ = paired_difference(scratch[test], found[test])
    return {
        "against scratch": rounded(difference),
        "from": rounded(low),
        "to": rounded(high),
        "on the test half": rounded(on_test),
    }


def missed(rows: list[Row]) -> list[str]:
    """Methods by which the main pretraining does not beat random weights."""
    return [
        f"pilot C, {row['way']}, {row['labels']} labels: {MAIN!r} does not beat "
        f"{SCRATCH!r} for certain ({row['against scratch']:+.1%}, 95 % interval "
        f"{row['from']:+.1%} to {row['to']:+.1%})"
        for row in rows
        if row["learnt before"] == MAIN and row["from"] <= 0
    ]
