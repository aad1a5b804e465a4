"""An uploaded list and a release side by side: a row for each match of the list's rows.

The columns of the list come first, under their names, then those of the release.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import arrays
from morph.catalogue.own_columns.own_column import columns_of
from morph.catalogue.own_columns.own_table import rows_of
from morph.catalogue.release_table import LoadedRelease, reading
from morph.errors import MorphError
from morph.export import export, own_in_files
from morph.export.described_table import DescribedTable
from morph.export.file_formats import FILES
from morph.sky.cross_match import cross_match, flags
from morph.subsets.saved import Subset, subset

JOINS = {"left": "All rows of the list", "inner": "Matched rows only"}
MATCHES = {
    "saved": "As saved",
    "best": "Nearest in the radius",
    "all": "All in the radius",
}
MOST_RADIUS_ARCSEC = 60.0
_STATE, _APART = "match_state", "separation_arcsec"
_ADDED = {
    _STATE: (
        "",
        "whether the row of the list is matched, ambiguous, unmatched, or in conflict "
        "(its name and position belong to different galaxies)",
    ),
    _APART: (
        "arcsec",
        "distance on the sky between the list’s position and the galaxy",
    ),
}


@dataclass(frozen=True)
class Match:
    """How to join a list and a release.

    ``join`` is one of JOINS, ``matches`` one of MATCHES: the galaxy that each row was
    saved with, or those within a radius of its position; ``columns`` is the release's
    column set.
    """

    join: str = "left"
    matches: str = "saved"
    radius_arcsec: float = 1.0
    columns: str = "basic"

    def __post_init__(self) -> None:
        if self.join not in JOINS or self.matches not in MATCHES:
            raise MorphError(
                f"the join is {self.join!r} and the matches {self.matches!r}; expected "
                f"one of {', '.join(JOINS)} and one of {', '.join(MATCHES)}"
            )
        if not 0 < self.radius_arcsec <= MOST_RADIUS_ARCSEC:
            raise MorphError(
                f"the radius is {self.radius_arcsec:g} arcsec; expected above 0 and at "
                f"most {MOST_RADIUS_ARCSEC:g}"
            )

    def words(self, saved: Subset, release: LoadedRelease) -> str:
        """The match in a sentence."""
        by = "each row with the galaxy it was saved with"
        if self.matches != "saved":
            which = "the nearest galaxy" if self.matches == "best" else "all galaxies"
            by = f"each row with {which} within {self.radius_arcsec:g} arcsec"
        rest = "unmatched rows are kept" if self.join == "left" else "matched rows only"
        of = f"the list “{saved.name}” with columns of {release.release_id}"
        return f"{of}: {by}; {rest}"


@dataclass(frozen=True)
class _Pairs:
    """Rows of the list, from 0, their galaxies, None without one, and separations."""

    rows: np.ndarray  # (P,) int64
    names: pa.Array  # (P,)
    apart: pa.Array  # (P,) arcsec
    state: pa.Array | None  # (P,) of matches as saved


def matched_file(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    subset_id: str,
    match: Match,
    *,
    format: str = "fits",
    now: datetime | None = None,
) -> export.Export:
    """A file of a list with the columns of a release.

    MorphError if the list kept no columns, or the VOTable is too long.
    """
    saved = subset(con, subset_id)
    table, meanings, facts = matched_table(con, release, saved, match)
    if format == "votable" and table.num_rows > export.VOTABLE_ROWS:
        raise MorphError(
            f"{table.num_rows:,} rows are too many for a VOTable; at most "
            f"{export.VOTABLE_ROWS:,} are allowed. Choose FITS, Parquet or CSV"
        )
    date = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    stem = f"{release.release_id}_{subset_id}_{match.join}_{match.matches}"
    to, described = FILES[format], facts | {"date": date}
    data = to.write(DescribedTable(stem, table, meanings, described))
    return export.Export(f"{stem}{to.suffix}", to.mime, data, table.num_rows)


def matched_table(
    con: DuckDBPyConnection, release: LoadedRelease, saved: Subset, match: Match
) -> tuple[pa.Table, own_in_files.Meanings, Mapping[str, str]]:
    """The rows of a matched file, their columns' meanings, and its metadata.

    Rows are in the order of the list; of several galaxies of one row, the nearest is
    first. A list's column that has the name of another column of the file gets "_list".
    """
    columns = columns_of(con, saved.subset_id)
    if not columns:
        raise MorphError(
            f"the columns of the list “{saved.name}” were not kept; upload it again"
        )
    rows = rows_of(con, saved.subset_id)
    pairs = _pairs(con, release, rows, match)
    names = pairs.names.drop_null().unique().to_pylist()
    ours, meanings, facts = export.named_rows(con, release, names, match.columns)
    called = own_in_files.file_names([*ours.column_names, *_ADDED], columns)
    parts = dict(zip(called, (rows[one.key] for one in columns), strict=True))
    theirs = pa.table(parts).take(pa.array(pairs.rows))
    at = pc.index_in(pairs.names, value_set=ours["iauname"].combine_chunks())
    both = [(name, theirs[name]) for name in called]
    both += [(name, ours[name].take(at)) for name in ours.column_names]
    if pairs.state is not None:
        both.append((_STATE, pairs.state))
    both.append((_APART, pairs.apart))
    described = own_in_files.meanings(columns, called) | meanings | _ADDED
    table = pa.table(dict(both))
    facts = {
        **facts,
        "rows": str(len(pairs.rows)),
        "selection": match.words(saved, release),
        "list": json.dumps(saved.recipe, ensure_ascii=False),
        "list_subset": saved.subset_id,
    }
    return table, {name: described[name] for name in table.column_names}, facts


def _pairs(
    con: DuckDBPyConnection, release: LoadedRelease, rows: pa.Table, match: Match
) -> _Pairs:
    if match.matches == "saved":
        return _as_saved(con, release, rows, match)
    ra, dec = (
        rows[name].to_numpy(zero_copy_only=False).astype(float)
        for name in ("_ra", "_dec")
    )
    if not np.isfinite(ra).any():
        raise MorphError("the list has no positions; choose the matches as saved")
    if not {"ra", "dec"} <= release.columns:
        raise MorphError(f"{release.release_id} has no positions to match to")
    galaxies = arrays(con, release, ("ra", "dec"))
    found = cross_match((ra, dec), tuple(galaxies), match.radius_arcsec)
    if match.matches == "best":
        found = found.rows(flags(found).best)
    lone = np.setdiff1d(np.arange(rows.num_rows), found.a)
    lone = lone if match.join == "left" else lone[:0]
    at = np.concatenate([found.a, lone])
    order = np.argsort(at, kind="stable")  # the pairs of a row stay nearest first
    names = _names(con, release, found.b).to_pylist() + [None] * len(lone)
    apart = [*found.separation_arcsec.tolist(), *[None] * len(lone)]
    taken = pa.array(order)
    return _Pairs(
        at[order],
        pa.array(names, pa.string()).take(taken),
        pa.array(apart, pa.float64()).take(taken),
        None,
    )


def _as_saved(
    con: DuckDBPyConnection, release: LoadedRelease, rows: pa.Table, match: Match
) -> _Pairs:
    """Each row with its galaxy, if the release has it."""
    names = rows["_iauname"].combine_chunks()
    sql = (
        f"SELECT iauname FROM {release.table} "
        "WHERE iauname IN (SELECT unnest($names::VARCHAR[]))"
    )
    bound = {"names": names.drop_null().unique().to_pylist()}
    with reading(release):
        known = con.sql(sql, params=bound).to_arrow_table()["iauname"]
    there = pc.is_in(names, known.combine_chunks())
    state = rows["_state"].combine_chunks()
    lost = pc.and_(pc.is_valid(names), pc.invert(there))
    state = pc.if_else(lost, f"not in {release.release_id}", state)
    apart = pc.if_else(there, rows["_separation_arcsec"].combine_chunks(), None)
    pairs = np.arange(rows.num_rows)
    if match.join == "inner":
        pairs = pairs[there.to_numpy(zero_copy_only=False)]
    taken = pa.array(pairs)
    names = pc.if_else(there, names, None)
    return _Pairs(pairs, names.take(taken), apart.take(taken), state.take(taken))


def _names(
    con: DuckDBPyConnection, release: LoadedRelease, rows: np.ndarray
) -> pa.Array:
    """The iaunames of galaxies in rows, (P,)."""
    unique, inverse = np.unique(rows, return_inverse=True)
    sql = (
        f"SELECT iauname FROM {release.table} "
        "WHERE rowid IN (SELECT unnest($rows::BIGINT[])) ORDER BY rowid"
    )
    with reading(release):
        found = con.sql(sql, params={"rows": unique.tolist()}).to_arrow_table()
    return found["iauname"].combine_chunks().take(pa.array(inverse))
