"""Draw a population of galaxies that covers every answer of the tree.

A population is a table with one row per galaxy and one column per property. It does not
follow natural rates: rare answers (edge-on bulges, four arms, mergers, artifacts) are
over-represented, and galaxies are large and bright enough for their cutout. As along
the Hubble sequence, tight arms come with large bulges and old light, loose arms with
small bulges and young light; two arms come with bars.

=================  ==================================================================
kind               SMOOTH, DISC (seen face-on or inclined), EDGE_ON or ARTIFACT
mag_r, redshift    total r magnitude; redshift, correlated with it
radius_arcsec      half-light radius
angle              position angle of the long axis, radians
redness            colour offset, magnitudes in g - r
axis_ratio         of a smooth galaxy, or cosine of a disc's inclination
sersic_index       of a smooth galaxy
bulge              bulge size, the square root of the bulge fraction of the light
boxiness           of an edge-on bulge: 0 round ... 1 a box
bar, bar_angle     bar strength 0 ... 1 and its angle in the disc's plane
arms, pitch        number of spiral arms; pitch angle in degrees
arm_contrast       fraction of the disc's light in its arms
arm_disorder       0 clear arms ... 1 broken pieces that cannot be counted
arm_phase, hand    angle of the first arm; winding sense, -1 or 1
ring               fraction of the disc's light in a ring
disturbance        0 none, about 0.4 minor, about 1 major
disturbance_angle  start of its tails, radians
companion          flux of a merging companion, in units of the galaxy's
companion_distance in half-light radii, at companion_angle
star_*             a foreground star: distance (arcsec), angle, flux fraction
flaw               of an artifact: STAR, STREAK, GHOST or BAND
flaw_strength      0 ... 1
texture            number of the irregular pattern of its disc
...                strength of the features, see PLAIN
=================  ==================================================================
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

SMOOTH, DISC, EDGE_ON, ARTIFACT = range(4)
KIND_SHARES = (0.25, 0.53, 0.15, 0.07)
STAR, STREAK, GHOST, BAND = range(4)
TEXTURES = 64

# Centres of the answers in the property that volunteers judge.
AXIS_RATIOS = {"round": 0.94, "in-between": 0.62, "cigar-shaped": 0.29}
BULGES = {"dominant": 0.74, "large": 0.56, "moderate": 0.39, "small": 0.22, "none": 0.0}
PITCHES = {"tight": 11.0, "medium": 21.0, "loose": 40.0}
BARS = {"strong": 0.95, "weak": 0.45, "no": 0.0}
ARM_COUNTS = (1, 2, 3, 4, 6)

# For each kind: surface brightness within the half-light radius, r mag/arcsec2, with
# its scatter, and half-light radius, arcsec.
_BRIGHTNESS = np.array([(20.8, 0.5), (21.5, 0.4), (21.3, 0.5), (20.8, 0.5)])
_RADIUS_ARCSEC = np.array([2.3, 3.45, 3.0, 2.0])

_ROUNDNESS_SHARES = (0.36, 0.34, 0.30)
_WINDING_SHARES = (0.36, 0.31, 0.33)
# For tight, medium and loose arms: fractions of ARM_COUNTS and BULGES, redness.
_ARM_SHARES = (
    (0.24, 0.52, 0.24, 0.0, 0.0),
    (0.14, 0.28, 0.26, 0.32, 0.0),
    (0.12, 0.20, 0.17, 0.17, 0.34),
)
_BULGE_SHARES = (
    (0.22, 0.34, 0.28, 0.11, 0.05),
    (0.09, 0.22, 0.36, 0.22, 0.11),
    (0.04, 0.08, 0.18, 0.34, 0.36),
)
_WINDING_REDNESS = np.array([0.07, 0.0, -0.07])
# Fractions of BARS for each of ARM_COUNTS, and for arms that cannot be counted.
_BAR_SHARES = (
    (0.12, 0.20, 0.68),
    (0.45, 0.33, 0.22),
    (0.18, 0.42, 0.40),
    (0.08, 0.22, 0.70),
    (0.05, 0.15, 0.80),
    (0.15, 0.25, 0.60),
)
# Smallest tangent of the pitch angle per arm: closer arms would blend.
_OPENING_PER_ARM = 0.092
_DISTURBANCES = np.array([0.0, 0.4, 1.0, 0.3])  # none, minor, major, merger
_STAGE_SHARES = (0.65, 0.12, 0.12, 0.11)

# Strength of the features; without a unit, relative to the usual one.
PLAIN = {
    "arm_shown": 1.0,  # fraction of `arm_contrast` visible against the disc
    "arm_narrow": 3.0,  # narrowness of arms, the s of exp(s (cos φ - 1))
    "arm_wander": 0.15,  # deviation of arms from the logarithmic spiral, radians
    "clumps": 0.0,  # patchiness of a disc
    "bar_light": 1.0,
    "bar_length": 1.0,
    "bar_width": 1.0,
    "ring_place": 1.6,  # radius of a ring in scale lengths of the disc
    "ring_width": 0.22,  # likewise
    "dust": 0.0,  # fraction of an edge-on disc's light absorbed by a dust lane
    "tail_light": 1.0,  # of tidal tails
    "spikes": 1.0,  # brightness of the spikes of a bright star
}

Columns = dict[str, np.ndarray]


def draw_population(galaxies: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw galaxies; the columns are described in the docstring of this module."""
    kind = rng.choice(4, galaxies, p=KIND_SHARES).astype(np.int8)
    winding = rng.choice(3, galaxies, p=_WINDING_SHARES)
    arms = _arms(winding, rng)
    columns = {"kind": kind} | _sizes(kind, winding, rng) | arms
    columns |= _bulges(kind, winding, rng) | _bars_and_rings(arms, rng)
    columns |= _interactions(kind, rng) | _surroundings(galaxies, rng)
    return pd.DataFrame(columns).assign(**PLAIN)


