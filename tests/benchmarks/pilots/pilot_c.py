"""Pilot C: ring or not, from what a network had learnt before or from nothing."""

from pathlib import Path

import numpy as np

from tests.benchmarks.pilots.real import RealGalaxies
from tests.benchmarks.pilots.rings import fine_tuned, prepared, probed
from tests.benchmarks.pilots.scores import paired_difference
from tests.benchmarks.pilots.sizes import Size
from tests.benchmarks.pilots.tables import Row, rounded, share_row

SCRATCH = "scratch"


def rows(
    real: RealGalaxies, starts: dict[str, Path | None], size: Size, seed: int = 1
) -> list[Row]:
    """Accuracy over the five folds of each start, by a linear probe and fine-tuned.

    Each is held against the start from nothing, by the same way, on the same pictures.
    """
    pictures = prepared(*real.rings())
    ways = {
        "linear probe": lambda run: probed(run, pictures, seed),
        "fine-tuned": lambda run: fine_tuned(run, pictures, size.ring_fit, seed),
    }
    table = []
    for way, judge in ways.items():
        right = {start: judge(run) for start, run in starts.items()}
        for start, found in right.items():
            named = {"learnt before": start, "way": way}
            table.append(named | share_row(found) | _against(right[SCRATCH], found))
    return table


def _against(scratch: np.ndarray, found: np.ndarray) -> Row:
    difference, low, high = paired_difference(scratch, found)
    return {
        "against scratch": rounded(difference),
        "from": rounded(low),
        "to": rounded(high),
    }


def missed(rows: list[Row]) -> list[str]:
    """Ways by which no pretraining beats the start from nothing for certain."""
    ways = dict.fromkeys(row["way"] for row in rows)
    return [
        f"pilot C, {way}: no pretraining beats {SCRATCH} for certain"
        for way in ways
        if max(row["from"] for row in rows if row["way"] == way) <= 0
    ]
