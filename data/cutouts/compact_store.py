"""Copy a cutout store without the cutouts that are damaged or lack too many pixels."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from data.cutouts.check_store import Progress, check_store
from data.cutouts.journal import NAME, Line
from data.cutouts.outcomes import REJECTED
from morph.atomic import replacing, write_json
from morph.errors import MorphError
from morph.images.blanks import bad_pixels, together
from morph.images.new_stores.made_for import note_release, noted_releases
from morph.images.new_stores.store_credit import read_credit, write_credit
from morph.images.store import (
    CutoutStore,
    checksums_of,
    open_store,
    write_checksums,
)

_PIECE = 256  # cutouts copied at a time
_BY_ROW = ("votes.parquet", "truth.parquet")


@dataclass(frozen=True)
class Compacted:
    """The number of cutouts of the new store, and of those left out."""

    galaxies: int
    damaged: int
    missing: int


def compact_store(
    folder: Path,
    target: Path,
    most_missing: float,
    progress: Progress = lambda *_: None,
) -> Compacted:
    """Write ``target`` with the cutouts of ``folder`` that are whole.

    Left out are those that are damaged, and those with a larger fraction of pixels
    without data than ``most_missing``. The store itself is not changed, and the new one
    has its manifest last. One that was downloaded can be continued under its new name.
    MorphError if ``target`` exists, or no cutout is left.
    """
    if target.exists():
        raise MorphError(f"{target} exists already; give another name with --out")
    checked, store = check_store(folder, progress), open_store(folder)
    damaged = np.isin(np.arange(checked.galaxies), checked.damaged)
    lacking = _missing(store) > most_missing
    rows = np.flatnonzero(~damaged & ~lacking)
    if not len(rows):
        raise MorphError(
            f"no cutout of {folder.name} is left with --most-missing "
            f"{most_missing:g}; choose a larger fraction"
        )
    target.mkdir(parents=True)
    clipped = _copy_pixels(store, target, rows)
    _copy_tables(store, target, rows)
    if (folder / NAME).is_file():
        _copy_journal(folder / NAME, target, store.names[rows])
    if credit := read_credit(folder):
        write_credit(target, credit)
    for release in noted_releases(folder):
        note_release(target, release)
    manifest = replace(store.manifest, galaxies=len(rows), clipped=clipped)
    write_json(target / "manifest.json", asdict(manifest))
    return Compacted(len(rows), int(damaged.sum()), int((lacking & ~damaged).sum()))


def _missing(store: CutoutStore) -> np.ndarray:
    """(N,) fraction of pixels without data in some band."""
    if "missing" in store.index:
        return store.index["missing"].to_numpy(float)
    parts = [store.pixels[i : i + _PIECE] for i in range(0, len(store.names), _PIECE)]
    return together([bad_pixels(part) for part in parts]).fraction


def _copy_pixels(store: CutoutStore, target: Path, rows: np.ndarray) -> int:
    """Copy these rows; the number of clipped cutouts."""
    shape = (len(rows), *store.pixels.shape[1:])
    path = target / "pixels.npy"
    pixels = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    clipped = 0
    for start in range(0, len(rows), _PIECE):
        piece = store.pixels[rows[start : start + _PIECE]]
        pixels[start : start + len(piece)] = piece
        clipped += int(bad_pixels(piece).clipped.sum())
    pixels.flush()
    write_checksums(target, checksums_of(pixels))
    return clipped


def _copy_tables(store: CutoutStore, target: Path, rows: np.ndarray) -> None:
    tables = {"index.parquet": store.index}
    for name in _BY_ROW:
        if (store.folder / name).is_file():
            tables[name] = pd.read_parquet(store.folder / name)
    for name, table in tables.items():
        with replacing(target / name) as temporary:
            table.iloc[rows].to_parquet(temporary, index=False)


def _copy_journal(path: Path, target: Path, names: np.ndarray) -> None:
    """The journal of the new store, whose rows are those of ``names``.

    A galaxy that was left out has an answer, so it is not asked for again.
    """
    row_of = {name: row for row, name in enumerate(names)}
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    recipe, *others = lines
    got = {line["got"]: line for line in others if "got" in line}
    kept = [got[name] | {"row": row} for name, row in row_of.items()]
    dropped = [_dropped(line) for name, line in got.items() if name not in row_of]
    none = [line for line in others if "none" in line and line["none"] not in got]
    with replacing(target / NAME) as temporary:
        new = [recipe, *kept, *dropped, *none, {"synced": len(names)}]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in new)
        temporary.write_text(text, "utf-8")


def _dropped(line: Line) -> Line:
    why = "left out of a compacted store: damaged, or too many pixels without data"
    place = {key: line[key] for key in ("ra", "dec")}
    return {"none": line["got"], **place, "state": REJECTED, "why": why}
