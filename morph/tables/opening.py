"""Open an untrusted table safely: detect its format, list and read its columns.

The format is detected from the first bytes, not the name, and sizes are checked before
memory is allocated. Nothing in a table is executed or fetched.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

import numpy as np
import pyarrow as pa
from astropy.io import fits

from morph.errors import UnreadableTable
from morph.tables.cells import Columns, Reading, Texts, shorten
from morph.tables.formats import TEXT_FORMATS, format_of
from morph.tables.limits import check_columns, check_rows, check_texts
from morph.tables.parts import Opened, Score, choose, header_of
from morph.tables.readers.fits_tables import open_fits
from morph.tables.readers.parquet import open_parquet
from morph.tables.readers.text import open_text
from morph.tables.readers.text_formats import open_text_format
from morph.tables.readers.votable import open_votable
from morph.tables.unpacking import about_file, parts_of, plain_file

if TYPE_CHECKING:
    from pandas.arrays import ArrowStringArray

_OPENERS: Mapping[str, Callable[[str, Path], list[Opened]]] = {
    "Parquet": open_parquet,
    "FITS": open_fits,
    "VOTable": open_votable,
    **dict.fromkeys(TEXT_FORMATS, open_text_format),
}
# Exceptions of astropy and pyarrow for damaged and malicious files.
_BROKEN_TABLES = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    expat.ExpatError,
    fits.VerifyError,
    pa.ArrowException,
)


@dataclass(frozen=True)
class Contents:
    """Columns of a table: numbers (N,) or (N, P) of float64, texts (N,) of str.

    Texts that were checked are in pandas' arrays, which hold no Python objects.
    """

    rows: int
    numbers: Mapping[str, np.ndarray]
    texts: Mapping[str, "np.ndarray | ArrowStringArray"]


@dataclass(frozen=True)
class Table:
    """An open table, whose rows are not read yet."""

    name: str  # of the file
    path: Path  # the file, unzipped; of a folder, a list of its files
    format: str
    columns: tuple[str, ...]
    vectors: frozenset[str]  # columns with a list of numbers per row
    _read: Reading
    _blocks: Callable[[Sequence[str]], Iterator[Columns]] | None = None
    units: Mapping[str, str] = field(default_factory=dict)  # as stated, by column
    frame: str = ""  # as stated, such as "FK5 J2000"; empty if it is not
    header: Mapping[str, str] = field(default_factory=dict)  # names in upper case
    left_out: tuple[str, ...] = ()  # sentences on tables of the file not read
    frames: Mapping[str, str] = field(default_factory=dict)  # of columns with their own

    def frame_of(self, column: str) -> str:
        """The sky frame that is stated for a column, else for the table."""
        return self.frames.get(column, self.frame)

    def read(self, numbers: Sequence[str], texts: Sequence[str] = ()) -> Contents:
        """The named columns; missing numbers are NaN, missing texts empty.

        UnreadableTable if there are no rows or too many, or a cell is of another type.
        """
        import pandas as pd  # slow to import, and lists that are uploaded need it not

        rows, values, words = self._checked(numbers, texts)
        for column, cells in words.items():
            check_texts(self.name, column, cells)
            words[column] = pd.array(cells, dtype="str")
        return Contents(rows, values, words)

    def read_blocks(self, numbers: Sequence[str]) -> Iterator[Columns]:
        """The named columns of numbers, some rows at a time if the format allows it.

        UnreadableTable as of `read`.
        """
        if self._blocks is None:
            yield dict(self.read(numbers).numbers)
            return
        with _refusing_broken(self.name, self.format):
            yield from self._blocks(numbers)

    def with_texts(self, column: str, cells: np.ndarray) -> "Table":
        """The table with one more column, of texts (N,)."""
        of_file = self._read

        def read(numbers: Sequence[str], texts: Sequence[str]) -> tuple[Columns, Texts]:
            values, words = of_file(numbers, [one for one in texts if one != column])
            return values, {one: words.get(one, cells) for one in texts}

        return replace(self, columns=(*self.columns, column), _read=read)

    def read_unchecked(
        self, numbers: Sequence[str], texts: Sequence[str] = ()
    ) -> Contents:
        """The named columns, with texts of any length and content."""
        rows, values, words = self._checked(numbers, texts)
        return Contents(
            rows, values, {c: np.asarray(cells, object) for c, cells in words.items()}
        )

    def _checked(
        self, numbers: Sequence[str], texts: Sequence[str]
    ) -> tuple[int, Columns, Texts]:
        """Rows, numbers and texts, unless there are no rows or too many."""
        with _refusing_broken(self.name, self.format):
            values, words = self._read(numbers, texts)
        rows = max(len(cells) for cells in (*values.values(), *words.values()))
        if rows == 0:
            raise UnreadableTable(f"{self.name} has columns but no rows")
        check_rows(self.name, rows)
        return rows, values, words


@contextmanager
def open_table(path: Path, score: Score | None = None) -> Iterator[Table]:
    """Open a table file of any known format, compressed or not, or a Parquet folder.

    Of several tables in the file, the one whose columns have the highest ``score`` is
    read, and the first of equals; tables with the same columns are read as one.
    UnreadableTable if the file does not exist, is empty or broken, or is not a table.
    """
    if path.is_dir():
        with parts_of(path) as (listing, files):
            with _refusing_broken(path.name, "Parquet"):
                parts = [
                    part for file in files for part in open_parquet(file.name, file)
                ]
            table = _table(path.name, listing, "Parquet", parts, score)
            told = (*table.left_out, *_of_folders(path, files))
            yield replace(table, left_out=told)
        return
    with plain_file(path) as plain:
        yield open_plain(path.name, plain, score)


def _of_folders(path: Path, files: Sequence[Path]) -> list[str]:
    """What the names of folders state, such as ``field=3``, which is not read."""
    folders = {part for file in files for part in file.relative_to(path).parts[:-1]}
    columns = sorted({name.partition("=")[0] for name in folders if "=" in name})
    return [f"the column {one} in the names of folders was not read" for one in columns]


def open_plain(name: str, path: Path, score: Score | None = None) -> Table:
    """Open an unzipped table file."""
    format = format_of(name, path)
    with _refusing_broken(name, format):
        parts = _OPENERS.get(format, open_text)(name, path)
    return _table(name, path, format, parts, score)


def _table(
    name: str, path: Path, format: str, parts: Sequence[Opened], score: Score | None
) -> Table:
    for part in parts:
        check_columns(name, len(part.columns))
    one = choose(name, parts, score)
    units, header = (one.units, one.header) if one.header else _described(path)
    stated = (one.units or units, one.frame, header, one.left_out, one.frames)
    reading = (one.read, one.blocks)
    return Table(name, path, format, one.columns, one.vectors, *reading, *stated)


def _described(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Units and entries of the description that lay beside a table in a zip."""
    try:
        entries = json.loads(about_file(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}, {}
    if not isinstance(entries, dict):
        return {}, {}
    columns = entries.get("columns")
    declared = columns.items() if isinstance(columns, dict) else ()
    units = {
        c: str(d["unit"]) for c, d in declared if isinstance(d, dict) and d.get("unit")
    }
    return units, header_of(entries)


@contextmanager
def _refusing_broken(name: str, format: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN_TABLES as error:
        raise UnreadableTable(
            f"{name} cannot be read as {format}: {shorten(error) or repr(error)}. If "
            "other programs open it, save it in another format; if not, copy or "
            "download it again"
        ) from error
