"""Read the tables of a FITS file, binary and ASCII."""

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
from astropy.io import fits

from morph.errors import UnreadableTable
from morph.tables.cells import Columns, numbers_from, texts_from
from morph.tables.limits import check_rows, check_values
from morph.tables.parts import Opened, header_of, without_masked
from morph.tables.readers.ecsv_header import Stated, from_yaml

_TABLES = ("BINTABLE", "TABLE")
_NUMBERS = "iufb"  # kinds of numpy
# Keywords on the structure of a table, which say nothing of its content.
_STRUCTURE = re.compile(
    "SIMPLE|XTENSION|EXTEND|BITPIX|NAXIS[0-9]*|PCOUNT|GCOUNT|TFIELDS|COMMENT|HISTORY|"
    "T(TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|DIM|BCOL|COMM|UCD)[0-9]+|"
)
_REFUSED = {
    "PQ": "arrays of varying length, not of fixed length,",
    "MC": "complex numbers, not real ones,",
}
_SERIALIZED = "--BEGIN-ASTROPY-SERIALIZED-COLUMNS--"
_FIRST_EQUINOX = 1800.0  # a year before is none: 0 stands for "unknown"
_OLD_EQUINOX = 1984.0  # earlier equinoxes are of FK4 (FITS standard, section 8.3)


def open_fits(name: str, path: Path) -> list[Opened]:
    """The tables of a FITS file; images, also compressed ones, are passed over."""
    first, numbers = _tables(name, path)
    with _quietly_opened(path) as hdus:
        return [_opened(name, path, n, hdus[n], first) for n in numbers]


def _opened(
    name: str, path: Path, number: int, hdu: fits.BinTableHDU, first: fits.Header
) -> Opened:
    kinds = hdu.columns.dtype
    columns = _column_names(hdu)
    varying = [set(str(c.format)) & set("PQ") and not c.ascii for c in hdu.columns]
    vectors = {
        column
        for i, column in enumerate(columns)
        if varying[i] or (kinds[i].shape and kinds[i].base.kind in _NUMBERS)
    }
    title = str(hdu.name).strip()
    serialized = _serialized(hdu.header)
    return Opened(
        columns,
        frozenset(vectors),
        without_masked(partial(_read, name, path, number), serialized.masks),
        units={
            column: str(declared.unit).strip()
            for column, declared in zip(columns, hdu.columns, strict=True)
            if declared.unit
        },
        # The frame of an image in front is no statement about the table.
        frame=_frame(hdu.header) or ("" if first.get("NAXIS") else _frame(first)),
        frames=serialized.frames,
        header=header_of(_entries(first) | _entries(hdu.header)),
        title=f"table {title!r}" if title else f"the table in extension {number}",
        rows=hdu.header["NAXIS2"],
    )


def _column_names(hdu: fits.BinTableHDU) -> tuple[str, ...]:
    names = enumerate(hdu.columns.names, start=1)
    return tuple(name or f"column {number}" for number, name in names)


def _entries(header: fits.Header) -> dict[str, object]:
    entries: dict[str, object] = {}
    for card in header.cards:
        with suppress(fits.VerifyError, ValueError):  # a card that is no valid FITS
            if not _STRUCTURE.fullmatch(card.keyword):
                entries.setdefault(card.keyword, card.value)
    return entries


def _serialized(header: fits.Header) -> Stated:
    """What astropy notes in comments of columns, such as a SkyCoord or a mask."""
    lines = [str(line) for line in header.get("COMMENT", ())]
    if _SERIALIZED not in lines:
        return Stated()
    lines = lines[lines.index(_SERIALIZED) + 1 :]
    # A line of more than 70 characters goes on in the next, after a backslash.
    ends = ["" if len(line) > 70 else "\n" for line in lines]
    text = "".join(one[:70] + end for one, end in zip(lines, ends, strict=True))
    return from_yaml(text.partition("\n--END-ASTROPY")[0])


def _frame(header: fits.Header) -> str:
    """The sky frame as declared, such as "FK5 J2000"; "" if it is not."""
    entries = _entries(header)
    system = str(entries.get("RADESYS") or entries.get("RADECSYS") or "").strip()
    epoch = entries.get("EPOCH")  # once meant the equinox; today mostly a date
    stated = entries.get("EQUINOX", epoch if _year(epoch) == 1950 else None)
    equinox = _year(stated)
    if equinox is None or not (system.upper() or "FK").startswith("FK"):
        return system
    letter = "B" if equinox < _OLD_EQUINOX else "J"
    if system:
        return f"{system} {'B' if system.upper().startswith('FK4') else 'J'}{equinox:g}"
    return f"{'FK4' if letter == 'B' else 'FK5'} {letter}{equinox:g}"


def _year(value: object) -> float | None:
    try:
        year = float(str(value).strip().lstrip("JBjb"))
    except ValueError:
        return None
    return year if year >= _FIRST_EQUINOX else None


