"""Open an untrusted table safely: detect its format, list and read its columns.

The format is detected from the first bytes, not the name, and sizes are checked before
memory is allocated. Nothing in a table is executed or fetched.
"""

import gzip
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

import numpy as np
import pyarrow as pa
from astropy.io import fits

from morph.errors import UnreadableTable
from morph.tables.cells import Reading, shorten
from morph.tables.fits_tables import open_fits
from morph.tables.limits import (
    FREE_EXPANDED_BYTES,
    MAX_EXPANDED_BYTES,
    MAX_EXPANSION,
    check_columns,
    check_rows,
    check_texts,
)
from morph.tables.parquet import open_parquet
from morph.tables.parts import Opened, Score, choose
from morph.tables.text import open_text
from morph.tables.votable import open_votable

_OPENERS: Mapping[str, Callable[[str, Path], list[Opened]]] = {
    "Parquet": open_parquet,
    "FITS": open_fits,
    "VOTable": open_votable,
}
_CHUNK_BYTES = 1 << 20
_READABLE = "CSV, Parquet, FITS, VOTable or ECSV, zipped or not"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BROKEN_ZIPS = (
    EOFError,
    zlib.error,
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    NotImplementedError,  # a compression method that Python does not support
    RuntimeError,  # it has a password
)
# Exceptions of astropy and pyarrow for damaged and malicious files.
_BROKEN_TABLES = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    expat.ExpatError,
    fits.VerifyError,
    pa.ArrowException,
)


@dataclass(frozen=True)
class Contents:
    """Columns of a table: numbers (N,) or (N, P) of float64, texts (N,) of str."""

    rows: int
    numbers: Mapping[str, np.ndarray]
    texts: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Table:
    """An open table, whose rows are not read yet."""

    name: str  # of the file
    path: Path  # the file, unzipped
    format: str
    columns: tuple[str, ...]
    vectors: frozenset[str]  # columns with a list of numbers per row
    _read: Reading
    units: Mapping[str, str] = field(default_factory=dict)  # as stated, by column
    frame: str = ""  # as stated, such as "FK5 J2000"; empty if it is not
    header: Mapping[str, str] = field(default_factory=dict)  # names in upper case
    left_out: tuple[str, ...] = ()  # sentences on tables of the file not read

    def read(self, numbers: Sequence[str], texts: Sequence[str] = ()) -> Contents:
        """The named columns; missing numbers are NaN, missing texts empty.

        UnreadableTable if there are no rows or too many, or a cell is of another type.
        """
        contents = self.read_unchecked(numbers, texts)
        for column, cells in contents.texts.items():
            check_texts(self.name, column, cells)
        return contents

    def read_unchecked(
        self, numbers: Sequence[str], texts: Sequence[str] = ()
    ) -> Contents:
        """The named columns, with texts of any length and content."""
        with _refusing_broken(self.name, self.format):
            values, words = self._read(numbers, texts)
        rows = max(len(cells) for cells in (*values.values(), *words.values()))
        if rows == 0:
            raise UnreadableTable(f"{self.name} has columns but no rows")
        check_rows(self.name, rows)
        return Contents(rows, values, words)


@contextmanager
def open_table(path: Path, score: Score | None = None) -> Iterator[Table]:
    """Open a table file of any known format, optionally gzipped or zipped.

    Of several tables in the file, the one whose columns have the highest ``score`` is
    read, and the first of equals; tables with the same columns are read as one.
    UnreadableTable if the file does not exist, is empty or broken, or is not a table.
    """
    with plain_file(path) as plain:
        yield open_plain(path.name, plain, score)


@contextmanager
def plain_file(path: Path, name: str = "") -> Iterator[Path]:
    """The file, or a temporary unzipped copy.

    ``name`` is used in messages, by default the name of the file.
    """
    if not path.is_file():
        raise UnreadableTable(f"{path} is not a file; give the path of a table")
    with tempfile.TemporaryDirectory(prefix="morph-table-") as folder:
        plain = path
        start = _first_bytes(path)
        if start.startswith((_GZIP, _ZIP)):
            plain, name = Path(folder) / "table", name or path.name
            is_zip = start.startswith(_ZIP)
            source = _in_zip(name, path) if is_zip else gzip.GzipFile(path)
            _unzip(name, source, plain, zipped_bytes=path.stat().st_size)
        yield plain


def format_of(name: str, path: Path) -> str:
    """Parquet, FITS, VOTable, ECSV or CSV, by the first bytes of an unzipped file."""
    head = _first_bytes(path)
    if not head.strip():
        raise UnreadableTable(f"{name} is empty; expected {_READABLE}")
    if head.startswith(b"PAR1"):
        return "Parquet"
    if head.startswith(b"SIMPLE  ="):
        return "FITS"
    if b"\x00" in head:
        raise UnreadableTable(f"{name} is not a known table; use {_READABLE}")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "VOTable"
    return "ECSV" if head.startswith(b"# %ECSV") else "CSV"


def open_plain(name: str, path: Path, score: Score | None = None) -> Table:
    """Open an unzipped table file."""
    format = format_of(name, path)
    with _refusing_broken(name, format):
        parts = _OPENERS.get(format, open_text)(name, path)
        for part in parts:
            check_columns(name, len(part.columns))
        one = choose(name, parts, score)
    stated = (one.units, one.frame, one.header, one.left_out)
    return Table(name, path, format, one.columns, one.vectors, one.read, *stated)


@contextmanager
def _refusing_broken(name: str, format: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN_TABLES as error:
        raise UnreadableTable(
            f"{name} is a broken {format} file ({shorten(error)}); copy or download it "
            "again"
        ) from error


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


@contextmanager
def _in_zip(name: str, path: Path) -> Iterator[IO[bytes]]:
    """The table in a zip; JSON files, as in our downloads, are ignored."""
    with zipfile.ZipFile(path) as archive:
        files = [one for one in archive.infolist() if not one.is_dir()]
        tables = [one for one in files if not one.filename.lower().endswith(".json")]
        if len(tables) != 1:
            raise UnreadableTable(
                f"{name} is a zip of {len(tables):,} files; expected one table"
            )
        with archive.open(tables[0]) as source:
            yield source


def _unzip(
    name: str,
    opened: AbstractContextManager[IO[bytes]],
    target: Path,
    *,
    zipped_bytes: int,
) -> None:
    """Unzip into ``target``, unless it expands too much."""
    allowed = min(
        MAX_EXPANDED_BYTES,
        max(FREE_EXPANDED_BYTES, MAX_EXPANSION * zipped_bytes),
        shutil.disk_usage(target.parent).free,
    )
    written = 0
    try:
        with opened as source, target.open("wb") as file:
            while chunk := source.read(_CHUNK_BYTES):
                written += len(chunk)
                if written > allowed:
                    raise UnreadableTable(
                        f"{name} unzips to over {allowed / 1e9:,.1f} GB: more "
                        f"than {MAX_EXPANSION}-fold, or more than the free space; "
                        "unzip it yourself if this is expected"
                    )
                file.write(chunk)
    except _BROKEN_ZIPS as error:
        raise UnreadableTable(
            f"{name} is a broken gzip or zip file ({error}); copy or download it again"
        ) from error
