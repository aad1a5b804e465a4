"""True vote fractions of simulated galaxies, and simulated votes.

The truth of a galaxy is the vector of vote fractions of infinitely many volunteers who
see its DECaLS image: for each question, a softmax of the distance of the galaxy's
property from each answer, washed out where the galaxy is small or faint. The same truth
applies to its BMz image, as when votes on DECaLS images test a model on BMz.
"""

import numpy as np
import pandas as pd

from data.simulation.population import (
    ARM_COUNTS,
    ARTIFACT,
    AXIS_RATIOS,
    BARS,
    BULGES,
    DISC,
    EDGE_ON,
    PITCHES,
    SMOOTH,
)
from morph.trees.decision_tree import GZD5


def vote_fractions(galaxies: pd.DataFrame) -> np.ndarray:
    """(N, 34) float32 true vote fractions in the order of ``GZD5.labels``."""
    g = {name: column.to_numpy(float) for name, column in galaxies.items()}
    seen = visibility(g)
    answers = {
        "smooth-or-featured": _smooth_or_featured(g, seen),
        "disk-edge-on": _edge_on(g, seen),
        "has-spiral-arms": _spiral_arms(g, seen),
        "bar": _bar(g, seen),
        "bulge-size": _bulge_size(g, seen),
        "how-rounded": _how_rounded(g),
        "edge-on-bulge": _edge_on_bulge(g, seen),
        "spiral-winding": _winding(g, seen),
        "spiral-arm-count": _arm_count(g, seen),
        "merging": _merging(g),
    }
    truth = np.concatenate([answers[question.name] for question in GZD5.questions], 1)
    return truth.astype(np.float32)


def draw_votes(
    truth: np.ndarray,
    rng: np.random.Generator,
    fewest: int,
    most: int,
) -> np.ndarray:
    """(N, L) int32 votes of ``fewest`` to ``most`` volunteers who follow the tree.

    A question is asked to those who gave an answer that leads to it.
    """
    votes = np.zeros(truth.shape, dtype=np.int32)
    volunteers = rng.integers(fewest, most + 1, len(truth))
    for question in GZD5.questions:
        columns = GZD5.columns(question)
        leading = [GZD5.labels.index(label) for label in question.asked_after]
        asked = votes[:, leading].sum(1) if leading else volunteers
        fractions = truth[:, columns].astype(float)
        fractions /= fractions.sum(1, keepdims=True)
        votes[:, columns] = rng.multinomial(asked, fractions)
    return votes


def visibility(g: dict[str, np.ndarray]) -> np.ndarray:
    """Visibility of structure in the DECaLS image, 0 ... 1."""
    brightness = g["mag_r"] + 2.5 * np.log10(2 * np.pi * g["radius_arcsec"] ** 2)
    return _logistic(2.5 * (22.3 - brightness)) * _logistic(
        4 * (g["radius_arcsec"] - 1.9)
    )


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _softmax(logits: np.ndarray) -> np.ndarray:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def _nearest(value: np.ndarray, centres: list[float], width: float) -> np.ndarray:
    """Softmax of the distance to each centre, with 5% distributed evenly."""
    near = _softmax(-0.5 * ((value[:, None] - np.array(centres)) / width) ** 2)
    return 0.95 * near + 0.05 / len(centres)


def _washed(clear: np.ndarray, guess: list[float], seen: np.ndarray) -> np.ndarray:
    """Answers of volunteers who see it mixed with the guesses of those who do not."""
    fraction = (0.25 + 0.75 * seen)[:, None]
    return fraction * clear + (1 - fraction) * np.array(guess)


def _two(first: np.ndarray) -> np.ndarray:
    return np.stack([first, 1 - first], 1)


