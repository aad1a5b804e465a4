"""The format of cutout stores beside others: size, reading, growing, compacting.

Rates are per second of processor time, which other programs do not change, except
those that wait for the disk. Files that are not cached were dropped from the page cache
of this system; a virtual disk may still be cached by its host.
"""

import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.benchmarks.cutouts.formats import Cutouts, Format, formats
from tests.benchmarks.cutouts.made_cutouts import NORTH, made_cutouts, noise
from tests.benchmarks.cutouts.row import Row

GALAXIES = 128  # 50 MB in float16
MOST_GB = 100.0  # of the 248,088 galaxies of Ye et al. (2025)
_GROWTH = 32
_DROPPED = 10  # every so manieth is dropped

_RATE = "cutouts per CPU s"
# What is measured, and its unit.
MEASURES = {
    "size": "GB of 248,088 galaxies",
    "random reads, files not cached": "cutouts/s",
    "random reads": _RATE,
    "writing": _RATE,
    "growing": _RATE,
    "verifying all pixels": _RATE,
    "dropping a tenth": _RATE,
    "largest error": "σ of the noise",
}


def rows(folder: Path, galaxies: int | None) -> list[Row]:
    """Every measure of every format, beside that of cutout stores."""
    pixels = made_cutouts(galaxies or GALAXIES)
    found = {}
    for number, one in enumerate(formats()):
        place = folder / str(number)
        place.mkdir()
        found[one.name] = _measured(place, one, pixels)
    (name, ours), *others = found.items()
    size = ours["size"]
    goal = f"at most {MOST_GB:.0f}"
    table = [
        Row(f"{name}: size", size, MEASURES["size"], goal=goal, met=size <= MOST_GB)
    ]
    return table + [
        Row(what, ours[what], unit, other, theirs[what])
        for what, unit in MEASURES.items()
        for other, theirs in others
    ]


def _measured(folder: Path, one: Format, pixels: np.ndarray) -> dict[str, float]:
    """All measures of one format."""
    count = len(pixels)
    writing = _rate(count, lambda: one.write(folder, pixels))
    bytes_each = _bytes(folder) / count
    order = np.random.default_rng(1).permutation(count)
    _forget(folder)
    reader = one.reader(folder)

    def read() -> list[np.ndarray]:
        return [reader(int(row)) for row in order]

    cold = _rate(count, read, time.perf_counter)
    warm = _rate(count, read)
    error = max(_error(reader(row), pixels[row]) for row in range(0, count, 16))
    verify = _rate(count, lambda: [zlib.crc32(reader(row)) for row in range(count)])
    kept = [row for row in range(count) if row % _DROPPED]
    smaller = folder / "smaller"
    smaller.mkdir()
    drop = _rate(
        count, lambda: one.write(smaller, np.stack([reader(row) for row in kept]))
    )
    grow = _rate(_GROWTH, lambda: one.append(folder, pixels[:_GROWTH]))
    again = one.reader(folder)
    assert _error(again(count), pixels[0]) <= error + 1e-6
    values = (bytes_each * NORTH / 1e9, cold, warm, writing, grow, verify, drop, error)
    return dict(zip(MEASURES, values, strict=True))


def _error(found: np.ndarray, true: np.ndarray) -> float:
    """Largest difference, in standard deviations of the noise of a band."""
    away = np.abs(found.astype(np.float32) - true.astype(np.float32))
    return float((away.max(axis=(1, 2)) / noise()).max())


def _rate(
    count: int,
    work: Callable[[], object],
    clock: Callable[[], float] = time.process_time,
) -> float:
    begun = clock()
    work()
    return count / max(clock() - begun, 1e-9)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _forget(folder: Path) -> None:
    """Drop the files from the page cache: as after a restart, without being root."""
    for path in _files(folder):
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def cutouts_of(folder: Path, one: Format, pixels: np.ndarray) -> Cutouts:
    """Cutouts written in a format, to be read from it; their files are not cached."""
    one.write(folder, pixels)
    _forget(folder)
    return Cutouts(one.reader(folder), len(pixels))
