"""Guess which columns of an uploaded list hold names, identifiers and positions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

import pandas as pd

from morph.errors import MorphError
from morph.sky.angles import angle, on_sky
from morph.sky.designations import named_place
from morph.sky.plain_text import plain
from morph.sky.typed_position import is_object_name, is_position, parse_position
from morph.tables.table_child import spelling
from morph.tables.uploaded_table import Cells

FIRST = 12  # columns that are searched for names and positions, whatever their headers
_LOOKED_AT = 100  # rows of them
_PARSED = 10_000  # rows of a list of one column

# Known headers, most specific first, in lower case without punctuation.
_NAMES = ("iauname", "iau", "galaxyname", "name", "galaxy")
_IDS = ("sourceid", "dr8id", "subjectid", "idstr", "objectid", "objid", "id")
_PAIRS = (
    ("ra", "dec"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("radeg", "decdeg"),
    ("radeg", "dedeg"),
    ("raicrs", "deicrs"),
    ("raicrs", "decicrs"),
    ("ra", "de"),
    ("ra", "decl"),
    ("alphaj2000", "deltaj2000"),
    ("rightascension", "declination"),
    ("ra2000", "dec2000"),
    ("alpha", "delta"),
    ("rahours", "decdeg"),
    ("rahours", "dec"),
    ("rarad", "decrad"),
    ("rahms", "decdms"),
    ("alphawinj2000", "deltawinj2000"),
    ("alphasky", "deltasky"),
    ("glon", "glat"),
    ("l", "b"),
    ("rab1950", "deb1950"),
    ("rab1950", "decb1950"),
    ("ra1950", "dec1950"),
)
HEADERS = (*_NAMES, *_IDS, *dict.fromkeys(part for pair in _PAIRS for part in pair))
_IN_BRACKETS = re.compile(r"[(\[{].*?[)\]}]")


@dataclass(frozen=True)
class ListColumns:
    """The columns of a list to match by; None where there is none.

    One column may be both ``ra`` and ``dec``: its cells hold both coordinates.
    """

    iauname: str | None = None
    source_id: str | None = None
    ra: str | None = None
    dec: str | None = None

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c for c in asdict(self).values() if c))


def guess(cells: Cells) -> ListColumns:
    """Guess columns by header, and names and positions also by content."""
    by_spelling: dict[str, str] = {}
    for column in cells.columns:
        by_spelling.setdefault(spelling(column), column)
    bare = [spelling(_IN_BRACKETS.sub("", column)) for column in cells.columns]
    for column, without in zip(cells.columns, bare, strict=True):
        if bare.count(without) == 1:  # not "RA (h)" beside "RA (m)"
            by_spelling.setdefault(without, column)
    name = next((by_spelling[n] for n in _NAMES if n in by_spelling), None)
    read = [c for c in cells.rows.columns[1:] if c in cells.columns]
    named = [c for c in read if _most(cells.rows[c], _is_name)]
    if named and name not in named:
        name = named[0]
    elif name is None:
        name = _of_objects(cells)
    ids = (by_spelling[n] for n in _IDS if n in by_spelling)
    source_id = next((i for i in ids if not _is_row_number(cells, i)), None)
    pair = next(_pairs(cells, by_spelling), None) or (None, None)
    guessed = ListColumns(name, source_id, *pair)
    if guessed.ra is None and (both := _both_in_one(cells, named)):
        guessed = replace(guessed, ra=both, dec=both)
    if cells.columns == (name,) and any(map(_is_place, cells.rows[name][:_PARSED])):
        guessed = replace(guessed, ra=name, dec=name)
    if not guessed.chosen and (mixed := _of_both(cells)):
        guessed = replace(guessed, ra=mixed, dec=mixed)
    return guessed


def _pairs(cells: Cells, by_spelling: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Columns of RA and Dec, best first."""
    for pair in _PAIRS:
        if all(part in by_spelling for part in pair):
            yield by_spelling[pair[0]], by_spelling[pair[1]]
    for column in cells.columns:  # as astropy writes galactic coordinates
        if column.endswith(".l") and f"{column[:-1]}b" in cells.columns:
            yield column, f"{column[:-1]}b"
    by_words = {_words(column): column for column in reversed(cells.columns)}
    for words, column in reversed(by_words.items()):  # ra_1, dec_1; TARGET_RA, ...
        for dec in ("dec", "de", "decl"):
            other = tuple(dec if word == "ra" else word for word in words)
            if "ra" in words and other in by_words:
                yield column, by_words[other]
    if cells.columns[:1] == ("column 1",):
        yield from _without_header(cells)


