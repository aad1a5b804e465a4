"""The demonstration's sky: galaxies whose structure covers every answer of the tree.

A population is a table, one row per galaxy, one column per property. It is made to
teach, not to follow nature's rates: rare answers (edge-on bulges, four arms, mergers,
artifacts) are common, and galaxies are large and bright enough for their cutout.

=================  ==================================================================
kind               SMOOTH, DISC (seen face-on or inclined), EDGE_ON or ARTIFACT
mag_r, redshift    total r magnitude; redshift that goes with it
radius_arcsec      half-light radius
angle              position angle of the long axis, radians
redness            colour offset, magnitudes in g - r
axis_ratio         of a smooth galaxy, or cosine of a disc's inclination
sersic_index       of a smooth galaxy
bulge              bulge size, the square root of the bulge's share of the light
boxiness           of an edge-on bulge: 0 round ... 1 a box
bar, bar_angle     bar strength 0 ... 1 and its angle in the disc's plane
arms, pitch        number of spiral arms; pitch angle in degrees
arm_contrast       share of the disc's light that is in its arms
arm_disorder       0 clear arms ... 1 broken pieces that cannot be counted
arm_phase, hand    angle of the first arm; winding sense, -1 or 1
ring               share of the disc's light that is in a ring
disturbance        0 none, about 0.4 minor, about 1 major
disturbance_angle  where its tails begin, radians
companion          flux of a merging companion, in units of the galaxy's
companion_distance in half-light radii, at companion_angle
star_*             a foreground star: distance (arcsec), angle, flux share
flaw               of an artifact: STAR, STREAK, GHOST or BAND
flaw_strength      0 ... 1
texture            which of the irregular patterns its disc wears
=================  ==================================================================
"""

import numpy as np
import pandas as pd

SMOOTH, DISC, EDGE_ON, ARTIFACT = range(4)
KIND_SHARES = (0.29, 0.475, 0.165, 0.07)
STAR, STREAK, GHOST, BAND = range(4)
TEXTURES = 64

# Centres of the answers on the axis that a volunteer judges by.
AXIS_RATIOS = {"round": 0.94, "in-between": 0.62, "cigar-shaped": 0.29}
BULGES = {"dominant": 0.78, "large": 0.58, "moderate": 0.40, "small": 0.23, "none": 0.0}
PITCHES = {"tight": 12.0, "medium": 21.0, "loose": 36.0}
BARS = {"strong": 0.95, "weak": 0.45, "no": 0.0}
ARM_COUNTS = (1, 2, 3, 4, 6)

# Surface brightness within the half-light radius, r mag/arcsec2: mean and scatter.
_BRIGHTNESS = {SMOOTH: (20.6, 0.5), DISC: (21.2, 0.5), EDGE_ON: (20.6, 0.5)}
_RADIUS_ARCSEC = {SMOOTH: 2.3, DISC: 3.0, EDGE_ON: 3.0, ARTIFACT: 2.0}


