"""Split a text table into rows of cells, in any layout."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from morph.errors import UnreadableTable
from morph.tables.readers.text_layout import FIXED, SPACES, Layout, Span


def rows_of(name: str, path: Path, layout: Layout) -> Iterator[list[str]]:
    """The cells of every row; UnreadableTable if one has too many or too few."""
    with path.open(encoding="utf-8-sig", newline=None) as file:
        lines = islice(file, layout.skip, None)
        width = len(layout.header)
        split = (
            _fixed(name, lines, layout.spans)
            if layout.delimiter == FIXED
            else _separated(lines, layout.delimiter)
        )
        try:
            for number, cells in enumerate(filter(None, split), start=1):
                if len(cells) != width:
                    if cells[0].startswith("#"):
                        continue
                    raise UnreadableTable(
                        f"{name} cannot be read: row {number:,} has {len(cells)} "
                        f"cells; its header has {width}"
                    )
                yield layout.with_points(cells)
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnreadableTable(f"{name} cannot be read: {error}") from error


def _separated(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    if delimiter == SPACES:
        lines = (line.replace("\t", " ").strip() for line in lines)
    yield from csv.reader(
        lines, delimiter=delimiter or " ", skipinitialspace=delimiter != " "
    )


def _fixed(
    name: str, lines: Iterator[str], spans: Sequence[Span]
) -> Iterator[list[str]]:
    gaps = [*zip([0, *(b for _, b in spans)], [a for a, _ in spans], strict=False)]
    for number, line in enumerate(lines, start=1):
        line = line.rstrip()
        outside = [line[a:b] for a, b in gaps] + [line[spans[-1][1] :]]
        if "".join(outside).strip():
            raise UnreadableTable(
                f"{name} is not aligned in row {number:,}: a cell is outside its "
                "column; save it as CSV"
            )
        yield [line[a:b].strip() for a, b in spans] if line else []
