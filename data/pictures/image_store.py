"""Write a cutout store from the images of a folder.

Images are decoded in processes with limits of memory and time, a block at a time. The
blocks are kept in a hidden folder beside the store until it is complete, so that an
interrupted command continues with the next block.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.pictures.descriptions import Descriptions
from morph import sandbox
from morph.atomic import replacing, write_json
from morph.errors import MorphError
from morph.images.decoded_image import PIXSCALES_ARCSEC
from morph.images.new_stores.pictures_run import SIZES, refuse_existing
from morph.images.new_stores.store_states import LEFT_OUT
from morph.images.store import write_store
from morph.images.store_manifest import PIXSCALE_ARCSEC, StoreManifest

NOTICES_LIST = "notices.csv"  # in the store: what was changed in images

_BLOCK = 64  # images
_SAME_SCALE = 1e-3  # relative
_LIMIT_S = 120.0  # of a block, plus
_EACH_S = 4.0  # for each of its images

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImageStoreOrder:
    """Which store to make of a folder's images."""

    folder: Path
    size: int  # pixels per side
    survey: str
    origin: str
    title: str
    pixscale_arcsec: float | None = None  # of the files' pixels, None if not stated


@dataclass(frozen=True)
class Made:
    """The store that was made, and the images left out."""

    manifest: StoreManifest
    refused: pd.DataFrame  # file, reason
    placed: int  # galaxies whose position is that of a FITS header


def write_image_store(
    target: Path,
    files: Sequence[str],
    about: Descriptions,
    order: ImageStoreOrder,
    *,
    progress: Progress = lambda *_: None,
) -> Made:
    """Decode ``files``, paths in the order's folder, and write the store ``target``.

    Raises
    ------
    MorphError
        If ``target`` exists or is being made, the size is not possible, or no image
        can be used.
    """
    if not SIZES[0] <= order.size <= SIZES[1]:
        raise MorphError(
            f"--size is {order.size}; expected {SIZES[0]} to {SIZES[1]} pixels"
        )
    refuse_existing(target)
    partial = target.with_name(f".{target.name}.partial")
    with _alone(partial, target.name):
        return _made(target, partial, files, about, order, progress)


@contextmanager
def _alone(partial: Path, name: str) -> Iterator[None]:
    """Keep other processes out of the hidden folder; MorphError if one is in it."""
    partial.mkdir(parents=True, exist_ok=True)
    held = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(held), partial.stat()):
            raise BlockingIOError(f"{partial} was replaced")
    except OSError as error:
        os.close(held)
        raise MorphError(
            f"another process is making the cutout store {name}; wait for it, or "
            "choose another name"
        ) from error
    try:
        yield
    finally:
        os.close(held)


def _made(
    target: Path,
    partial: Path,
    files: Sequence[str],
    about: Descriptions,
    order: ImageStoreOrder,
    progress: Progress,
) -> Made:
    refuse_existing(target)  # another process may have finished it meanwhile
    _begin(partial, files, order)
    reports = _decode(partial, files, order, progress)
    kept = np.array(["refused" not in report for report in reports])
    refused = _refused(files, reports)
    if not kept.any():
        raise MorphError(
            f"none of the {len(files):,} images can be used; the first: "
            f"{refused['reason'].iloc[0]}"
        )
    placed_index, placed = _placed(about.index, reports, kept)
    manifest, index = _described(placed_index, reports, kept, order)
    votes = None if about.votes is None else about.votes[kept].reset_index(drop=True)
    pixels = _joined(partial, kept, order.size)
    refuse_existing(target)  # a download may have begun meanwhile
    _write_list(target / LEFT_OUT, refused)
    _write_list(target / NOTICES_LIST, _notices(files, reports))
    manifest = write_store(target, manifest, index, pixels, votes=votes)
    del pixels
    shutil.rmtree(partial)
    return Made(manifest, refused, placed)


def _begin(partial: Path, files: Sequence[str], order: ImageStoreOrder) -> None:
    """Keep the blocks of an interrupted command of the same images; drop others."""
    facts = [[name, *_state(order.folder / name)] for name in files]
    digest = hashlib.sha256(json.dumps([order.size, facts]).encode()).hexdigest()
    mark = partial / "images.json"
    if mark.is_file() and json.loads(mark.read_text()) == {"sha256": digest}:
        return
    for left in partial.iterdir():  # the folder itself is locked
        left.unlink()
    write_json(mark, {"sha256": digest})


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _decode(
    partial: Path, files: Sequence[str], order: ImageStoreOrder, progress: Progress
) -> list[dict[str, Any]]:
    """Write each block's pixels and reports; return all reports, in order."""
    starts = range(0, len(files), _BLOCK)

    def block(start: int) -> list[dict[str, Any]]:
        path = partial / f"{start}.npz"
        if not path.is_file():
            some = [str(order.folder / name) for name in files[start : start + _BLOCK]]
            pixels, reports = _decoded(some, order.size)
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.savez(file, pixels=pixels, reports=np.array(json.dumps(reports)))
        with np.load(path, allow_pickle=False) as arrays:
            return json.loads(str(arrays["reports"]))

    done: list[dict[str, Any]] = []
    progress(0, len(files))
    with ThreadPoolExecutor(sandbox.AT_ONCE) as pool:
        for reports in pool.map(block, starts):
            done += reports
            progress(len(done), len(files))
    return done


