"""Decode the images of a folder within memory and time limits, as a child process.

``python -m morph.images.folder_child LIST.json OUT.npz SIZE`` decodes the files of a
list, cuts each to its central square and resamples that to SIZE pixels. An image that
cannot be used is refused with a reason; the others are not affected.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from morph.errors import MorphError
from morph.images.blanks import LARGEST_FLUX
from morph.images.decoded_image import central
from morph.images.image_child import MAX_CPU_S, MAX_MEMORY_BYTES, decode
from morph.sandbox import limit


def main(arguments: list[str]) -> int:
    """Decode all files of a list; write their pixels and, as JSON, what was found."""
    listing, out, size = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    files = json.loads(listing.read_text(encoding="utf-8"))
    limit(
        memory_bytes=MAX_MEMORY_BYTES,
        cpu_s=MAX_CPU_S + 2 * len(files),
        file_bytes=len(files) * (6 * size**2 + 65536) + 65536,
    )
    pixels = np.zeros((len(files), 3, size, size), dtype=np.float16)
    reports = [_one(Path(file), pixels[i], size) for i, file in enumerate(files)]
    np.savez(out, pixels=pixels, reports=np.array(json.dumps(reports)))
    return 0


def _one(path: Path, into: np.ndarray, size: int) -> dict[str, Any]:
    """Decode a file into (3, size, size); what its index row and the report need."""
    try:
        decoded = decode(path)
    except MorphError as error:
        return {"refused": " ".join(str(error).split())}
    except MemoryError:
        return {"refused": "it needs too much memory to decode"}
    _, height, width = decoded.flux.shape
    side, notices = min(height, width), list(decoded.notices)
    if height != width:
        notices.append("Its central square was used.")
    flux = central(decoded.flux, size)
    clipped = bool(np.abs(flux).max() > LARGEST_FLUX)
    if clipped:
        notices.append(f"Fluxes above {LARGEST_FLUX:,.0f} were clipped.")
    into[:] = flux.clip(-LARGEST_FLUX, LARGEST_FLUX)
    scale = decoded.pixscale_arcsec
    return {
        "notices": notices,
        "pixscale_arcsec": scale and scale * side / size,
        "side": side,
        "colours": decoded.colours,
        "clipped": clipped,
        "missing": decoded.missing,
        "centre": decoded.centre,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
