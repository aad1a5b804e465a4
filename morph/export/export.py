"""Export the selected galaxies as a self-describing file.

A CSV file has no room for metadata except comment lines, which break simple readers, so
it is a plain CSV, with the metadata in a separate JSON file or zipped with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import meaning
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_table import LoadedRelease, bound, reading
from morph.errors import MorphError
from morph.export import file_facts, own_in_files
from morph.export.columns import (
    Columns,
    as_columns,
    cell,
    check_columns,
    names_in_file,
    needs_votes,
    plain_names,
    set_title,
    ucd,
)
from morph.export.described_table import DescribedTable
from morph.export.file_formats import FILES, FORMATS
from morph.selection.conditions import where
from morph.selection.funnel import count
from morph.selection.listing.order import Order
from morph.selection.masks import Members, is_in
from morph.selection.selection import Selection
from morph.selection.url import digest
from morph.subsets.saved import subset

VOTABLE_ROWS = 20_000  # 248,088 rows of 121 columns took 104 s

_TRIED = (100, 400)  # rows, to extrapolate the size of a file


@dataclass(frozen=True)
class Export:
    """A finished file and the number of galaxies in it."""

    name: str
    mime: str
    data: bytes
    rows: int


def export(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    *,
    format: str = "fits",
    columns: str | Columns = "basic",
    subset_columns: Sequence[str] = (),
    own_columns: Sequence[str] = (),
    only: Sequence[str] | None = None,
    order: Order | None = None,
    link: str = "",
    now: datetime | None = None,
) -> Export:
    """A file of the selected galaxies.

    Its metadata are units and descriptions of columns, the release, the selection in
    words and as URL parameters, the date and the citation.

    Parameters
    ----------
    format : str
        One of FORMATS, or "metadata", what describes a CSV.
    columns : str or Columns
        One of COLUMN_SETS: basic has name, position, photometry and the answers with a
        limit; posteriors also vote fraction and variance of all answers, and the
        probability that each question is reached; everything has all columns, votes
        included. Or columns that were chosen, or with names of underscores.
    subset_columns : sequence of str
        Ids of subsets, each of which becomes a Boolean column "in_<id>".
    own_columns : sequence of str
        Refs of columns of uploaded lists, which come last (`own_in_files`).
    only : sequence of str, optional
        Only the selected galaxies with these names.
    order : Order, optional
        Of the rows; without one, by position on the sky.
    link : str
        Address of the selection's page, written into the file.
    now : datetime, optional
        Date of the file.

    Raises
    ------
    MorphError
        If the format, column set or a column is unknown, or the VOTable is too long.
    """
    columns = as_columns(columns)
    if own_columns and columns.chosen:  # which belong to galaxies by their names
        columns = replace(columns, chosen=("iauname", *columns.chosen))
    _check(release, format, columns)
    if format == "votable" and only is None:
        rows = count(con, release, selection)
        if rows > VOTABLE_ROWS:
            raise MorphError(
                f"{rows:,} galaxies are too many for a VOTable, which is slow to write "
                f"and read; at most {VOTABLE_ROWS:,} are allowed. Choose FITS, Parquet "
                "or CSV, or select fewer"
            )
    named = {f"in_{one}": subset(con, one) for one in subset_columns}
    rows = _rows(con, release, selection, columns, subset_columns, only, order=order)
    own: own_in_files.Meanings = {}
    if own_columns:
        rows, own = own_in_files.added(con, rows, own_columns)
    refs = [*(limit.ref for limit in selection.own), *own_columns]
    used = [subset(con, one.subset_id) for one in selection.subsets]
    used += [subset(con, one) for one in own_in_files.lists_of(refs)]
    by_name = only is not None
    facts = file_facts.of_rows(release, selection, rows.num_rows, by_name=by_name) | {
        "columns": set_title(release, columns.of),
        "row_order": file_facts.order_words(release, order),
        "subsets": file_facts.of_subsets([*used, *named.values()]),
        "list_columns": own_in_files.sources(con, own_columns, own),
        "link": link,
        "date": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
    }
    to, stem = FILES[format], file_stem(release, selection, rows.num_rows, columns)
    others = own | {n: ("", f"in the subset “{s.name}”") for n, s in named.items()}
    rows, meanings, ucds = _described(release, rows, columns, others)
    ucds |= dict.fromkeys(named, "meta.code.member")
    data = to.write(DescribedTable(stem, rows, meanings, facts, ucds))
    return Export(f"{stem}{to.suffix}", to.mime, data, rows.num_rows)


def expected_bytes(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    rows: int,
    *,
    format: str = "fits",
    columns: str | Columns = "basic",
) -> int:
    """Approximate size of a file of ``rows`` rows.

    That of many is extrapolated from a few, once for all selections with its columns.
    """
    columns = as_columns(columns)
    _check(release, format, columns)

    def tried() -> np.ndarray:
        """Rows and bytes of a file of the first rows, and of one of more."""
        table = _rows(con, release, selection, columns, most=_TRIED[1])
        table, meanings, ucds = _described(release, table, columns, {})
        date = {"date": datetime.now(UTC).isoformat()}
        facts = file_facts.of_rows(release, selection, rows) | date
        write = FORMATS[format].write
        parts = [table[:most] for most in _TRIED]
        files = (DescribedTable("tried", p, meanings, facts, ucds) for p in parts)
        return np.array(
            [(p.num_rows, len(write(one))) for p, one in zip(parts, files, strict=True)]
        )

    if rows <= _TRIED[1]:
        return int(tried()[-1, 1])
    names = names_in_file(release, selection, columns)
    what = ("bytes", format, names, columns.underscores)
    (first, few), (last, more) = kept(release, what, tried).tolist()
    if last <= first:
        return more
    return round(more + (rows - _TRIED[1]) * (more - few) / (last - first))


def file_stem(
    release: LoadedRelease,
    selection: Selection,
    rows: int,
    columns: Columns | None = None,
) -> str:
    """File name without its suffix: release, rows, the selection's digest, columns."""
    stem = f"{release.release_id}_{rows}_{digest(selection)}"
    return f"{stem}_{set_title(release, columns.of)}" if columns else stem


