"""A simulated release of any size, for benchmarks and tests; no picture behind it.

Each galaxy has a hidden type (round, inclined or edge-on, barred, spiral, merging, an
artifact), from which its answers follow, so that selections along the tree keep as
sensible a share as in a real catalogue. No model made these numbers.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from morph.dirichlet import asked_probability, expected_probability
from morph.release import Manifest, posterior_columns, write_release
from morph.sky import iauname_from_position, unique_names
from morph.tree import GZD5, Question

_PEAK = 0.75  # share of the expected votes that goes to the answer of the hidden type
_SPREAD = 6.0  # the smaller, the more galaxies of one type differ
_MOST_CONCENTRATION = 101.0  # of a model's head: α = 1 + 100 sigmoid
_ROWS_AT_ONCE = 16_384
_PLANE_WORDS = "A random plane through the answers, with noise; not a UMAP"

# Shares of the answers among galaxies that truly reach the question.
_SHARES = {
    "smooth-or-featured": (0.60, 0.37, 0.03),
    "disk-edge-on": (0.22, 0.78),
    "has-spiral-arms": (0.70, 0.30),
    "bar": (0.12, 0.23, 0.65),
    "bulge-size": (0.02, 0.10, 0.40, 0.40, 0.08),
    "how-rounded": (0.35, 0.45, 0.20),
    "edge-on-bulge": (0.06, 0.24, 0.70),
    "spiral-winding": (0.30, 0.40, 0.30),
    "spiral-arm-count": (0.05, 0.50, 0.08, 0.04, 0.05, 0.28),
    "merging": (0.85, 0.08, 0.03, 0.04),
}


def synthetic_release(
    folder: Path,
    *,
    galaxies: int = 248_088,
    seed: int = 0,
    release_id: str = "synthetic",
    fractions: bool = False,
    passes: int = 0,
    votes: bool = False,
    projection: bool = False,
    features: int = 0,
) -> Manifest:
    """Write a release of ``galaxies`` simulated galaxies with GZD-5 posteriors.

    ``fractions`` writes vote fractions, masked where the question is improbable, and
    no concentrations; ``passes`` adds samples of that many stochastic passes;
    ``votes`` and ``projection`` add those tables; ``features`` adds so many numbers
    for each galaxy, which follow its answers.
    """
    rng = np.random.default_rng(seed)
    table = _galaxies(rng, galaxies)
    names = table["iauname"]
    alpha = _concentrations(rng, galaxies)
    samples = None
    if passes:
        drawn = [_jittered(rng, alpha) for _ in range(passes)]
        alpha = np.mean(drawn, axis=0)
        samples = _samples(names, drawn)
    manifest = Manifest(
        release_id,
        "simulated",
        survey="synthetic",
        title=f"{galaxies:,} synthetic galaxies",
        note="Random numbers with the correlations of a decision tree; no model.",
        citation="None: simulated.",
        details={"projection": _PLANE_WORDS} if projection else {},
    )
    posteriors = _labelled(names, alpha, "concentration")
    if fractions:
        manifest = replace(manifest, posterior="fraction")
        posteriors = _labelled(names, _masked_fractions(alpha), "fraction")
    return write_release(
        folder,
        manifest,
        table,
        posteriors,
        samples=samples,
        votes=_votes(rng, names, alpha) if votes else None,
        features=_features(rng, names, alpha, features) if features else None,
        projection=_projection(rng, names, alpha) if projection else None,
    )


def _galaxies(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Positions in the north Galactic cap; a twentieth has no redshift."""
    ra = rng.uniform(110, 270, count)
    dec = np.degrees(np.arcsin(rng.uniform(np.sin(np.radians(32.4)), 0.98, count)))
    mag_r = 17.77 - rng.exponential(0.9, count)
    redshift = np.clip(rng.lognormal(np.log(0.09), 0.45, count), 0.005, 0.5)
    redshift[rng.random(count) < 0.05] = np.nan
    return pd.DataFrame(
        {
            "iauname": unique_names(iauname_from_position(ra, dec)),
            "source_id": [f"syn-{i}" for i in range(count)],
            "ra": ra,
            "dec": dec,
            "mag_r": mag_r,
            "radius_arcsec": rng.lognormal(np.log(5), 0.5, count),
            "redshift": redshift,
        }
    )


