"""Names, positions and votes of the images of a folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from data.pictures.image_files import Matched, match_files, stem_of
from data.tables.galaxies import Choices, galaxies_of, read_who
from data.tables.kinds import columns_recognised
from data.tables.positions import place_of_name
from data.tables.read import Reading, read_published
from data.tables.who_columns import find_who
from morph.errors import MorphError, UnreadableTable
from morph.tables import Table, open_table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DecisionTree


@dataclass(frozen=True)
class Descriptions:
    """What is known of F images, one row each."""

    index: pd.DataFrame  # iauname, ra, dec (NaN where unknown), file, and others
    votes: pd.DataFrame | None = None  # iauname and counts per answer
    sentences: list[str] = field(default_factory=list)


def by_file_names(files: Sequence[str]) -> Descriptions:
    """Galaxies called as their files, and placed where such a name is made of a place.

    MorphError if two files have the same name.
    """
    names = pd.Series([stem_of(file) for file in files])
    _refuse_twins(names)
    places = [place_of_name(name) for name in names]
    sky = np.array([place[:2] if place else (np.nan, np.nan) for place in places])
    columns = {"iauname": names, "ra": sky[:, 0], "dec": sky[:, 1], "file": files}
    return Descriptions(pd.DataFrame(columns))


def _refuse_twins(names: pd.Series) -> None:
    if names.duplicated().any():
        name = names[names.duplicated()].iloc[0]
        raise MorphError(f"two images are called {name}; give each image its own name")


def by_table(
    files: Sequence[str],
    path: Path,
    tree: DecisionTree,
    *,
    choices: Choices,
    scale_column: str = "",
) -> Descriptions:
    """Names, positions and votes from the rows of a table.

    Images without a row keep the name of their file and have no votes. With
    ``scale_column``, the index has ``pixscale_arcsec``, that of the files' pixels.

    Raises
    ------
    MorphError
        If the rows cannot be matched to the images, or their numbers are impossible.
    """
    with open_table(path, lambda names: columns_recognised(names, tree)) as table:
        matched = match_files(files, table)
        galaxies, votes, told = _read(_identified(table, matched), tree, choices)
        scales = table.read([scale_column]).numbers[scale_column] if scale_column else 0
        rows = _one_each(table, galaxies, matched)
    index = by_file_names(files).index
    known = matched.rows >= 0
    for column in galaxies.columns.difference(["position_from"]):
        values = index.get(column, pd.Series(None, index=index.index)).to_numpy(object)
        values[known] = galaxies[column].iloc[rows].to_numpy(object)
        index[column] = pd.Series(values, dtype=object).infer_objects()
    _refuse_twins(index["iauname"])
    index[["ra", "dec"]] = index[["ra", "dec"]].astype(float)
    if scale_column:
        index["pixscale_arcsec"] = np.where(
            known, np.take(scales, matched.rows), np.nan
        )
    return Descriptions(
        index,
        None if votes is None else _votes(index, votes, matched, tree),
        [*_of_match(matched, table.name), *told],
    )


def _identified(table: Table, matched: Matched) -> Table:
    """The table; one that names only files gets their names as those of galaxies."""
    try:
        find_who(ColumnNames(table.name, table.columns), table)
    except UnreadableTable:
        cells = table.read_unchecked([], [matched.column]).texts[matched.column]
        names = np.array([stem_of(cell) for cell in cells], dtype=object)
        return table.with_texts("iauname", names)
    return table


def _read(
    table: Table, tree: DecisionTree, choices: Choices
) -> tuple[pd.DataFrame, pd.DataFrame | None, list[str]]:
    """Galaxies, their votes if the table has any, and what was found."""
    columns = ColumnNames(table.name, table.columns)
    try:
        reading = read_published(table, tree, choices)
    except UnreadableTable:
        if choices.values or _has_answers(table, tree):
            raise
        who = find_who(columns, table)
        galaxies, report = galaxies_of(table, who, read_who(table, who, []), choices)
        told = [
            f"{table.name} has no votes, so models cannot be fitted to these images"
        ]
        return galaxies, None, told + _in_words(report)
    return (
        reading.galaxies,
        reading.votes,
        _in_words(reading.report) + _if_none(reading),
    )


def _has_answers(table: Table, tree: DecisionTree) -> bool:
    """Whether any column begins as a question of the tree."""
    starts = tuple(question.name for question in tree.questions)
    return any(column.startswith(starts) for column in table.columns)


def _if_none(reading: Reading) -> list[str]:
    if reading.votes is not None:
        return []
    return [f"the table has {reading.posterior}s, not votes, so the store has no votes"]


def _in_words(report: dict) -> list[str]:
    return [f"{what}: {value}" for what, value in report.items()]


def _one_each(table: Table, galaxies: pd.DataFrame, matched: Matched) -> np.ndarray:
    """The rows of matched images in ``galaxies``, which must have all of the table."""
    rows = matched.rows[matched.rows >= 0]
    if len(galaxies) != len(rows) + matched.unused:
        cells = table.read_unchecked([], [matched.column]).texts[matched.column]
        names = pd.Series(cells)
        which = "".join(f", such as {name}" for name in names[names.duplicated()][:1])
        raise MorphError(
            f"{table.name} has several rows of one galaxy{which}; expected one row per "
            "galaxy: leave out the others, also of galaxies without an image"
        )
    return rows


def _votes(
    index: pd.DataFrame, votes: pd.DataFrame, matched: Matched, tree: DecisionTree
) -> pd.DataFrame:
    """Counts of every image; 0 for one without a row."""
    counts = votes[list(tree.labels)].to_numpy()[matched.rows]
    counts[matched.rows < 0] = 0
    table = pd.DataFrame(counts, columns=list(tree.labels))
    table.insert(0, "iauname", index["iauname"])
    return table


def _of_match(matched: Matched, table: str) -> list[str]:
    lost = int((matched.rows < 0).sum())
    sentences = [
        f"images matched by the column {matched.column!r}: {len(matched.rows) - lost:,}"
    ]
    if lost:
        sentences.append(f"images without a row in {table}: {lost:,}")
    if matched.unused:
        sentences.append(f"rows of {table} without an image: {matched.unused:,}")
    return sentences
