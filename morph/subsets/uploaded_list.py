"""An uploaded list of galaxies, and its columns of names and positions.

`morph.subsets.match_list` matches its rows to a release.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import pandas as pd

from morph.errors import MorphError, UnreadableTable
from morph.sky.typed_position import is_object_name, is_position, known_object
from morph.subsets.list_columns import FIRST, HEADERS, ListColumns, guess
from morph.subsets.match_positions import Places, places
from morph.tables.table_child import Wanted, cell_name, spelling
from morph.tables.uploaded_table import Cells, read_cells

_LOOKED_AT = 200  # lines, to know what they are
_TITLES = {*HEADERS, "names", "object", "objects", "objectname", "objname", "target"}
_TITLES |= {"targets", "targetname", "galaxies", "source", "sources", "mainid"}
_COMMENTS = ("#", "%", "//")
_MOST_PASTED = 1_000_000  # bytes of a list in brackets or in one row


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
    units: Mapping[str, str] = field(default_factory=dict)  # of columns, as stated
    frame: str = ""  # of the positions, as stated
    left_out: tuple[str, ...] = ()  # sentences on tables of the file not read

    @property
    def number(self) -> int:
        """Number of rows, unreadable ones included."""
        return len(self.rows) + len(self.unreadable)

    @cached_property
    def places(self) -> Places:
        """The ICRS positions of the rows; MorphError for impossible units or frames."""
        return places(self.rows, self.chosen, self.units, self.frame)


def read_upload(data: bytes, name: str, columns: ListColumns | None = None) -> Upload:
    """Read a list, with the columns given or, without them, guessed columns.

    ``data`` is CSV, FITS, VOTable, ECSV or Parquet, zipped or not, up to 50 MB and 2
    million rows. A text may also have only names or positions, without a header.
    ``name`` is the file's name, for messages and records. Raises UnreadableTable if the
    file is too large, empty, damaged, not a table, or has no rows; MorphError if a
    column is missing, or only one of RA and Dec was given.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    data, cells = _one_per_line(data), None
    if columns is None:
        cells = read_cells(data, name, Wanted(spelt=HEADERS, first=FIRST))
        columns = guess(cells)
    if cells is None or not {*map(cell_name, columns.chosen)} <= {*cells.rows.columns}:
        cells = read_cells(data, name, Wanted(exactly=columns.chosen))
    _check(cells, columns, name)
    rows = pd.DataFrame({"row": cells.rows["row"]})
    for ours, theirs in asdict(columns).items():
        rows[ours] = cells.rows[cell_name(theirs)].fillna("") if theirs else ""
    return Upload(
        name,
        sha256,
        cells.format,
        cells.columns,
        columns,
        rows,
        cells.unreadable,
        cells.units,
        cells.frames.get(columns.ra or "", cells.frame),
        cells.left_out,
    )


def cells_of(data: bytes, name: str, columns: Sequence[str]) -> Cells:
    """Further columns of the same file as text, in the rows of its `Upload`."""
    return read_cells(_one_per_line(data), name, Wanted(exactly=columns))


def _one_per_line(data: bytes) -> bytes:
    """The data with one galaxy per line, if it is a pasted list in brackets or a row.

    ``["J1...", "J2..."]``, ``J1..., J2...``, or ``[(184.675, 11.7318), ...]``. Lines of
    positions and names in several formats become one column, so that the others are
    matched if one of them cannot be read.
    """
    try:
        text = data.decode().strip() if len(data) <= _MOST_PASTED else ""
    except UnicodeDecodeError:
        return data
    if re.match(r"\[\s*[\[(]", text) and text.endswith("]"):
        pairs = re.findall(r"[\[(]([^\[\]()]*)[\])]", text[1:-1])
        return "\n".join(pairs).encode()
    bracketed = text.startswith("[") and text.endswith("]")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and not bracketed and (objects := _of_objects(lines)):
        return objects
    if not bracketed and len(lines) > 1:
        rows = lines if re.search(r"\d", lines[0]) else lines[1:]
        return _quoted(rows) if _differ(rows) and _are_places(rows) else data
    names = [name.strip(" \t\r\n\"'") for name in re.split("[,;]", text.strip("[]"))]
    names = [name for name in names if name]
    if len(names) > 1 and all(is_position(name, coordinates=False) for name in names):
        return "\n".join(names).encode()
    return (len(names) > 1 and _of_objects(names)) or data


def _of_objects(lines: Sequence[str]) -> bytes | None:
    """A table of one column, if the lines are names and some are those of objects.

    Among the lines may be positions, and names that are unknown.
    """
    lines = [line for line in lines if not line.startswith(_COMMENTS)] or [""]
    title, rows = "name", lines
    if spelling(lines[0]) in _TITLES:
        title, rows = lines[0], lines[1:]
    first = [line.strip("\"'") for line in rows[:_LOOKED_AT]]
    objects = [is_object_name(one) or known_object(one) is not None for one in first]
    others = (one for one, is_one in zip(first, objects, strict=True) if not is_one)
    known = sum(objects) + sum(map(is_position, others)) if any(objects) else 0
    if known <= len(first) / 2:
        return None
    return _quoted([title if spelling(title) in HEADERS else "name", *rows])


def _differ(lines: Sequence[str]) -> bool:
    """Whether the lines have different numbers of words; those of a table do not."""
    return len({len(re.split(r"[\s,;|]+", line)) for line in lines[:_LOOKED_AT]}) > 1


def _are_places(lines: Sequence[str]) -> bool:
    """Whether most lines are one name or position each."""
    first = lines[:_LOOKED_AT]
    return sum(is_position(line.strip("\"'")) for line in first) > len(first) / 2


def _quoted(lines: Sequence[str]) -> bytes:
    """The lines as a table of one column."""
    cells = (line.strip("\"'").replace('"', '""') for line in lines)
    return "\n".join(f'"{cell}"' for cell in cells).encode()


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