@contextmanager
def _quietly_opened(path: Path) -> Iterator[fits.HDUList]:
    """An open FITS file, without the warnings of astropy: we check files ourselves."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(
            file, memmap=True, lazy_load_hdus=True, disable_image_compression=True
        ) as hdus:
            yield hdus


def _tables(name: str, path: Path) -> tuple[fits.Header, list[int]]:
    """The first header and the indices of tables, checking headers on the way.

    astropy would follow a header to any position in the file.
    """
    first, numbers = fits.Header(), []
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in count():
            try:
                header = fits.Header.fromfile(file)
            except EOFError:
                break
            except OSError:
                if not numbers:
                    raise
                break  # what follows the last extension is no FITS
            first = first if number else header
            is_table = str(header.get("XTENSION", "")).strip() in _TABLES
            if is_table and not header.get("ZIMAGE"):
                check_rows(name, header["NAXIS2"])
                numbers.append(number)
            _check_size(name, path, header, begins=file.tell())
            file.seek(header.data_size_padded, os.SEEK_CUR)
    if not numbers:
        raise UnreadableTable(f"{name} is a FITS file without a table")
    return first, numbers


def _check_size(name: str, path: Path, header: fits.Header, *, begins: int) -> None:
    claimed, available = header.data_size, path.stat().st_size - begins
    least = min(claimed, *(header.get(f"NAXIS{i}", 0) for i in (1, 2)))
    if claimed > available or least < 0:
        raise UnreadableTable(
            f"{name} declares {claimed:,} bytes of data, but only {available:,} follow "
            "its header; it is truncated or damaged: copy or download it again"
        )


def _read(
    name: str, path: Path, number: int, numbers: Sequence[str], texts: Sequence[str]
) -> tuple[Columns, Columns]:
    with _quietly_opened(path) as hdus:
        hdu = hdus[number]
        names = _column_names(hdu)
        at = {column: names.index(column) for column in (*numbers, *texts)}
        kinds = hdu.columns.dtype
        for column, index in at.items():
            _check_kind(name, column, hdu.columns[index])
        per_row = sum(int(np.prod(kinds[at[c]].shape)) for c in numbers)
        check_values(name, per_row * hdu.header["NAXIS2"])
        values = {c: _numbers(name, hdu, at[c]) for c in numbers}
        words = {c: _texts(hdu, at[c]) for c in texts}
    return values, words


def _check_kind(name: str, column: str, declared: fits.Column) -> None:
    format = "" if declared.ascii else str(declared.format)
    if re.match(r"\d*[PQ]A", format):
        return
    for letters, kind in _REFUSED.items():
        if set(format) & set(letters):
            raise UnreadableTable(f"{name} has {kind} in {column!r} (TFORM {format})")


def _numbers(name: str, hdu: fits.BinTableHDU, index: int) -> np.ndarray:
    if (words := _words(hdu, index)) is not None:
        return numbers_from(name, _column_names(hdu)[index], words).to_numpy(False)
    values = np.array(_scaled(hdu, index), dtype=np.float64)
    values[_missing(hdu, index)] = np.nan
    return values.reshape(len(values), -1) if values.ndim > 1 else values


def _scaled(hdu: fits.BinTableHDU, index: int) -> np.ndarray:
    """The cells as TSCAL and TZERO say; whole numbers stay exact.

    astropy fails at some of these, such as a TZERO of 32768.0 (measured, 8.0).
    """
    declared = hdu.columns[index]
    stored = np.recarray.field(hdu.data, index)
    scale, zero = (
        float(v or d) for v, d in ((declared.bscale, 1), (declared.bzero, 0))
    )
    plain = (scale, zero) == (1, 0)
    if plain or isinstance(hdu, fits.TableHDU) or str(declared.format)[-1] in "LX":
        return np.asarray(hdu.data.field(index))
    if stored.dtype.kind in "iu" and scale == 1 and zero.is_integer():
        if zero == 2**63 and stored.dtype.itemsize == 8:
            return stored.astype(np.uint64) ^ np.uint64(2**63)
        if abs(zero) < 2**62:
            return stored.astype(np.int64) + int(zero)
    return stored.astype(np.float64) * scale + zero


def _missing(hdu: fits.BinTableHDU, index: int) -> np.ndarray:
    """Whether a cell is undefined: compared as stored, before TSCAL and TZERO."""
    stored = np.recarray.field(hdu.data, index)
    declared = hdu.columns[index]
    if isinstance(hdu, fits.TableHDU):
        null = str(declared.null or "").strip().encode()
        cells = np.char.strip(stored.astype("S"))
        return (cells == b"") | (cells == null)
    if str(declared.format).endswith("L"):
        return ~np.isin(stored, (ord("T"), ord("F")))
    if declared.null in (None, "") or stored.dtype.kind not in "iu":
        return np.zeros(stored.shape, dtype=bool)
    return stored == int(declared.null)


def _texts(hdu: fits.BinTableHDU, index: int) -> np.ndarray:
    if (words := _words(hdu, index)) is not None:
        return texts_from(words)
    cells = _scaled(hdu, index)
    plain = np.ascontiguousarray(cells, dtype=cells.dtype.newbyteorder("="))
    return texts_from(pa.array(plain, mask=_missing(hdu, index)))


def _words(hdu: fits.BinTableHDU, index: int) -> pa.Array | None:
    """The cells of a column of texts, None if it has others.

    FITS knows only ASCII, but some programs write UTF-8.
    """
    if "A" not in str(hdu.columns[index].format):
        return None
    if set(str(hdu.columns[index].format)) & set("PQ"):
        signs = (
            np.asarray(cell).astype(str).tolist() for cell in hdu.data.field(index)
        )
        return pa.array(map("".join, signs), pa.string())
    stored = np.recarray.field(hdu.data, index).astype("S")
    return pa.array(np.char.decode(stored, "utf-8", "replace"), pa.string())
