"""A cutout store that grows while its cutouts are downloaded.

A cutout is appended to the file of pixels, then noted in the journal; what a killed
process has appended and not noted is cut off when the store is opened again. Blocks of
cutouts are flushed to disk together; after a power cut those of the last block are
checked by their checksums.

The file of pixels is that of the finished store, so nothing is copied at the end. The
manifest is written last, and removed first when more cutouts are added.
"""

import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from data.cutouts.journal import NAME, Journal, Line
from data.cutouts.store_tables import (
    NO_POSITION,
    PROBLEMS,
    index_and_problems,
    write_votes,
)
from morph.atomic import replacing, sync_folder, write_json
from morph.errors import MorphError
from morph.images.blanks import halved
from morph.images.store import write_checksums
from morph.images.store_manifest import FORMAT, StoreManifest

_VOTES = "votes.parquet"
_PIXELS, _PART = "pixels.npy", "pixels.npy.part"
_HEADER = 128  # bytes of a .npy file of four dimensions
_BLOCK = 256  # cutouts


@dataclass(frozen=True)
class Recipe:
    """What the cutouts of one store have in common."""

    survey: str
    service: str
    layer: str
    bands: tuple[str, ...]  # g, r and z, those of the survey
    size: int
    pixscale_arcsec: float
    by_size: bool = False  # each has a pixel scale by the size of its galaxy

    def as_json(self) -> dict[str, object]:
        """As the journal has it; those of earlier versions do not say `by_size`."""
        values = asdict(self) | {"bands": "".join(self.bands), "format": FORMAT}
        if not self.by_size:
            del values["by_size"]
        return values


class Unsuitable(MorphError):
    """What is wanted does not fit the store, which has not been changed."""