def _decoded(files: list[str], size: int) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """(k, 3, S, S) pixels and reports; one by one where an image ends the process."""
    with tempfile.TemporaryDirectory(prefix="morph-pictures-") as temporary:
        listing, out = Path(temporary) / "list.json", Path(temporary) / "out.npz"
        listing.write_text(json.dumps(files), encoding="utf-8")
        done = sandbox.run(
            ["morph.images.folder_child", str(listing), str(out), str(size)],
            limit_s=_LIMIT_S + _EACH_S * len(files),
        )
        if done.returncode == 0:
            with np.load(out, allow_pickle=False) as arrays:
                return arrays["pixels"], json.loads(str(arrays["reports"]))
    if len(files) == 1:
        reason = "it needs too much memory or time to decode"
        return np.zeros((1, 3, size, size), np.float16), [{"refused": reason}]
    parts = [_decoded([file], size) for file in files]
    return np.concatenate([p for p, _ in parts]), [r for _, rs in parts for r in rs]


def _joined(partial: Path, kept: np.ndarray, size: int) -> np.ndarray:
    """The pixels of all images kept, (N, 3, S, S), in a file of the hidden folder."""
    shape = (int(kept.sum()), 3, size, size)
    path = partial / "pixels.npy"
    pixels = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    row = 0
    for start in range(0, len(kept), _BLOCK):
        with np.load(partial / f"{start}.npz", allow_pickle=False) as arrays:
            some = arrays["pixels"][kept[start : start + _BLOCK]]
        pixels[row : row + len(some)] = some
        row += len(some)
    return pixels


def _placed(
    index: pd.DataFrame, reports: list[dict[str, Any]], kept: np.ndarray
) -> tuple[pd.DataFrame, int]:
    """The index with the centres of FITS headers where no position is known.

    And of how many of the images kept.
    """
    centres = [report.get("centre") or (np.nan, np.nan) for report in reports]
    own = np.array(centres, float).reshape(-1, 2)
    sky = index[["ra", "dec"]].to_numpy(float)
    placed = np.isnan(sky).any(axis=1) & ~np.isnan(own).any(axis=1)
    ra, dec = np.where(placed[:, None], own, sky).T
    return index.assign(ra=ra, dec=dec), int((placed & kept).sum())


def _described(
    index: pd.DataFrame,
    reports: list[dict[str, Any]],
    kept: np.ndarray,
    order: ImageStoreOrder,
) -> tuple[StoreManifest, pd.DataFrame]:
    """The store's manifest and index, with pixel scales where they differ."""
    scales = _scales(index, reports, order)[kept]
    index = index[kept].reset_index(drop=True)
    index = index.drop(columns="pixscale_arcsec", errors="ignore")
    used = [report for report in reports if "refused" not in report]
    same = not np.isnan(scales).any() and np.ptp(scales) <= _SAME_SCALE * scales[0]
    if not same and not np.isnan(scales).all():
        index = index.assign(pixscale_arcsec=scales)
    manifest = StoreManifest(
        survey=order.survey,
        origin=order.origin,
        title=order.title,
        galaxies=len(index),
        size=order.size,
        pixscale_arcsec=float(np.median(scales)) if same else None,
        flux_pixscale_arcsec=_flux_scale(scales, used, order),
        clipped=sum(bool(report.get("clipped")) for report in used),
    )
    missing = [round(report.get("missing", 0.0), 6) for report in used]
    if any(missing):  # and filled from neighbours
        index = index.assign(missing=missing)
    return manifest, index


def _flux_scale(
    scales: np.ndarray, reports: list[dict[str, Any]], order: ImageStoreOrder
) -> float | None:
    """Side, in arcsec, of the pixels that fluxes are per; None if unknown or different.

    Resampling keeps the surface brightness. The stretch by which colours are converted
    to fluxes is that of fluxes per pixel of 0.262 arcsec; those of a FITS file are per
    pixel of the file.
    """
    per_pixel = [
        PIXSCALE_ARCSEC if r.get("colours") else scale * order.size / r["side"]
        for scale, r in zip(scales, reports, strict=True)
    ]
    same = np.ptp(per_pixel) <= _SAME_SCALE * per_pixel[0]  # not if one is NaN
    return float(np.median(per_pixel)) if same else None


def _scales(
    index: pd.DataFrame, reports: list[dict[str, Any]], order: ImageStoreOrder
) -> np.ndarray:
    """Arcsec per pixel of the store of each image: as stated, else as in its header."""
    scales = np.array([r.get("pixscale_arcsec") or np.nan for r in reports], float)
    own = np.full(len(reports), order.pixscale_arcsec or np.nan)
    if "pixscale_arcsec" in index:
        own = index["pixscale_arcsec"].to_numpy(float)
    low, high = PIXSCALES_ARCSEC
    wrong = ~np.isnan(own) & ~((own >= low) & (own <= high))
    if wrong.any():
        raise MorphError(
            f"the pixel scale of {index['file'].iloc[int(wrong.argmax())]} is "
            f"{own[wrong][0]:g} arcsec; expected {low:g} to {high:g}"
        )
    stated = own * [r.get("side", order.size) / order.size for r in reports]
    return np.where(np.isnan(stated), scales, stated)


def _refused(files: Sequence[str], reports: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [
        (file, report["refused"])
        for file, report in zip(files, reports, strict=True)
        if "refused" in report
    ]
    return pd.DataFrame(rows, columns=["file", "reason"])


def _notices(files: Sequence[str], reports: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [
        (file, notice)
        for file, report in zip(files, reports, strict=True)
        for notice in report.get("notices", ())
    ]
    return pd.DataFrame(rows, columns=["file", "notice"])


def _write_list(path: Path, table: pd.DataFrame) -> None:
    if len(table):
        with replacing(path) as temporary:
            table.to_csv(temporary, index=False)
