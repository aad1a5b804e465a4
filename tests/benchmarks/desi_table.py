"""Tables of any size in the format of the published Galaxy Zoo DESI catalogues.

Columns, types and order are those of record 8360385 as far as they are known: galaxies
by brick, an id of brick and object, and a vote fraction for each answer. The friendly
catalogue has none where fewer than half of the volunteers are expected to reach the
question; the advanced one has all of them, with bounds, and its magnitudes and
redshifts are in an external table of the same rows. All numbers are random.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.synthetic.answers import concentrations, masked_fractions
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.trees.decision_tree import GZD5

ROWS = 8_689_370  # as published
_PART = 50_000  # galaxies in memory
_SPECTROSCOPIC = 0.13  # of the redshifts; the others are photometric
_SPREAD = 0.08  # of the 90% bounds around a fraction

_SOUTH, _NORTH, _HIGHEST = -18.0, 34.0, 84.0  # degrees of declination
_CAPS = (115.0, 250.0), (325.0, 400.0)  # right ascensions, north and south Galactic cap
_BRICK_DEG = 0.25


def write_friendly(path: Path, rows: int) -> Path:
    """Names, positions and 34 fractions, empty where few are asked."""
    return _write(path, rows, lambda sky, alpha, _: sky | _masked(alpha))


def write_advanced(path: Path, rows: int) -> Path:
    """All fractions, with bounds and the proportion of volunteers asked."""
    return _write(path, rows, lambda sky, alpha, _: sky | _bounded(alpha))


def write_external(path: Path, rows: int) -> Path:
    """Photometry and redshifts of the same galaxies, in the same order."""
    return _write(path, rows, lambda sky, _, rng: _measured(sky, rng))


def _write(path: Path, rows: int, columns) -> Path:
    """Write a part at a time; the same galaxies whichever table is written."""
    writer = None
    for start, sky in _bricks(rows):
        rng = np.random.default_rng([1, start])
        alpha = concentrations(rng, len(sky["ra"]))
        part = pa.table(columns(sky, alpha, rng))
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    writer.close()
    return path


def _bricks(rows: int) -> Iterator[tuple[int, dict[str, pa.Array]]]:
    """Ids and positions by strips of declination, and the number of the first row."""
    edges = np.linspace(*np.sin(np.radians([_SOUTH, _HIGHEST])), -(-rows // _PART) + 1)
    for number, start in enumerate(range(0, rows, _PART)):
        rng = np.random.default_rng([0, start])
        count = min(_PART, rows - start)
        dec = np.degrees(np.arcsin(rng.uniform(*edges[number : number + 2], count)))
        in_south = (rng.random(count) < 0.35) & (dec < _NORTH)
        ra = np.where(in_south, rng.uniform(*_CAPS[1], count) % 360, 0)
        ra = np.where(in_south, ra, rng.uniform(*_CAPS[0], count))
        brick = _brick(ra, dec)
        order = np.argsort(brick, kind="stable")
        ra, dec, brick = ra[order], dec[order], brick[order]
        yield start, _identified(ra, dec, brick, start)


def _brick(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Numbers of 0.25 degree bricks, by declination and then by right ascension."""
    strip = np.floor((dec + 90) / _BRICK_DEG).astype(np.int64)
    return strip * 1440 + np.floor(ra / _BRICK_DEG).astype(np.int64)


def _identified(
    ra: np.ndarray, dec: np.ndarray, brick: np.ndarray, start: int
) -> dict[str, pa.Array]:
    row = np.arange(start, start + len(ra))
    texts = [
        (str(b), str(r)) for b, r in zip(brick.tolist(), row.tolist(), strict=True)
    ]
    return {
        "dr8_id": pa.array([f"{b}_{r}" for b, r in texts]),
        "ra": pa.array(ra),
        "dec": pa.array(dec),
        "brickid": pa.array(brick),
        "objid": pa.array(row),
        "hdf5_loc": pa.array([f"/h/{b}.hdf5" for b in brick.tolist()]),
        "__index_level_0__": pa.array(row),
    }


def _masked(alpha: np.ndarray) -> dict[str, pa.Array]:
    fractions = masked_fractions(alpha).astype(np.float64)
    return {
        f"{label}_fraction": pa.array(fractions[:, i], from_pandas=True)
        for i, label in enumerate(GZD5.labels)
    }


def _bounded(alpha: np.ndarray) -> dict[str, pa.Array]:
    mean = expected_probability(alpha, GZD5)
    asked = asked_probability(mean, GZD5)
    columns = {}
    for number, question in enumerate(GZD5.questions):
        for label in question.labels:
            fraction = mean[:, GZD5.labels.index(label)]
            columns[f"{label}_fraction"] = fraction
            columns[f"{label}_90pc-lower"] = (fraction - _SPREAD).clip(0, 1)
            columns[f"{label}_90pc-upper"] = (fraction + _SPREAD).clip(0, 1)
            columns[f"{label}_proportion-asked"] = asked[:, number]
    return {n: pa.array(v.astype(np.float32)) for n, v in columns.items()}


def _measured(sky: dict[str, pa.Array], rng: np.random.Generator) -> dict:
    count = len(sky["ra"])
    redshift = np.clip(rng.lognormal(np.log(0.15), 0.5, count), 0.005, 1.5)
    spectroscopic = np.where(rng.random(count) < _SPECTROSCOPIC, redshift, np.nan)
    mag_r = 19 - rng.exponential(0.8, count)
    return {
        "dr8_id": sky["dr8_id"],
        "redshift": pa.array(redshift),
        "spec_z": pa.array(spectroscopic, from_pandas=True),
        "est_petro_th50": pa.array(rng.lognormal(np.log(3), 0.5, count)),
        "mag_r_desi": pa.array(mag_r),
        "mag_g_desi": pa.array(mag_r + rng.normal(0.8, 0.2, count)),
        "mag_z_desi": pa.array(mag_r - rng.normal(0.5, 0.2, count)),
    }