def _concentrations(rng: np.random.Generator, count: int) -> np.ndarray:
    """(N, 34) float32; a question the galaxy does not reach has a flat posterior."""
    alpha = np.empty((count, len(GZD5.labels)), dtype=np.float32)
    reached: dict[str, np.ndarray] = {}  # label -> whether the hidden type has it
    for question in GZD5.questions:
        asked = np.full(count, not question.asked_after)
        for label in question.asked_after:
            asked |= reached[label]
        answer = rng.choice(len(question.answers), count, p=_SHARES[question.name])
        for place, label in enumerate(question.labels):
            reached[label] = asked & (answer == place)
        alpha[:, GZD5.columns(question)] = _one_question(rng, question, answer, asked)
    return alpha


def _one_question(
    rng: np.random.Generator, question: Question, answer: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    answers = len(question.answers)
    share = np.full((len(answer), answers), (1 - _PEAK) / (answers - 1))
    share[np.arange(len(answer)), answer] = _PEAK
    share[~asked] = 1 / answers
    drawn = rng.standard_gamma(share * _SPREAD) + 1e-3
    votes = np.where(asked, rng.lognormal(np.log(30), 0.6, len(answer)), 4.0)
    mean = drawn / drawn.sum(axis=1, keepdims=True)
    return np.minimum(1 + votes[:, None] * mean, _MOST_CONCENTRATION)


def _jittered(rng: np.random.Generator, alpha: np.ndarray) -> np.ndarray:
    """One stochastic pass: the same galaxies, every concentration a little off."""
    factor = rng.lognormal(0, 0.2, alpha.shape)
    return np.clip(alpha * factor, 1, _MOST_CONCENTRATION).astype(np.float32)


def _labelled(names: pd.Series, values: np.ndarray, posterior: str) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=posterior_columns(GZD5, posterior))
    table.insert(0, "iauname", names.to_numpy())
    return table


def _masked_fractions(alpha: np.ndarray) -> np.ndarray:
    """Vote fractions, NaN where fewer than half the volunteers are asked."""
    fraction = expected_probability(alpha, GZD5).astype(np.float32)
    asked = asked_probability(fraction, GZD5)
    for place, question in enumerate(GZD5.questions):
        fraction[asked[:, place] < 0.5, GZD5.columns(question)] = np.nan
    return fraction


def _samples(names: pd.Series, drawn: list[np.ndarray]) -> pd.DataFrame:
    tables = [_labelled(names, alpha, "concentration") for alpha in drawn]
    for number, table in enumerate(tables):
        table.insert(1, "pass", number)
    return pd.concat(tables, ignore_index=True)


def _votes(
    rng: np.random.Generator, names: pd.Series, alpha: np.ndarray
) -> pd.DataFrame:
    """Counts that follow the posterior's mean, for two thirds of the galaxies."""
    asked = rng.random(len(alpha)) < 2 / 3
    mean = expected_probability(alpha[asked], GZD5)
    votes = pd.DataFrame(rng.poisson(8 * mean), columns=list(GZD5.labels))
    votes.insert(0, "iauname", names[asked].to_numpy())
    return votes


def _projection(
    rng: np.random.Generator, names: pd.Series, alpha: np.ndarray
) -> pd.DataFrame:
    """A plane through the answers with some noise, in place of a UMAP."""
    mean = expected_probability(alpha, GZD5)
    plane = mean @ rng.normal(size=(mean.shape[1], 2)) * 10
    x, y = (plane + rng.normal(0, 0.3, plane.shape)).T
    trust = rng.beta(5, 2, len(names))
    return pd.DataFrame({"iauname": names, "umap_x": x, "umap_y": y, "trust": trust})


def _features(
    rng: np.random.Generator, names: pd.Series, alpha: np.ndarray, length: int
) -> pd.DataFrame:
    """Not negative, as after a network's last rectifier; alike where answers are."""
    mean = expected_probability(alpha, GZD5).astype(np.float32)
    weights = 3 * rng.standard_normal((mean.shape[1], length), dtype=np.float32)
    features = np.empty((len(mean), length), dtype=np.float16)
    for start in range(0, len(mean), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        answers = (mean[rows] - mean.mean(axis=0)) @ weights
        noise = rng.standard_normal(answers.shape, dtype=np.float32)
        features[rows] = np.maximum(answers + noise, 0)
    return pd.DataFrame({"iauname": names, "feature": list(features)})
