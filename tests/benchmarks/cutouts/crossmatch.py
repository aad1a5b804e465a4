"""Cross-match of 10 million positions and 250,000, beside astropy.

Each is measured in a process of its own, so that the peak of memory is its own. The
alternative is `astropy.coordinates.SkyCoord.match_to_catalog_sky`, which finds the
nearest position whatever the distance; those within the radius are compared.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.cutouts.row import Row

POSITIONS, OTHERS = 10_000_000, 250_000
RADIUS_ARCSEC = 1.0
SCATTER_ARCSEC = 0.2
GOAL = 1.0  # times astropy's seconds, and its memory
_BESIDE = "astropy match_to_catalog_sky"
_LISTS = {"many": "few", "few": "many"}  # matched -> matched to


def rows(folder: Path, galaxies: int | None) -> list[Row]:
    """Seconds and peak memory in both directions, and the pairs that differ."""
    many = galaxies or POSITIONS
    few = min(OTHERS, many)
    _write_lists(folder, many, few)
    numbers = {"many": f"{many:,}", "few": f"{few:,}"}
    made = []
    for first, second in _LISTS.items():
        ours, theirs = (_measured(folder, how, first) for how in ("morph", "astropy"))
        what = f"cross-match {numbers[first]} to {numbers[second]}"
        for name, unit in (("seconds", "s"), ("peak", "GiB")):
            one, other = ours[name], theirs[name]
            goal = f"{GOAL:g} times or less"
            met = one <= GOAL * other
            made.append(Row(what, one, unit, _BESIDE, other, goal, met))
        differ = _differ(folder, first)
        made.append(
            Row(f"{what}: rows that differ", differ, "", goal="0", met=not differ)
        )
    return made


def _write_lists(folder: Path, many: int, few: int) -> None:
    """Random positions; those of nine tenths of the short list are in the long one."""
    rng = np.random.default_rng(11)
    lists = {n: _sphere(rng, k) for n, k in (("many", many), ("few", few))}
    known = np.arange(few * 9 // 10)
    at = rng.permutation(many)[: len(known)]
    ra, dec = lists["few"]
    moved = SCATTER_ARCSEC / 3600 * rng.normal(size=(2, len(known)))
    lists["many"][1][at] = np.clip(dec[known] + moved[1], -90, 90)
    lists["many"][0][at] = (ra[known] + moved[0] / np.cos(np.radians(dec[known]))) % 360
    for name, positions in lists.items():
        np.save(folder / f"{name}.npy", positions)


def _sphere(rng: np.random.Generator, number: int) -> np.ndarray:
    """(2, N) degrees, evenly over the sky."""
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, number)))
    return np.stack([rng.uniform(0, 360, number), dec])


def _measured(folder: Path, how: str, first: str) -> dict[str, float]:
    child = [sys.executable, "-m", __name__, str(folder), how, first]
    done = subprocess.run(child, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _differ(folder: Path, first: str) -> int:
    """How many rows have another match, or another distance by a microarcsec."""
    ours, theirs = (
        np.load(folder / f"{how}_{first}.npy") for how in ("morph", "astropy")
    )
    same = (ours[0] == theirs[0]) & (np.abs(ours[1] - theirs[1]) < 1e-6)
    return int((~same).sum())


def _match(folder: Path, how: str, first: str) -> tuple[np.ndarray, np.ndarray]:
    """Row of the match of each position, -1 for none, and its distance in arcsec."""
    a, b = (np.load(folder / f"{name}.npy") for name in (first, _LISTS[first]))
    row, apart = np.full(a.shape[1], -1), np.zeros(a.shape[1])
    if how == "morph":
        from morph.sky.cross_match import cross_match, flags

        pairs = cross_match((a[0], a[1]), (b[0], b[1]), RADIUS_ARCSEC)
        best = pairs.rows(flags(pairs).best)
        row[best.a], apart[best.a] = best.b, best.separation_arcsec
        return row, apart
    from astropy.coordinates import SkyCoord

    one, other = SkyCoord(*a, unit="deg"), SkyCoord(*b, unit="deg")
    found, distance, _ = one.match_to_catalog_sky(other)
    near = distance.arcsec <= RADIUS_ARCSEC
    row[near], apart[near] = found[near], distance.arcsec[near]
    return row, apart


def _child(folder: Path, how: str, first: str) -> None:
    _match_of_few_imports()
    start = time.perf_counter()
    row, apart = _match(folder, how, first)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    np.save(folder / f"{how}_{first}.npy", np.stack([row, apart]))
    print(json.dumps({"seconds": seconds, "peak": peak}))


def _match_of_few_imports() -> None:
    """Import what both need before the clock starts."""

    import morph.sky.cross_match  # noqa: F401


if __name__ == "__main__":
    _child(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
