"""Selections of five steps, every one different, for queries in turn."""

from itertools import cycle, islice

import numpy as np

from morph.selection.certainty.certainty import Surest, Tail
from morph.selection.selection import Limit, Selection

QUESTIONS = (  # that the selections ask, or that lead to them
    "smooth-or-featured",
    "disk-edge-on",
    "has-spiral-arms",
    "bar",
    "how-rounded",
    "spiral-winding",
)


def selections(
    wanted: int, *, one_scan: bool = False, seed: int = 0
) -> list[Selection]:
    """Selections of five steps, every one different.

    A fraction of the most certain needs an additional scan for its limit;
    ``one_scan`` omits such selections.
    """
    rng = np.random.default_rng(seed)
    kinds = (_barred, _certainly_barred, _wound, _round)
    if not one_scan:
        kinds = (*kinds, _surely_barred)
    return [kind(rng) for kind in islice(cycle(kinds), wanted)]


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A slider's value, in hundredths."""
    return round(float(rng.uniform(low, high)), 2)


def _barred(rng: np.random.Generator) -> Selection:
    return Selection(
        limits={
            "bar_strong": (between(rng, 0.2, 0.5), 1),
            "bar_weak": (0, between(rng, 0.3, 0.6)),
        },
        physical={"mag_r": Limit(10, between(rng, 16.5, 17.7))},
    )


def _certainly_barred(rng: np.random.Generator) -> Selection:
    threshold, at_least = between(rng, 0.2, 0.5), between(rng, 0.5, 0.95)
    return Selection(
        limits={"bar_strong": (between(rng, 0.2, 0.5), 1)},
        certainty=(Tail("bar_strong", threshold, at_least),),
        physical={"radius_arcsec": Limit(between(rng, 2, 6), 60)},
    )


def _surely_barred(rng: np.random.Generator) -> Selection:
    return Selection(
        limits={
            "bar_strong": (between(rng, 0.2, 0.5), 1),
            "bar_weak": (0, between(rng, 0.3, 0.6)),
        },
        certainty=(Surest("variance", "bar_strong", 100 * between(rng, 0.05, 0.6)),),
    )


def _wound(rng: np.random.Generator) -> Selection:
    return Selection(
        limits={"spiral-winding_tight": (between(rng, 0.2, 0.6), 1)},
        physical={"redshift": Limit(0.01, between(rng, 0.06, 0.2))},
    )


def _round(rng: np.random.Generator) -> Selection:
    return Selection(
        limits={
            "how-rounded_round": (between(rng, 0.3, 0.6), 1),
            "how-rounded_cigar-shaped": (0, between(rng, 0.1, 0.4)),
        },
        physical={
            "mag_r": Limit(10, between(rng, 16.5, 17.7)),
            "redshift": Limit(0.01, between(rng, 0.06, 0.2), keep_missing=True),
        },
    )
