"""An uploaded list of galaxies, and its columns of names and positions.

`morph.subsets.match_list` matches its rows to a release.
"""

import hashlib
import re
from dataclasses import asdict, dataclass, replace

import pandas as pd

from morph.errors import MorphError, UnreadableTable
from morph.tables.table_child import Wanted, spelling
from morph.tables.uploaded_table import Cells, read_cells

_FIRST = 12  # columns that are searched for names, whatever their headers
_LOOKED_AT = 100  # rows of them
_NAME = re.compile(r"J\d{6}(\.\d+)?[+-]\d{6}(\.\d+)?(-\d+)?")

# Known headers, most specific first, in lower case without punctuation.
_HEADERS = {
    "iauname": ("iauname", "iau", "galaxyname", "name", "galaxy"),
    "source_id": ("sourceid", "dr8id", "subjectid", "idstr", "objectid", "objid", "id"),
    "ra": ("ra", "raj2000", "radeg", "raicrs", "alphaj2000", "rightascension", "alpha"),
    "dec": (
        "dec",
        "dej2000",
        "decdeg",
        "dedeg",
        "deicrs",
        "decicrs",
        "deltaj2000",
        "declination",
        "decl",
        "delta",
    ),
}


@dataclass(frozen=True)
class ListColumns:
    """The columns of a list to match by; None where there is none."""

    iauname: str | None = None
    source_id: str | None = None
    ra: str | None = None
    dec: str | None = None

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(column for column in asdict(self).values() if column)


@dataclass(frozen=True)
class Upload:
    """An uploaded list: its columns, and the cells of the chosen ones as text."""

    name: str  # the file's
    sha256: str
    format: str
    columns: tuple[str, ...]
    chosen: ListColumns
    rows: pd.DataFrame  # row (from 1), iauname, source_id, ra, dec; "" where missing
    unreadable: tuple[tuple[int, str], ...]  # row, reason

    @property
    def number(self) -> int:
        """Number of rows, unreadable ones included."""
        return len(self.rows) + len(self.unreadable)


def read_upload(data: bytes, name: str, columns: ListColumns | None = None) -> Upload:
    """Read a list, with the columns given or, without them, guessed columns.

    ``data`` is CSV, FITS, VOTable, ECSV or Parquet, zipped or not, up to 50 MB and 2
    million rows. A text may also have only names or positions, without a header.
    ``name`` is the file's name, for messages and records. Raises UnreadableTable if the
    file is too large, empty, damaged, not a table, or has no rows; MorphError if a
    column is missing, or only one of RA and Dec was given.
    """
    if columns is None:
        headers = [header for headers in _HEADERS.values() for header in headers]
        cells = read_cells(data, name, Wanted(spelt=headers, first=_FIRST))
        columns = _guess(cells)
    else:
        cells = read_cells(data, name, Wanted(exactly=columns.chosen))
    _check(cells, columns, name)
    rows = pd.DataFrame({"row": cells.rows["row"]})
    for ours, theirs in asdict(columns).items():
        rows[ours] = cells.rows[theirs].fillna("") if theirs else ""
    sha256 = hashlib.sha256(data).hexdigest()
    return Upload(
        name, sha256, cells.format, cells.columns, columns, rows, cells.unreadable
    )


def _guess(cells: Cells) -> ListColumns:
    """Guess columns by header, and names also by content."""
    by_spelling: dict[str, str] = {}
    for column in cells.columns:
        by_spelling.setdefault(spelling(column), column)
    by_header = {
        ours: next((by_spelling[n] for n in names if n in by_spelling), None)
        for ours, names in _HEADERS.items()
    }
    guess = ListColumns(**by_header)
    if guess.ra is None or guess.dec is None:
        guess = replace(guess, ra=None, dec=None)
    named = [c for c in cells.rows.columns[1:] if _holds_names(cells.rows[c])]
    if guess.iauname is None or (named and guess.iauname not in named):
        guess = replace(guess, iauname=named[0] if named else None)
    if not guess.chosen and cells.columns[:2] == ("column 1", "column 2"):
        return ListColumns(ra="column 1", dec="column 2")
    return guess


def _holds_names(cells: pd.Series) -> bool:
    filled = [cell for cell in cells[:_LOOKED_AT] if cell]
    names = sum(_NAME.fullmatch(cell) is not None for cell in filled)
    return names > len(filled) / 2


def _check(cells: Cells, columns: ListColumns, name: str) -> None:
    if (columns.ra is None) != (columns.dec is None):
        raise MorphError(
            "a position needs both RA and Dec; choose the other column too"
        )
    for column in columns.chosen:
        if column not in cells.columns:
            shown = ", ".join(cells.columns[:20])
            raise MorphError(f"{name} has no column {column!r}; it has {shown}")
    if not len(cells.rows) and not cells.unreadable:
        raise UnreadableTable(f"{name} has columns but no rows")
