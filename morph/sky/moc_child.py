"""Read an uploaded coverage map within memory and time limits, as a child process.

``python -m morph.sky.moc_child FILE OUT.npy``, run by `morph.sky.uploaded_map`.
Problems of a file are written to stderr.
"""

import sys
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.sandbox import REFUSED, limit
from morph.sky.coverage_map import parse_moc

MAX_MEMORY_BYTES = 2 << 30
MAX_CPU_S = 20
MOST_RANGES = 2_000_000


def main(arguments: list[str]) -> int:
    """Read one file; write its (N, 2) ranges."""
    source, out = map(Path, arguments)
    limit(
        memory_bytes=MAX_MEMORY_BYTES,
        cpu_s=MAX_CPU_S,
        file_bytes=16 * MOST_RANGES + 65536,
    )
    try:
        ranges = parse_moc(source.read_bytes())
        if not len(ranges):
            raise MorphError("it covers no part of the sky")
        if len(ranges) > MOST_RANGES:
            raise MorphError(
                f"it has {len(ranges):,} separate parts; at most {MOST_RANGES:,} are "
                "allowed. Degrade it to a lower order"
            )
    except MorphError as error:
        sys.stderr.write(f"\n{' '.join(str(error).split())}")
        return REFUSED
    np.save(out, ranges)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
