"""Correct a cutout store of the format before 30 November 2026.

Then the rows of FITS images were stored in the order of FITS, the lowest first. An
interrupted call continues: the manifest, without which a store is not finished, is
moved aside once the turned pixels are on disk, and written last.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.cutouts.journal import NAME
from morph.atomic import replacing, write_json
from morph.errors import MorphError
from morph.images.store import CHECKSUMS, checksums_of, write_checksums
from morph.images.store_manifest import FORMAT, StoreManifest
from morph.release.manifest import SIMULATED

_PIXELS, _TURNED = "pixels.npy", "pixels.npy.turned"
_MANIFEST, _ASIDE = "manifest.json", "manifest.json.before"
_FITS = (".fits", ".fit", ".fits.gz")
_PIECE = 256  # cutouts

Progress = Callable[[int, int], None]


def turn_store(folder: Path, progress: Progress = lambda *_: None) -> int:
    """Turn the images of a store that are of FITS files; how many they are.

    MorphError if there is no such store, or it has the present format.
    """
    if not (folder / _ASIDE).is_file():
        value = _read(folder / _MANIFEST)
        if "format" in value or value.get("origin") in SIMULATED:
            raise MorphError(
                f"the images of the cutout store {folder.name} are not upside down: it "
                "has the present format"
            )
        _write_turned(folder, progress)
        (folder / _MANIFEST).replace(folder / _ASIDE)
    value = _read(folder / _ASIDE)
    if (folder / _TURNED).is_file():
        (folder / _TURNED).replace(folder / _PIXELS)
    checksums = _checksums(folder)
    if (folder / CHECKSUMS).is_file():
        write_checksums(folder, checksums)
    if (folder / NAME).is_file():
        _renew_journal(folder / NAME, checksums)
    bands = tuple(value["bands"])
    manifest = StoreManifest(**value | {"bands": bands, "format": FORMAT})
    write_json(folder / _MANIFEST, asdict(manifest))
    (folder / _ASIDE).unlink()
    return int(_upside_down(folder).sum())


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise MorphError(
            f"{path.parent} is not a finished cutout store ({error})"
        ) from error


def _upside_down(folder: Path) -> np.ndarray:
    """(N,) whether a cutout was read from FITS: all but colour images of a folder."""
    index = pd.read_parquet(folder / "index.parquet")
    if "file" not in index:
        return np.ones(len(index), dtype=bool)
    return np.array([name.lower().endswith(_FITS) for name in index["file"]], bool)


def _write_turned(folder: Path, progress: Progress) -> None:
    pixels = np.load(folder / _PIXELS, mmap_mode="r", allow_pickle=False)
    turn, checksums = _upside_down(folder), None
    if (folder / CHECKSUMS).is_file():
        checksums = np.load(folder / CHECKSUMS, allow_pickle=False)
    header = np.lib.format.header_data_from_array_1_0(pixels)
    with replacing(folder / _TURNED) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(pixels), _PIECE):
            piece = np.array(pixels[start : start + _PIECE])
            _refuse_damaged(folder, piece, checksums, start)
            some = turn[start : start + _PIECE]
            piece[some] = piece[some][:, :, ::-1]
            file.write(piece.data)
            progress(start + len(piece), len(pixels))


def _refuse_damaged(
    folder: Path, piece: np.ndarray, checksums: np.ndarray | None, start: int
) -> None:
    """MorphError for a damaged cutout: new checksums would be those of the damage."""
    if checksums is None:
        return
    damaged = checksums_of(piece) != checksums[start : start + len(piece)]
    if damaged.any():
        raise MorphError(
            f"the cutout store {folder.name} is damaged (first: cutout "
            f"{start + int(damaged.argmax()) + 1:,}); make the store again"
        )


def _checksums(folder: Path) -> np.ndarray:
    pixels = np.load(folder / _PIXELS, mmap_mode="r", allow_pickle=False)
    starts = range(0, len(pixels), _PIECE)
    return np.concatenate([checksums_of(pixels[i : i + _PIECE]) for i in starts])


def _renew_journal(path: Path, checksums: np.ndarray) -> None:
    """The journal with the format and the checksums of the turned cutouts."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    lines[0]["recipe"]["format"] = FORMAT
    for line in lines:
        if "row" in line:
            line["crc"] = int(checksums[line["row"]])
    with replacing(path) as temporary:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        temporary.write_text(text, "utf-8")