def _drawn(shares: Sequence, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One index per galaxy, drawn with the fractions of its group."""
    ends = np.cumsum(np.array(shares)[group], axis=1)
    return (rng.random(len(group))[:, None] * ends[:, -1:] < ends).argmax(1)


def _near(
    centres: Mapping[str, float],
    chosen: np.ndarray,
    scatter: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """The centre of each galaxy's answer, with scatter."""
    values = np.array(list(centres.values()))[chosen]
    return values + scatter * rng.standard_normal(len(chosen))


def _sizes(kind: np.ndarray, winding: np.ndarray, rng: np.random.Generator) -> Columns:
    n = len(kind)
    radius = _RADIUS_ARCSEC[kind] * np.exp(0.13 * rng.standard_normal(n))
    radius = np.clip(radius, 1.4, 4.4)
    mean, scatter = _BRIGHTNESS[kind].T
    brightness = mean + scatter * rng.standard_normal(n)
    mag = brightness - 2.5 * np.log10(2 * np.pi * radius**2)
    fainter_is_farther = 0.05 * 10 ** (0.12 * (mag - 16.2))
    redshift = fainter_is_farther * np.exp(0.3 * rng.standard_normal(n))
    sequence = np.where(kind == DISC, _WINDING_REDNESS[winding], 0)
    return {
        "mag_r": mag,
        "radius_arcsec": radius,
        "redshift": np.clip(redshift, 0.004, 0.25),
        "angle": rng.uniform(0, np.pi, n),
        "redness": sequence + 0.05 * rng.standard_normal(n),
    }


def _bulges(kind: np.ndarray, winding: np.ndarray, rng: np.random.Generator) -> Columns:
    n = len(kind)
    roundness = rng.choice(3, n, p=_ROUNDNESS_SHARES)
    smooth = np.clip(_near(AXIS_RATIOS, roundness, 0.06, rng), 0.2, 1)
    face_on = rng.random(n) < 0.88
    cosine = np.where(face_on, rng.uniform(0.64, 1, n), rng.uniform(0.36, 0.64, n))
    seen_from_above = _near(BULGES, _drawn(_BULGE_SHARES, winding, rng), 0.035, rng)
    boxy, bulgeless = rng.permutation(np.arange(n) % 3) == np.array([[0], [1]])
    seen_from_edge = np.where(bulgeless, 0, 0.6 + 0.05 * rng.standard_normal(n))
    bulge = np.where(kind == EDGE_ON, seen_from_edge, seen_from_above)
    return {
        "axis_ratio": np.where(kind == SMOOTH, smooth, cosine),
        "sersic_index": rng.uniform(2, 4, n),
        "bulge": np.clip(bulge, 0, 0.85),
        "boxiness": np.where(boxy, rng.uniform(0.75, 1, n), rng.uniform(0, 0.12, n)),
    }


def _arms(winding: np.ndarray, rng: np.random.Generator) -> Columns:
    """Distinguishable arms: the more there are, the more open they must be."""
    n = len(winding)
    broken = rng.random(n) < 0.17
    disorder = np.where(broken, rng.uniform(0.75, 1, n), rng.uniform(0, 0.15, n))
    counted = np.array(ARM_COUNTS)[_drawn(_ARM_SHARES, winding, rng)]
    arms = np.where(broken, ARM_COUNTS[-1], counted)
    pitch = np.array(list(PITCHES.values()))[winding]
    pitch = pitch * np.exp(0.07 * rng.standard_normal(n))
    least = np.rad2deg(np.arctan(_OPENING_PER_ARM * arms))
    return {
        "arms": arms,
        "pitch": np.where(broken, pitch, np.maximum(pitch, least)),
        "arm_disorder": disorder,
        "arm_phase": rng.uniform(0, 2 * np.pi, n),
        "hand": rng.choice([-1, 1], n),
        "texture": rng.integers(TEXTURES, size=n),
    }


def _bars_and_rings(arms: Columns, rng: np.random.Generator) -> Columns:
    """Bars and rings; a disc without arms has a ring or a strong bar."""
    n = len(arms["arms"])
    spiral = rng.random(n) < 0.8
    ring = ~spiral & (rng.random(n) < 0.6)
    count = np.searchsorted(ARM_COUNTS, arms["arms"])
    group = np.where(arms["arm_disorder"] > 0.5, len(ARM_COUNTS), count)
    kind = np.where(spiral | ring, _drawn(_BAR_SHARES, group, rng), 0)
    bar = _near(BARS, kind, 0.06, rng)
    faint = rng.uniform(0, 0.08, n)
    return {
        "bar": np.where(bar < 0.15, 0, np.clip(bar, 0, 1.1)),
        "bar_angle": rng.uniform(0, np.pi, n),
        "arm_contrast": np.where(spiral, rng.uniform(0.75, 1, n), faint),
        "ring": np.where(ring, rng.uniform(0.3, 0.5, n), 0),
    }


def _interactions(kind: np.ndarray, rng: np.random.Generator) -> Columns:
    n = len(kind)
    stage = np.where(kind == ARTIFACT, 0, rng.choice(4, n, p=_STAGE_SHARES))
    disturbance = _DISTURBANCES[stage] + 0.07 * rng.standard_normal(n)
    return {
        "disturbance": np.where(stage == 0, 0, np.clip(disturbance, 0.05, 1.2)),
        "disturbance_angle": rng.uniform(0, 2 * np.pi, n),
        "companion": np.where(stage == 3, rng.uniform(0.35, 0.9, n), 0),
        "companion_distance": rng.uniform(1.1, 1.9, n),
        "companion_angle": rng.uniform(0, 2 * np.pi, n),
    }


def _surroundings(n: int, rng: np.random.Generator) -> Columns:
    return {
        "star_flux": np.where(rng.random(n) < 0.15, rng.uniform(0.01, 0.08, n), 0),
        "star_distance": rng.uniform(6.5, 9.5, n),
        "star_angle": rng.uniform(0, 2 * np.pi, n),
        "flaw": rng.integers(4, size=n),
        "flaw_strength": rng.uniform(0.4, 1, n),
    }