def _words(column: str) -> tuple[str, ...]:
    plain_name = _IN_BRACKETS.sub("", column).lower()
    return tuple(re.findall(r"[a-z]+|\d+", plain_name))


def _without_header(cells: Cells) -> Iterator[tuple[str, str]]:
    """The first two columns side by side that can be RA and Dec."""
    filled = [c for c in cells.columns if c in cells.rows and cells.rows[c].any()]
    columns = [c for c in filled if not _is_row_number(cells, c)]
    if len(filled) == 2:
        columns = filled
    if any(_is_split(cells, columns[at : at + 6]) for at in range(len(columns) - 5)):
        return
    pairs = [p for p in pairwise(columns) if _on_sky(cells, *p)]
    # Identifiers are whole numbers.
    pairs.sort(key=lambda p: any(_most(cells.rows[c], str.isdecimal) for c in p))
    yield from pairs


def _is_split(cells: Cells, columns: Sequence[str]) -> bool:
    """Whether hours, minutes, seconds, degrees and so on have columns of their own."""
    rows = cells.rows[list(columns)].head(_LOOKED_AT)
    numbers = rows.apply(pd.to_numeric, errors="coerce").abs().to_numpy()
    return bool((numbers <= [24, 59, 60, 90, 59, 60]).all()) and all(
        _most(rows[columns[at]], str.isdecimal) for at in (0, 1, 4)
    )


def _on_sky(cells: Cells, ra: str, dec: str) -> bool:
    rows, bad = cells.rows[[ra, dec]].head(_LOOKED_AT), 0
    for texts in rows.itertuples(index=False):
        if not all(texts):
            continue
        east, north = (angle(written(text)) for text in texts)
        bad += not (east and north and on_sky(east.value, north.value))
    return bad < len(rows) / 10


def written(cell: str) -> str:
    """The text of a coordinate in plain signs, with a point for a decimal comma."""
    text = plain(cell).lower().strip("()[] ")
    if "," in text and "." not in text:
        text = re.sub(r"(?<=\d),(?=\d+(?: ?[a-z°'\"]+)?$)", ".", text)
    return text


def _both_in_one(cells: Cells, named: Sequence[str]) -> str | None:
    """The column whose cells hold both coordinates."""
    for column in cells.rows.columns[1:]:
        if column not in named and _most(cells.rows[column], _is_place):
            return column
    return None


def _of_both(cells: Cells) -> str | None:
    """A column of names and positions, which are places too."""
    shown = cells.rows.columns[1:]
    return next((c for c in shown if _most(cells.rows[c], is_position)), None)


def _of_objects(cells: Cells) -> str | None:
    """The first column of names such as NGC 4258."""
    shown = cells.rows.columns[1:]
    return next((c for c in shown if _most(cells.rows[c], is_object_name)), None)


def _is_place(cell: str) -> bool:
    try:
        return parse_position(cell, objects=False).named is None
    except MorphError:
        return False


def _is_name(cell: str) -> bool:
    try:
        return named_place(plain(cell)) is not None
    except MorphError:
        return True  # with wrong digits


def _most(cells: pd.Series, test) -> bool:
    filled = [cell for cell in cells[:_LOOKED_AT] if cell]
    return sum(map(test, filled)) > len(filled) / 2


def _is_row_number(cells: Cells, column: str) -> bool:
    """Whether a column only numbers the rows, from 0 or 1, in whatever order."""
    if column not in cells.rows:
        return False
    numbers = pd.to_numeric(cells.rows[column], errors="coerce")
    count = len(numbers)
    if not count or numbers.isna().any() or numbers.nunique() < count:
        return False
    low, high = numbers.min(), numbers.max()
    total = count + len(cells.unreadable)
    return (numbers % 1 == 0).all() and low in (0, 1) and high < low + total