class GrowingStore:
    """An unfinished store: ``answered`` has the last line about every galaxy."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        if (folder / "manifest.json").exists() and not (folder / NAME).exists():
            raise MorphError(
                f"{folder} is a cutout store that this command did not make; give "
                "another name with --out"
            )
        self.folder, self.recipe = folder, recipe
        shape = (len(recipe.bands), recipe.size, recipe.size)
        self._record = int(np.prod(shape)) * 2
        self._journal = Journal(folder / NAME, recipe.as_json())
        self.was_finished = (folder / "manifest.json").exists()
        (folder / "manifest.json").unlink(missing_ok=True)
        if (folder / _PIXELS).exists():
            (folder / _PIXELS).replace(folder / _PART)
        self._file = os.open(folder / _PART, os.O_RDWR | os.O_CREAT, 0o644)
        self.answered: dict[str, Line] = {}
        try:
            self._rows = self._resume()
        except MorphError:
            self.close()
            raise

    def check_votes(self, votes: pd.DataFrame | None) -> None:
        """Raise Unsuitable for votes on other answers than those in the store."""
        path = self.folder / _VOTES
        if votes is None or not path.is_file():
            return
        held, new = set(pq.read_schema(path).names), set(votes.columns)
        if held != new:
            raise Unsuitable(
                f"the store {self.folder.name} has votes of another decision tree: "
                f"{min(held - new or held)} is none of the table's answers, such as "
                f"{min(new - held or new)}; give another name with --out"
            )

    def ask(self, name: str) -> None:
        """Note that a cutout is about to be requested."""
        self._journal.write({"ask": name})

    def keep(
        self,
        name: str,
        place: tuple[float, float],
        flux: np.ndarray,
        *,
        pixscale_arcsec: float | None = None,
        bricks: tuple[str, ...] = (),
        absent: tuple[str, ...] = (),
    ) -> None:
        """Append (B, S, S) fluxes, NaN where there are no data, cut from ``bricks``.

        ``pixscale_arcsec`` is needed where each cutout has its own. ``absent`` files
        would have pixels that are missing.
        """
        halves, clipped = halved(flux[None])
        data = halves[0].astype("<f2", copy=False).tobytes()
        if len(data) != self._record:
            raise ValueError(f"fluxes {flux.shape} are not {self.recipe}")
        self._write(data, self._offset(self._rows))
        line = {"got": name, "ra": place[0], "dec": place[1], "row": self._rows}
        line["missing"] = round(float((~np.isfinite(flux)).any(axis=0).mean()), 6)
        if clipped:
            line["clipped"] = clipped
        if self.recipe.by_size:
            line["pixscale_arcsec"] = pixscale_arcsec
        line |= {"crc": zlib.crc32(data)} | _named(bricks=bricks, absent=absent)
        self._journal.write(line)
        self.answered[name] = line
        self._rows += 1
        if self._rows % _BLOCK == 0:
            self._sync()

    def refuse(
        self,
        name: str,
        place: tuple[float, float],
        state: str,
        why: str,
        *,
        missing: float | None = None,
        absent: tuple[str, ...] = (),
    ) -> None:
        """Note why a galaxy has no cutout in the store, and which files it needs.

        ``missing`` is the fraction of pixels without data if that is why.
        """
        line = {"none": name, "ra": place[0], "dec": place[1]}
        line |= {"state": state, "why": why} | _named(absent=absent)
        if missing is not None:
            line["missing"] = missing
        self._journal.write(line)
        self.answered[name] = line

    def finish(
        self,
        title: str,
        *,
        without_position: list[str],
        votes: pd.DataFrame | None = None,
        flux_pixscale_arcsec: float | None = None,
    ) -> StoreManifest:
        """Write the index, the table of problems and, last, the manifest.

        ``votes`` (iauname and a count per label) are added to those that the store has.
        Fluxes are per pixel of ``flux_pixscale_arcsec``, see `StoreManifest`.
        """
        index = self.write_problems(without_position)
        if index.empty:
            raise MorphError(
                f"no cutout could be stored; {self.folder / PROBLEMS} has the reasons"
            )
        with replacing(self.folder / "index.parquet") as temporary:
            index.to_parquet(temporary, index=False)
        write_votes(self.folder / _VOTES, index, votes)
        write_checksums(self.folder, self._checksums())
        self._close_pixels()
        recipe = self.recipe
        manifest = StoreManifest(
            recipe.survey,
            "real",
            title,
            len(index),
            recipe.size,
            None if recipe.by_size else recipe.pixscale_arcsec,
            bands=recipe.bands,
            flux_pixscale_arcsec=flux_pixscale_arcsec,
            clipped=sum(line.get("clipped", 0) for line in self.answered.values()),
        )
        write_json(self.folder / "manifest.json", asdict(manifest))
        return manifest

    def write_problems(self, without_position: list[str]) -> pd.DataFrame:
        """Write the table of problems, also of an unfinished store; gives the index.

        Galaxies without a position that it has of earlier tables are kept.
        """
        self._sync()
        path = self.folder / PROBLEMS
        unknown = dict.fromkeys(without_position)
        if path.is_file():
            before = pd.read_parquet(path, columns=["iauname", "state"])
            none = before.loc[before["state"] == NO_POSITION, "iauname"]
            unknown |= {name: None for name in none if name not in self.answered}
        index, problems = index_and_problems(
            self.answered.values(), list(unknown), by_size=self.recipe.by_size
        )
        with replacing(path) as temporary:
            problems.to_parquet(temporary, index=False)
        return index

    def _close_pixels(self) -> None:
        """Make the pixels the file of a finished store."""
        self._write(self._header(), 0)
        os.fsync(self._file)
        (self.folder / _PART).replace(self.folder / _PIXELS)
        sync_folder(self.folder)

    def close(self) -> None:
        """Let other processes open it; it can be opened again."""
        self._journal.close()
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _write(self, data: bytes, at: int) -> None:
        """Write all of ``data``; a disk that is nearly full takes a part at first."""
        while data:
            written = os.pwrite(self._file, data, at)
            data, at = data[written:], at + written

    def _offset(self, row: int) -> int:
        return _HEADER + row * self._record

    def _sync(self) -> None:
        os.fsync(self._file)
        self._journal.write({"synced": self._rows})
        self._journal.sync()

    def _resume(self) -> int:
        """Read what is there; cut off what the journal does not have."""
        lines = self._journal.lines
        synced = max((line["synced"] for line in lines if "synced" in line), default=0)
        whole = synced
        for line in lines:
            if line.get("row", -1) < synced:
                continue
            data = os.pread(self._file, self._record, self._offset(whole))
            if line["row"] != whole or zlib.crc32(data) != line["crc"]:
                break
            whole += 1
        if synced and os.fstat(self._file).st_size < self._offset(synced):
            raise MorphError(
                f"{self.folder / _PART} is shorter than its journal states; delete the "
                "folder and download again"
            )
        kept = [line for line in lines if line.get("row", -1) < whole]
        if len(kept) < len(lines):
            self._journal.rewrite(kept)
        os.ftruncate(self._file, self._offset(whole))
        for line in kept:
            name = line.get("got") or line.get("none")
            if name:
                self.answered[name] = line
        self._journal.lines = []  # many; they are not needed any more
        return whole

    def _checksums(self) -> np.ndarray:
        """(N,) CRC-32 of the cutouts, in the order of the rows."""
        got = {one["row"]: one["crc"] for one in self.answered.values() if "got" in one}
        return np.array([got[row] for row in sorted(got)], np.uint32)

    def _header(self) -> bytes:
        """The 128 bytes of the .npy file, now that the number of rows is known."""
        side = self.recipe.size
        shape = (self._rows, len(self.recipe.bands), side, side)
        about: Mapping[str, object] = {
            "descr": "<f2",
            "fortran_order": False,
            "shape": shape,
        }
        text = repr(dict(about)).encode()
        room = _HEADER - 10 - len(text) - 1
        if room < 0:
            raise ValueError(f"the header of {shape} does not fit")
        return b"\x93NUMPY\x01\x00\x76\x00" + text + b" " * room + b"\n"


def _named(**names: tuple[str, ...]) -> Line:
    """Names as a line of the journal has them: in one text, and none if it is empty."""
    return {key: " ".join(value) for key, value in names.items() if value}
