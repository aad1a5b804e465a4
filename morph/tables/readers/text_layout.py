"""Find out how a text table is laid out: its header, and what separates its cells."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from morph.errors import UnreadableTable
from morph.sky.typed_position import is_coordinate, is_object_name, is_position
from morph.tables.readers.text_header import (
    COMMA_NUMBER,
    KIND,
    completed,
    is_number,
    states_kinds,
)

SPACES = ""  # as delimiter: any number of spaces and tabs
FIXED = "fixed"  # as delimiter: cells stand at the same places in every line
_DELIMITERS = ",\t;|"
_HEAD_BYTES = 1 << 22
_LOOKED_AT = 200  # rows
_WIDEST = 100_000  # characters of an aligned line
_COMPARED = 20  # rows whose numbers of cells are compared

_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_GALAXY = re.compile(r"J ?\d{1,8}(\.\d+)? ?[+−-]|J\d{6}|://")
_RULE = re.compile(r"[\s|+:;,=-]*[-=]{2}[\s|+:;,=-]*")  # a line below a header
_COMMENT = re.compile(r"#|%|//|sep=.$")
_UNIT = re.compile(r"[\[(](.*)[\])]")
# A comment of a few words is a header if one of them names such a column.
_NAMED = re.compile(
    r"_?(ra|dec?|glon|glat|l|b|z|name|iau_?name|(source|obj|object|subject)?_?id|id_str)"
    r"([_ ]?(j2000|b1950|icrs|deg|str|\d+))?(\W.*)?",
    re.IGNORECASE,
)
_NO_PROSE = 6  # so many words agree with the cells of a row by no chance
_SPACED_QUOTE = re.compile(r'[,;|][ \t]+"')

Span = tuple[int, int]


@dataclass(frozen=True)
class Layout:
    """Where the header of a text table is, and how its lines are split into cells."""

    header: tuple[str, ...]  # empty if there is none
    skip: int  # lines before the first row
    delimiter: str  # a character, `SPACES` or `FIXED`
    rows: tuple[tuple[str, ...], ...]  # the first ones
    decimal: str = "."
    spans: tuple[Span, ...] = ()  # of cells, if `FIXED`
    quotes_after_spaces: bool = False
    units: Mapping[str, str] = field(default_factory=dict)  # if a line has them

    def with_points(self, cells: list[str]) -> list[str]:
        """The cells with decimal points for decimal commas."""
        if self.decimal == ".":
            return cells
        return [
            c.replace(",", ".") if COMMA_NUMBER.fullmatch(c.strip()) else c
            for c in cells
        ]


def layout_of(name: str, path: Path) -> Layout:
    """The layout of a text file; UnreadableTable if it is no UTF-8 text."""
    text, is_all = _head(name, path)
    lines = text_lines(text)
    return lay_out(lines if is_all else lines[:-1])


def text_lines(text: str) -> list[str]:
    """The lines of a text, whatever ends them: LF, CR LF or CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def lay_out(lines: Sequence[str]) -> Layout:
    """The layout of a text by its first lines."""
    begin = next((i for i, s in enumerate(lines) if _is_content(s)), len(lines))
    looked_at = lines[begin : begin + _LOOKED_AT + 1]
    body = [line for line in looked_at if _is_content(line)]
    if not body:
        return Layout((), begin, ",", ())
    delimiter, spans = _delimiter(body)
    rows = [*_split(body, delimiter, spans)]
    header, units = _header_in(lines[:begin], delimiter, rows[0])
    skip = begin
    if not header and not is_row(rows[0]):
        skip = begin + 1 + "".join(rows[0]).count("\n")
        header, rows = rows[0], rows[1:]
    header = tuple(" ".join(cell.split()) for cell in header)
    ruled = [_is_rule(line) for line in lines[skip : skip + 2]]
    if header and (ruled == [False, True] or states_kinds(rows[:1])):
        units, rows, skip = rows[0], rows[1:], skip + 1
    if any(ruled):
        rows, skip = rows[1:], skip + 1
    named = _units(header, units)
    header = completed(header, rows)
    return Layout(
        header,
        skip,
        delimiter,
        tuple(map(tuple, rows)),
        "," if delimiter != "," and _has_decimal_commas(rows) else ".",
        spans,
        any(_SPACED_QUOTE.search(line) for line in body),
        named,
    )


