"""Columns of a release as arrays in row order, and galaxies by row or name.

A row is the position of a galaxy in the release's table, which never changes, and in
``galaxies.parquet``. DuckDB keeps that order in SELECT ... FROM one table WHERE;
sorting would take four times as long as reading.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import (
    check_posteriors,
    expression,
    quoted,
    with_iauname,
)
from morph.catalogue.in_memory.columns import name_hashes
from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.release_results import result
from morph.catalogue.release_table import LoadedRelease, query, reading
from morph.errors import MorphError
from morph.posterior import beta_tables

_FEW = 20  # names that are sought in memory


def arrays(
    con: DuckDBPyConnection, release: LoadedRelease, columns: Sequence[str]
) -> list[np.ndarray]:
    """Numeric columns, each (N,) in row order, NaN where unknown.

    ``columns`` are those of the wide table, or "<label>_above_<t>", P(ρ > t).
    """
    shown = ", ".join(expression(release, name) for name in columns)
    sql = f"SELECT {shown} FROM {release.table}"
    values = query(con, release, sql).fetchnumpy()
    return [_plain(values[name]) for name in columns]


def names(con: DuckDBPyConnection, release: LoadedRelease) -> np.ndarray:
    """The iaunames of all galaxies, (N,) object array in row order."""
    sql = f"SELECT iauname FROM {release.table}"
    return query(con, release, sql).fetchnumpy()["iauname"]


def arrays_from(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    other: LoadedRelease,
    columns: Sequence[str],
) -> list[np.ndarray]:
    """Columns of ``other`` for the galaxies of ``release``, (N,) in its row order.

    NaN for galaxies that ``other`` does not have.
    """
    shown = ", ".join(expression(other, name) for name in columns)
    sql = f"""
        SELECT theirs.* EXCLUDE (iauname) FROM {release.table} AS ours
        LEFT JOIN (SELECT iauname, {shown} FROM {other.table}) AS theirs
        USING (iauname) ORDER BY ours.rowid
    """
    with reading(other):
        values = query(con, release, sql).fetchnumpy()
    return [_plain(values[name]) for name in columns]


def tail(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    labels: Sequence[str],
    threshold: float,
) -> np.ndarray:
    """P(ρ > threshold) of the summed vote fraction of answers, (N,) in row order.

    ``labels`` are of one question. ``threshold`` is in (0, 1), and one of
    TAIL_THRESHOLDS for a release with several passes. Values are within
    `morph.posterior.beta_tables.TOLERANCE` of those that a selection by `Tail` uses.
    Raises MorphError if the release has no posteriors, or passes and several answers.
    """
    question = release.tree.question_of(labels[0])
    others = [label for label in question.labels if label not in labels]
    check_posteriors(release)
    if not others:
        return np.ones(release.galaxies)
    if release.has_samples and len(labels) == 1:
        return arrays(con, release, [f"{labels[0]}_above_{threshold:g}"])[0]
    if release.has_samples and len(others) == 1:
        rest = f"{others[0]}_above_{1 - threshold:g}"
        return 1 - arrays(con, release, [rest])[0]
    if release.has_samples:
        words = " or ".join(release.tree.words(label) for label in labels)
        raise MorphError(
            f"release {release.release_id} has tail probabilities over its passes "
            f"only for single answers, not for {words}"
        )

    def total(names: Sequence[str]) -> np.ndarray:
        columns = [f"{name}_concentration" for name in names]
        return np.sum(arrays(con, release, columns), axis=0, dtype=float)

    return beta_tables.upper_tail(total(labels), total(others), threshold)


def at_rows(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    rows: Sequence[int] | np.ndarray,
    *,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """``iauname`` and ``columns`` of the galaxies in ``rows``, in that order."""
    sql = f"""
        SELECT {with_iauname(release, columns)} FROM {release.table}
        WHERE rowid IN (SELECT unnest($wanted::BIGINT[]))
        ORDER BY list_position($wanted::BIGINT[], rowid)
    """
    wanted = [int(row) for row in rows]
    return query(con, release, sql, {"wanted": wanted}).df()


def rows_of(
    con: DuckDBPyConnection, release: LoadedRelease, names: Sequence[str]
) -> dict[str, int]:
    """Rows of the named galaxies that the release has, by name.

    Few names are sought by their hashes, which are kept in memory: DuckDB would compare
    every name of the release.
    """
    among, values = "iauname", {"wanted": list(names)}
    if len(names) <= _FEW and fits(release):
        among, values = "rowid", {"wanted": _with_hashes_of(con, release, names)}
    kind = "BIGINT" if among == "rowid" else "VARCHAR"
    sql = f"""
        SELECT iauname, rowid FROM {release.table}
        WHERE {among} IN (SELECT unnest($wanted::{kind}[]))
    """
    wanted, found = {*names}, query(con, release, sql, values).fetchall()
    return {name: row for name, row in found if name in wanted}


def _with_hashes_of(
    con: DuckDBPyConnection, release: LoadedRelease, names: Sequence[str]
) -> list[int]:
    """Rows whose names have the hashes of some of these: they, and hardly others."""
    sql = "SELECT hash(name, $seed) AS key FROM unnest($names::VARCHAR[]) AS _(name)"
    sought = con.execute(sql, {"names": list(names), "seed": 0}).fetchnumpy()["key"]
    return np.flatnonzero(np.isin(name_hashes(con, release), sought)).tolist()


def rows_with(
    con: DuckDBPyConnection, release: LoadedRelease, columns: Sequence[str]
) -> np.ndarray:
    """Rows of the galaxies with a number in each column, (K,) int64, increasing."""
    known = " AND ".join(f"{quoted(release, name)} IS NOT NULL" for name in columns)
    sql = f"SELECT rowid AS row FROM {release.table} WHERE {known}"
    return query(con, release, sql).fetchnumpy()["row"]


def questions_without_fractions(
    con: DuckDBPyConnection, release: LoadedRelease
) -> tuple[str, ...]:
    """The questions of which no galaxy has vote fractions, such as one without votes.

    It is kept with a large release.
    """

    def count() -> list[str]:
        questions = release.tree.questions
        columns = (quoted(release, f"{q.labels[0]}_probability") for q in questions)
        counts = ", ".join(f"count({column})" for column in columns)
        sql = f"SELECT {counts} FROM {release.table}"
        numbers = query(con, release, sql).fetchall()[0]
        known = zip(questions, numbers, strict=True)
        return [question.name for question, number in known if not number]

    return tuple(result(con, release, "questions without fractions", count))


def by_name(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    names: Sequence[str],
    *,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """``iauname`` and ``columns`` of the named galaxies that the release has."""
    rows = rows_of(con, release, names)
    found = [rows[name] for name in names if name in rows]
    return at_rows(con, release, found, columns=columns)


def _plain(column: np.ndarray) -> np.ndarray:
    if not np.ma.isMaskedArray(column):
        return column
    if not np.issubdtype(column.dtype, np.floating):
        column = column.astype(np.float64)
    return column.filled(np.nan)
