"""The images of a folder, and the rows of a table that describe them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from morph.errors import MorphError
from morph.tables import Table

ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".fits", ".fit", ".fits.gz")

# Columns that may name a file or its galaxy.
_MAY_NAME = re.compile(r"file|image|picture|path|name|id|loc|jpe?g|png|fits", re.I)

# What a cell may state of a file, from the most to the least exact.
_KEYS: tuple[Callable[[str], str], ...] = (
    str,
    lambda path: PurePosixPath(path).name,
    lambda path: stem_of(path),
)


@dataclass(frozen=True)
class Matched:
    """Rows of a table by image: -1 for an image without one."""

    rows: np.ndarray  # (F,) int
    column: str
    unused: int  # rows without an image


def images_in(folder: Path) -> list[str]:
    """Paths of all images in a folder and its subfolders, relative to it, in order.

    Hidden files, hidden folders and links are left out. MorphError if there are none,
    or if a name cannot be written in a table.
    """
    if not folder.is_dir():
        raise MorphError(f"{folder} is not a folder; expected a folder of images")
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name.lower().endswith(ENDINGS)
        and path.is_file()
        and not path.is_symlink()
    )
    shown = [one for one in found if not any(p[0] == "." for p in one.split("/"))]
    if not shown:
        raise MorphError(
            f"{folder} has no images; expected files that end in {', '.join(ENDINGS)}"
        )
    for one in shown:
        if one != one.encode(errors="replace").decode():  # bytes of another encoding
            raise MorphError(f"the name of {one!r} is not UTF-8; rename that file")
    return shown


def stem_of(path: str) -> str:
    """The name of a file without its ending, or of a galaxy as it is.

    Names of galaxies have dots too, so only the endings of images are taken off.
    """
    name = PurePosixPath(path).name
    ending = next((e for e in ENDINGS[::-1] if name.lower().endswith(e)), "")
    return name.removesuffix(name[len(name) - len(ending) :]) if ending else name


def match_files(files: Sequence[str], table: Table) -> Matched:
    """Match images to rows by the column that names most of them.

    Raises
    ------
    MorphError
        If no column names an image, two columns name other images in a row, or an
        image is named by two rows or the reverse.
    """
    candidates = [
        column
        for column in table.columns
        if _MAY_NAME.search(column) and column not in table.vectors
    ]
    texts = table.read_unchecked([], candidates).texts if candidates else {}
    best: tuple[int, str, Callable[[str], str]] | None = None
    for key in _KEYS:
        names = {key(file) for file in files}
        for column in candidates:
            count = sum(key(text) in names for text in set(texts[column]))
            if count and (best is None or count > best[0]):
                best = count, column, key
    if best is None:
        raise MorphError(
            f"no column of {table.name} names an image of the folder: expected file "
            f"names such as {files[0]}, or names of galaxies such as "
            f"{stem_of(files[0])}. Its columns: {', '.join(table.columns[:12])}"
        )
    count, column, key = best
    matched = _rows(files, list(texts[column]), column, key)
    for other in candidates:
        rows = _rows_of(files, list(texts[other]), key)
        if (rows >= 0).sum() == count and not np.array_equal(rows, matched.rows):
            raise MorphError(
                f"the columns {column!r} and {other!r} both name {count:,} images, but "
                f"in different rows of {table.name}; remove the one that does not name "
                "images"
            )
    return matched


def _rows(
    files: Sequence[str], cells: list[str], column: str, key: Callable[[str], str]
) -> Matched:
    named, keys = [key(cell) for cell in cells], [key(file) for file in files]
    rows = _rows_of(files, cells, key)
    wanted = set(keys)
    name, times = Counter(n for n in named if n in wanted).most_common(1)[0]
    if times > 1:
        raise MorphError(
            f"the column {column!r} contains {name} in {times} rows; expected one row "
            "per image"
        )
    name, times = Counter(keys).most_common(1)[0]
    if times > 1:
        raise MorphError(
            f"{times} images are called {name}; expected images with different names"
        )
    return Matched(rows, column, len(cells) - int((rows >= 0).sum()))


def _rows_of(
    files: Sequence[str], cells: list[str], key: Callable[[str], str]
) -> np.ndarray:
    """(F,) rows of the files, -1 without one; the last of several."""
    row_of = {key(cell): row for row, cell in enumerate(cells)}
    return np.array([row_of.get(key(file), -1) for file in files])