def draw_population(galaxies: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw galaxies; the columns are described at the top of this module."""
    kind = rng.choice(4, galaxies, p=KIND_SHARES).astype(np.int8)
    table = pd.DataFrame({"kind": kind})
    table = table.assign(**_sizes(kind, rng))
    table = table.assign(**_shapes(kind, rng))
    table = table.assign(**_spirals(kind, rng))
    table = table.assign(**_interactions(kind, rng))
    table = table.assign(**_surroundings(kind, rng))
    return table


def _around(
    centres: list[float], shares: list[float], scatter: float, n: int, rng
) -> np.ndarray:
    """``n`` values scattered around centres drawn with the given shares."""
    return rng.choice(centres, n, p=shares) + scatter * rng.standard_normal(n)


def _sizes(kind: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = len(kind)
    median = np.array([_RADIUS_ARCSEC[k] for k in range(4)])[kind]
    radius = np.clip(median * np.exp(0.2 * rng.standard_normal(n)), 1.4, 4.4)
    mean, scatter = np.array(
        [_BRIGHTNESS.get(k, _BRIGHTNESS[SMOOTH]) for k in range(4)]
    )[kind].T
    brightness = mean + scatter * rng.standard_normal(n)
    mag = brightness - 2.5 * np.log10(2 * np.pi * radius**2)
    distance = 0.05 * 10 ** (0.12 * (mag - 16.2)) * np.exp(0.3 * rng.standard_normal(n))
    return {
        "mag_r": mag,
        "radius_arcsec": radius,
        "redshift": np.clip(distance, 0.004, 0.25),
        "angle": rng.uniform(0, np.pi, n),
        "redness": 0.05 * rng.standard_normal(n),
    }


def _shapes(kind: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = len(kind)
    smooth = _around(list(AXIS_RATIOS.values()), [0.36, 0.34, 0.30], 0.06, n, rng)
    cosine = np.where(
        rng.random(n) < 0.86, rng.uniform(0.55, 1, n), rng.uniform(0.34, 0.55, n)
    )
    face_on = _around(
        list(BULGES.values()), [0.14, 0.19, 0.25, 0.24, 0.18], 0.035, n, rng
    )
    edge_on_class = rng.choice(3, n, p=[0.34, 0.33, 0.33])  # none, rounded, boxy
    edge_on = np.where(edge_on_class == 0, 0, 0.60 + 0.05 * rng.standard_normal(n))
    return {
        "axis_ratio": np.where(kind == SMOOTH, np.clip(smooth, 0.2, 1), cosine),
        "sersic_index": rng.uniform(2, 4, n),
        "bulge": np.clip(np.where(kind == EDGE_ON, edge_on, face_on), 0, 0.85),
        "boxiness": np.where(edge_on_class == 2, rng.uniform(0.75, 1, n), 0)
        + np.where(edge_on_class == 1, rng.uniform(0, 0.12, n), 0),
    }


def _spirals(kind: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = len(kind)
    bar = _around(list(BARS.values()), [0.27, 0.27, 0.46], 0.06, n, rng)
    spiral = rng.random(n) < 0.76
    ring = ~spiral & (rng.random(n) < 0.6)
    plain = ~spiral & ~ring & (rng.random(n) < 0.8)  # featured only by their bar
    bar = np.where(plain & (bar < 0.3), 0.9 + 0.06 * rng.standard_normal(n), bar)
    arms = rng.choice(ARM_COUNTS, n, p=[0.14, 0.36, 0.2, 0.15, 0.15])
    disorder = np.where(
        rng.random(n) < 0.2, rng.uniform(0.7, 1, n), rng.uniform(0, 0.2, n)
    )
    return {
        "bar": np.where(bar < 0.15, 0, np.clip(bar, 0, 1.1)),
        "bar_angle": rng.uniform(0, np.pi, n),
        "arms": np.where(disorder > 0.5, 6, arms),
        "pitch": np.clip(
            _around(list(PITCHES.values()), [0.33, 0.35, 0.32], 1.6, n, rng), 9, 42
        ),
        "arm_contrast": np.where(
            spiral, rng.uniform(0.5, 0.95, n), rng.uniform(0, 0.08, n)
        ),
        "arm_disorder": disorder,
        "arm_phase": rng.uniform(0, 2 * np.pi, n),
        "hand": rng.choice([-1, 1], n),
        "ring": np.where(ring, rng.uniform(0.3, 0.5, n), 0),
        "texture": rng.integers(TEXTURES, size=n),
    }


def _interactions(kind: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = len(kind)
    stage = rng.choice(4, n, p=[0.55, 0.15, 0.15, 0.15])
    stage = np.where(kind == ARTIFACT, 0, stage)
    disturbance = np.array([0.0, 0.4, 1.0, 0.3])[stage] + 0.07 * rng.standard_normal(n)
    merger = stage == 3
    return {
        "disturbance": np.where(stage == 0, 0, np.clip(disturbance, 0.05, 1.2)),
        "disturbance_angle": rng.uniform(0, 2 * np.pi, n),
        "companion": np.where(merger, rng.uniform(0.35, 0.9, n), 0),
        "companion_distance": rng.uniform(1.1, 1.9, n),
        "companion_angle": rng.uniform(0, 2 * np.pi, n),
    }


def _surroundings(kind: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = len(kind)
    return {
        "star_flux": np.where(rng.random(n) < 0.25, rng.uniform(0.01, 0.08, n), 0),
        "star_distance": rng.uniform(6.5, 9.5, n),
        "star_angle": rng.uniform(0, 2 * np.pi, n),
        "flaw": rng.integers(4, size=n),
        "flaw_strength": rng.uniform(0.4, 1, n),
    }
