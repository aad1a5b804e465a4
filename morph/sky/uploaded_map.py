"""An uploaded coverage map, read in a separate process with limits."""

import logging
import tempfile
from pathlib import Path

import numpy as np

from morph import sandbox
from morph.errors import MorphError
from morph.wording import printable

MAX_BYTES = 20_000_000
_LIMIT_S = 60  # wall-clock time

_log = logging.getLogger(__name__)


def read_map(data: bytes, name: str) -> np.ndarray:
    """(N, 2) ranges of order-29 cells of a MOC in FITS, JSON or ASCII, in ICRS.

    MorphError if the file is too large, or is no map of the sky.
    """
    name = printable(name)[-80:] or "The file"
    if len(data) > MAX_BYTES:
        raise MorphError(
            f"{name} is {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB can "
            "be uploaded. Degrade the map to a lower order"
        )
    with tempfile.TemporaryDirectory(prefix="morph-map-") as temporary:
        source, out = Path(temporary) / "map", Path(temporary) / "ranges.npy"
        source.write_bytes(data)
        child = ["morph.sky.moc_child", str(source), str(out)]
        done = sandbox.run(child, limit_s=_LIMIT_S)
        if done.returncode == sandbox.REFUSED:
            reason = done.stderr.strip().split("\n")[-1]
            raise MorphError(f"{name} is not a usable coverage map: {reason}")
        if done.returncode:
            _log.warning("moc_child failed: %d: %s", done.returncode, done.stderr)
            raise MorphError(
                f"{name} cannot be read as a coverage map, or needs too much memory or "
                "time; write it again with a MOC library such as mocpy"
            )
        return np.load(out, allow_pickle=False)