def _smooth_or_featured(g: dict, seen: np.ndarray) -> np.ndarray:
    kind = g["kind"]
    plain = (
        (1 - 0.95 * np.clip(_shown_arms(g) * 1.6, 0, 1))
        * (1 - 0.8 * np.clip(g["bar"], 0, 1))
        * (1 - 0.9 * (g["ring"] > 0))
        * (1 - 0.9 * np.clip(g["clumps"] * 1.6, 0, 1))
    )
    featured = np.select(
        [kind == DISC, kind == EDGE_ON], [(1 - plain), np.full_like(seen, 0.97)], 0.0
    )
    featured = 0.05 + 0.9 * featured * (0.3 + 0.7 * seen)
    featured += (1 - featured) * 0.3 * np.clip(g["disturbance"], 0, 1)
    artifact = np.where(kind == ARTIFACT, 0.62 + 0.3 * g["flaw_strength"], 0.025)
    return np.stack(
        [(1 - featured) * (1 - artifact), featured * (1 - artifact), artifact], 1
    )


def _edge_on(g: dict, seen: np.ndarray) -> np.ndarray:
    inclined = 0.03 + 0.5 * _logistic((0.33 - g["axis_ratio"]) * 20)
    yes = np.select([g["kind"] == EDGE_ON], [0.62 + 0.32 * seen], inclined)
    return _two(yes)


def _spiral_arms(g: dict, seen: np.ndarray) -> np.ndarray:
    arms = _logistic(12 * (_shown_arms(g) - 0.3)) * (g["kind"] == DISC)
    disc = np.clip(1.8 * (1 - g["bulge"] ** 2), 0, 1)
    yes = 0.06 + 0.88 * arms * disc * (0.35 + 0.65 * seen)
    return _two(yes)


def _shown_arms(g: dict[str, np.ndarray]) -> np.ndarray:
    return g["arm_contrast"] * g["arm_shown"]


def _bar(g: dict, seen: np.ndarray) -> np.ndarray:
    bar = np.where(g["kind"] == DISC, g["bar"], 0)
    return _washed(_nearest(bar, list(BARS.values()), 0.17), [0.05, 0.25, 0.7], seen)


def _bulge_size(g: dict, seen: np.ndarray) -> np.ndarray:
    bulge = np.where(g["kind"] == SMOOTH, 0.62, g["bulge"])
    clear = _nearest(bulge, list(BULGES.values()), 0.075)
    return _washed(clear, [0.05, 0.15, 0.4, 0.3, 0.1], seen)


def _how_rounded(g: dict) -> np.ndarray:
    ratio = np.where(g["kind"] == EDGE_ON, 0.2, g["axis_ratio"])
    return _nearest(ratio, list(AXIS_RATIOS.values()), 0.12)


def _edge_on_bulge(g: dict, seen: np.ndarray) -> np.ndarray:
    has = _logistic((g["bulge"] - 0.28) * 18)
    boxy = has * _logistic((g["boxiness"] - 0.45) * 10)
    clear = np.stack([boxy, 1 - has, has - boxy], 1) * 0.91 + 0.03
    return _washed(clear, [0.1, 0.4, 0.5], seen)


def _winding(g: dict, seen: np.ndarray) -> np.ndarray:
    pitch, centres = np.log(g["pitch"]), np.log(list(PITCHES.values()))
    clear = _nearest(pitch, list(centres), 0.17)
    return _washed(clear, [0.3, 0.45, 0.25], seen * (1 - 0.9 * g["arm_disorder"]))


def _arm_count(g: dict, seen: np.ndarray) -> np.ndarray:
    ordinal = np.searchsorted(ARM_COUNTS, g["arms"]).astype(float)
    counted = _nearest(ordinal, list(range(len(ARM_COUNTS))), 0.42)
    lost = np.clip(0.06 + 0.74 * g["arm_disorder"] + 0.3 * (1 - seen), 0, 0.85)
    vague = np.array([0.05, 0.35, 0.2, 0.15, 0.25])
    order = (1 - g["arm_disorder"])[:, None]
    counted = order * counted + (1 - order) * vague
    return np.concatenate([counted * (1 - lost)[:, None], lost[:, None]], 1)


def _merging(g: dict) -> np.ndarray:
    alone = _nearest(g["disturbance"], [0.0, 0.4, 1.0], 0.16)
    merger = np.where(
        g["companion"] > 0, 0.55 + 0.35 * np.clip(g["companion"] + 0.2, 0, 1), 0.02
    )
    return np.concatenate([alone * (1 - merger)[:, None], merger[:, None]], 1)
