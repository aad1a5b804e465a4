"""Rows of numbers that are too many for memory, in an unnamed file on disk."""

import os
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

_GAP_ROWS = 8  # fewer unwanted rows than these are read with the wanted ones
_RUN_ROWS = 8_192  # wanted rows that are read at once


@dataclass(frozen=True)
class StoredRows:
    """Float64 numbers of ``rows`` galaxies, in the order in which they were stored.

    The file has no name, and is gone with this object or when the process ends.
    """

    columns: tuple[str, ...]
    rows: int
    descriptor: int  # of the file

    def __len__(self) -> int:
        return self.rows

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Some rows in any order, (len(rows), len(columns))."""
        order = np.argsort(rows, kind="stable")
        wanted = rows[order]
        taken = np.empty((len(rows), len(self.columns)))
        ends = np.flatnonzero(np.diff(wanted) > _GAP_ROWS) + 1
        ends = np.union1d(ends, np.arange(0, len(wanted), _RUN_ROWS)[1:])
        for run in np.split(np.arange(len(wanted)), ends.astype(np.int64)):
            if len(run):
                first, last = wanted[run[0]], wanted[run[-1]]
                taken[order[run]] = self._read(first, last + 1)[wanted[run] - first]
        return taken

    def _read(self, start: int, stop: int) -> np.ndarray:
        """Rows from ``start`` to ``stop``."""
        width = 8 * len(self.columns)
        data = os.pread(self.descriptor, int(stop - start) * width, start * width)
        return np.frombuffer(data).reshape(-1, len(self.columns))


def stored_rows(
    folder: Path, columns: Iterable[str], blocks: Iterable[np.ndarray]
) -> StoredRows:
    """Store blocks (M, C) of rows one after another, on the disk of ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = 0
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for block in blocks:
            _write(file, np.ascontiguousarray(block, dtype=np.float64))
            rows += len(block)
        stored = StoredRows(tuple(columns), rows, os.dup(file.fileno()))
    weakref.finalize(stored, os.close, stored.descriptor)
    return stored


def _write(file: IO[bytes], block: np.ndarray) -> None:
    left = memoryview(block).cast("B")
    while left:
        left = left[file.write(left) :]