def named_rows(
    con: DuckDBPyConnection, release: LoadedRelease, names: Sequence[str], columns: str
) -> tuple[pa.Table, dict[str, tuple[str, str]], dict[str, str]]:
    """Galaxies by name: the columns of a set, their meanings, and the metadata."""
    everything = Selection(tree=release.tree)
    table = _rows(con, release, everything, as_columns(columns), only=names)
    meanings = {name: meaning(release, name) for name in table.column_names}
    facts = file_facts.of_rows(release, everything, table.num_rows, by_name=True)
    return table, meanings, facts


def _check(release: LoadedRelease, format: str, columns: Columns) -> None:
    if format not in FILES:
        raise MorphError(f"format is {format!r}; expected one of: {', '.join(FORMATS)}")
    check_columns(release, columns)


def _rows(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    columns: Columns,
    subset_columns: Sequence[str] = (),
    only: Sequence[str] | None = None,
    most: int | None = None,
    order: Order | None = None,
) -> pa.Table:
    """The rows of a file, under the published names of their columns."""
    condition, parameters = where(selection, release)
    if only is not None:
        condition += " AND iauname IN (SELECT unnest($only::VARCHAR[]))"
        parameters["only"] = list(only)
    names = names_in_file(release, selection, columns)
    shown = [cell(release, name) for name in names]
    for subset_id in subset_columns:
        name = f"in_{subset_id}"
        shown.append(f'{is_in(release, name)} AS "{name}"')
        parameters[name] = Members(subset_id)
    source = release.table
    if needs_votes(release, names):
        source = f"{source} LEFT JOIN {release.votes_table} USING (iauname)"
    by, of_order = order.sql(release) if order else ("_healpix_29, iauname", {})
    parameters |= of_order
    sql = f"SELECT {', '.join(shown)} FROM {source} WHERE {condition} ORDER BY {by}"
    sql += "" if most is None else f" LIMIT {most:d}"
    values = bound(con, release, parameters)
    with reading(release):
        return con.sql(sql, params=values).to_arrow_table()


def _described(
    release: LoadedRelease,
    rows: pa.Table,
    columns: Columns,
    others: Mapping[str, tuple[str, str]],
) -> tuple[pa.Table, dict[str, tuple[str, str]], dict[str, str]]:
    """The rows under the names of the file; units with descriptions, and UCDs.

    ``others`` are the meanings of columns that are not the catalogue's.
    """
    published = rows.column_names
    names = plain_names(published) if columns.underscores else {n: n for n in published}
    meanings, ucds = {}, {}
    for name, written in names.items():
        unit, text = others.get(name) or meaning(release, name)
        ucds[written] = "" if name in others else ucd(release, name)
        text += "" if written == name else f"; published name {name}"
        meanings[written] = unit, text
    return rows.rename_columns([*names.values()]), meanings, ucds