def _units(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The units of columns, without the kinds of cells that an RDB table has there."""
    stated = zip(header, map(str.strip, cells), strict=False)
    return {
        column: unit for column, unit in stated if unit and not KIND.fullmatch(unit)
    }


def is_row(cells: Sequence[str]) -> bool:
    """Whether cells are those of a row and not a header: names or mostly numbers."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    numbers = sum(is_number(cell) or is_coordinate(cell) for cell in filled)
    named = any(
        _GALAXY.search(cell) or is_position(cell, False) or is_object_name(cell)
        for cell in filled
    )
    if len(filled) == 1:
        return named or is_position(filled[0])
    return named or numbers > len(filled) / 2


def _head(name: str, path: Path) -> tuple[str, bool]:
    with path.open("rb") as file:
        raw = file.read(_HEAD_BYTES)
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(raw)
    except UnicodeDecodeError as error:
        raise UnreadableTable(
            f"{name} is not UTF-8 text (at byte {error.start:,}), nor a known table; "
            "save it as UTF-8, or as Parquet, FITS, VOTable or ECSV"
        ) from error
    return text, len(raw) < _HEAD_BYTES


def _is_content(line: str) -> bool:
    """Whether a line is neither empty nor a comment, nor tells Excel the delimiter."""
    return bool(line.strip()) and not _COMMENT.match(line)


def _is_rule(line: str) -> bool:
    """Whether a line is ruled below a header and has no cells."""
    return len(line) <= _WIDEST and _RULE.fullmatch(line) is not None


def _delimiter(lines: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    """What splits the first line into most cells, and most other lines into as many.

    Spaces are tried last, since names have them too.
    """
    lines = [line for line in lines if not _is_rule(line)] or ["-"]
    compared = lines[: _COMPARED + 1]
    agreeing = [d for d in _DELIMITERS if _agree(compared, d)]
    for delimiter in agreeing:
        cells = [c for line in compared for c in cells_of(line, delimiter)]
        if delimiter != "," and any(COMMA_NUMBER.fullmatch(c.strip()) for c in cells):
            return delimiter, ()  # between numbers with decimal commas
    tabs_and_spaces = any(" \t" in s or "\t " in s or "  " in s for s in compared)
    if agreeing == ["\t"] and tabs_and_spaces and _agree(compared, SPACES):
        spaced, tabbed = (len(cells_of(compared[0], d)) for d in (SPACES, "\t"))
        if spaced > tabbed:  # else cells between tabs are empty
            return SPACES, ()
    if agreeing:
        return max(agreeing, key=lambda d: len(cells_of(compared[0], d))), ()
    for delimiter in (" ", SPACES):
        agree = _agree(lines, delimiter, least=1.0)
        if agree and all(cells_of(lines[0], delimiter)):
            return delimiter, ()
    most = max(_DELIMITERS, key=compared[0].count)
    if most not in compared[0] and (spans := _spans(lines)):
        return FIXED, spans
    spaced = _agree(compared, SPACES) or _names_rows(compared)
    return (SPACES if spaced else most), ()


def _names_rows(lines: Sequence[str]) -> bool:
    """Whether all rows have a cell more than the header, split at spaces."""
    header, *rows = [len(cells_of(line, SPACES)) for line in lines]
    return header > 1 and set(rows) == {header + 1}


def _agree(lines: Sequence[str], delimiter: str, least: float = 0.5) -> bool:
    """Whether this fraction of rows or more has as many cells as the first.

    Rows are lines or, if that does not hold, may have line ends in quotes.
    """
    try:
        first, *others = [len(cells_of(line, delimiter)) for line in lines]
    except csv.Error:
        return False
    if first > 1 and others.count(first) >= least * len(others):
        return True
    others = [len(cells) for cells in _split(lines, delimiter, ())][1:]
    quoted = any('"' in line for line in lines) and len(others) > 0
    return quoted and first > 1 and others.count(first) >= least * len(others)


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of one line; csv.Error if it cannot be split."""
    spaced = delimiter == SPACES
    line = line.replace("\t", " ").strip() if spaced else line
    reader = csv.reader(
        [line], delimiter=delimiter or " ", skipinitialspace=delimiter != " "
    )
    return next(reader, [])


def _spans(lines: Sequence[str]) -> tuple[Span, ...]:
    """Where cells stand if columns are divided by places that are blank in all lines.

    Empty if they are not as many as the words of the first line.
    """
    width = max(map(len, lines))
    if width > _WIDEST:
        return ()
    filled = [any(line[i : i + 1].strip() for line in lines) for i in range(width)]
    edges = [i for i in range(width + 1) if _at(filled, i) != _at(filled, i - 1)]
    spans = tuple(zip(edges[::2], edges[1::2], strict=True))
    aligned = len(spans) == len(lines[0].split()) > 1 and len(lines) > 2
    return spans if aligned else ()


def _at(filled: Sequence[bool], index: int) -> bool:
    return 0 <= index < len(filled) and filled[index]


def _split(
    lines: Sequence[str], delimiter: str, spans: Sequence[Span]
) -> Iterator[list[str]]:
    """The cells of lines; a quoted text may have several."""
    if delimiter == FIXED:
        yield from ([line[a:b].strip() for a, b in spans] for line in lines)
        return
    if delimiter == SPACES:
        lines = [line.replace("\t", " ").strip() for line in lines]
    reader = csv.reader(
        [line + "\n" for line in lines],
        delimiter=delimiter or " ",
        skipinitialspace=delimiter != " ",
    )
    try:
        yield from reader
    except csv.Error as error:
        yield [str(error)]


def _header_in(
    comments: Sequence[str], delimiter: str, first: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The header and the units if they stand behind # above the first row."""
    units: list[str] = []
    if not any(map(is_number, first)):
        return [], units
    for line in reversed(comments):
        words = line.lstrip("#%/ \t").strip()
        for split_at in dict.fromkeys((delimiter, ",", SPACES)):
            if split_at == FIXED or not words:
                continue
            cells = [cell.strip() for cell in cells_of(words, split_at)]
            if len(cells) != len(first) or any(map(is_number, cells)):
                continue
            if all(map(_UNIT.fullmatch, cells)):
                units = [cell[1:-1] for cell in cells]
            elif len(cells) >= _NO_PROSE or any(map(_NAMED.fullmatch, cells)):
                return cells, units
    return [], units


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    """Whether numbers have decimal commas, and none has a point."""
    cells = [cell.strip() for row in rows for cell in row]
    return any(map(COMMA_NUMBER.fullmatch, cells)) and not any(
        map(_POINT_NUMBER.fullmatch, cells)
    )
