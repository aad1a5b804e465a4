"""Export the selected galaxies as a self-describing file.

A CSV file has no room for metadata except comment lines, which break simple readers, so
it is a plain CSV, with the metadata in a JSON of its own or zipped with it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import expression, meaning
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease, bound, reading
from morph.errors import MorphError
from morph.export import own_in_files
from morph.export.file_formats import FILES, FORMATS, DescribedTable
from morph.posterior.measures import MEASURES
from morph.selection.conditions import describe, where
from morph.selection.funnel import count
from morph.selection.masks import Members, is_in
from morph.selection.recipe_json import to_json
from morph.selection.selection import Selection
from morph.selection.url import digest, to_query_string
from morph.subsets.saved import Subset, subset

VOTABLE_ROWS = 20_000  # 248,088 rows of 121 columns took 104 s
COLUMN_SETS = ("basic", "posteriors", "everything")

_TRIED = (100, 400)  # rows, to extrapolate the size of a file

_MISSING = "NaN in FITS and VOTable, null in Parquet, an empty cell in CSV"


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
    columns: str = "basic",
    subset_columns: Sequence[str] = (),
    own_columns: Sequence[str] = (),
    only: Sequence[str] | None = None,
    link: str = "",
    now: datetime | None = None,
) -> Export:
    """A file of the selected galaxies, ordered by position on the sky.

    Its metadata are units and descriptions of columns, the release, the selection in
    words and as URL parameters, the date and the citation.

    Parameters
    ----------
    format, columns : str
        One of FORMATS, or "metadata", what describes a CSV. One of COLUMN_SETS:
        basic has name, position, photometry and the answers with a limit; posteriors
        also vote fraction and variance of all answers, and the probability that each
        question is reached; everything has all columns, votes included.
    subset_columns : sequence of str
        Ids of subsets, each of which becomes a Boolean column "in_<id>".
    own_columns : sequence of str
        Refs of columns of uploaded lists, which come last (`own_in_files`).
    only : sequence of str, optional
        Only the selected galaxies with these names.
    link : str
        Address of the selection's page, written into the file.
    now : datetime, optional
        Date of the file.

    Raises
    ------
    MorphError
        If the format or column set is unknown, or the VOTable is too long.
    """
    _check(format, columns)
    if format == "votable" and only is None:
        rows = count(con, release, selection)
        if rows > VOTABLE_ROWS:
            raise MorphError(
                f"{rows:,} galaxies are too many for a VOTable, which is slow to write "
                f"and read; at most {VOTABLE_ROWS:,} are allowed. Choose FITS, Parquet "
                "or CSV, or select fewer"
            )
    named = {f"in_{one}": subset(con, one) for one in subset_columns}
    table = _rows(con, release, selection, columns, subset_columns, only)
    table, own = own_in_files.added(con, table, own_columns)
    refs = [*(limit.ref for limit in selection.own), *own_columns]
    used = [subset(con, one.subset_id) for one in selection.subsets]
    used += [subset(con, one) for one in own_in_files.lists_of(refs)]
    facts = _facts(release, selection, table.num_rows, by_name=only is not None) | {
        "subsets": _subset_facts([*used, *named.values()]),
        "list_columns": own_in_files.sources(con, own_columns, own),
        "link": link,
        "date": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
    }
    meanings = {
        name: ("", f"in the subset “{named[name].name}”")
        if name in named
        else own.get(name) or meaning(release, name)
        for name in table.column_names
    }
    to = FILES[format]
    stem = file_stem(release, selection, table.num_rows)
    data = to.write(DescribedTable(stem, table, meanings, facts))
    return Export(f"{stem}{to.suffix}", to.mime, data, table.num_rows)


def expected_bytes(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    rows: int,
    *,
    format: str = "fits",
    columns: str = "basic",
) -> int:
    """Approximate size of a file of ``rows`` rows, extrapolated from the first ones."""
    _check(format, columns)
    table = _rows(con, release, selection, columns, most=_TRIED[1])
    meanings = {name: meaning(release, name) for name in table.column_names}
    facts = _facts(release, selection, rows) | {"date": datetime.now(UTC).isoformat()}
    few, more = (
        len(
            FORMATS[format].write(
                DescribedTable("tried", table[:first], meanings, facts)
            )
        )
        for first in _TRIED
    )
    tried = min(table.num_rows, _TRIED[1]) - _TRIED[0]
    if tried <= 0 or rows <= _TRIED[1]:
        return more
    return round(more + (rows - _TRIED[1]) * (more - few) / tried)


def file_stem(release: LoadedRelease, selection: Selection, rows: int) -> str:
    """File name without its suffix: release, number of rows, the selection's digest."""
    return f"{release.release_id}_{rows}_{digest(selection)}"


def column_names(
    release: LoadedRelease, selection: Selection, columns: str
) -> tuple[str, ...]:
    """The columns of a column set, in their order in the file."""
    tree, known = release.tree, release.columns
    names = ["iauname", "source_id", "ra", "dec", "position_from", *release.physical]
    names += [f"{question.name}_answer" for question in tree.questions]
    if columns == "basic":
        sure = selection.sureness
        limited = dict.fromkeys([*selection.limits, *([sure.label] if sure else [])])
        names += [f"{label}_probability" for label in limited]
        names += [f"{label}_variance" for label in limited]
    else:
        names += [f"{question.name}_asked" for question in tree.questions]
        names += [f"{label}_probability" for label in tree.labels]
        of_answers = [m.column for m in MEASURES if m.of_answer]
        names += [f"{label}_{column}" for column in of_answers for label in tree.labels]
    if columns == "everything":
        listed = {*names, "_healpix_29", *(f"{label}_tail" for label in tree.labels)}
        names += sorted(known - listed)
    return tuple(name for name in names if name in known)


def named_rows(
    con: DuckDBPyConnection, release: LoadedRelease, names: Sequence[str], columns: str
) -> tuple[pa.Table, dict[str, tuple[str, str]], dict[str, str]]:
    """Galaxies by name: the columns of a set, their meanings, and the metadata."""
    everything = Selection(tree=release.tree)
    table = _rows(con, release, everything, columns, only=names)
    meanings = {name: meaning(release, name) for name in table.column_names}
    return table, meanings, _facts(release, everything, table.num_rows, by_name=True)


def _check(format: str, columns: str) -> None:
    if format not in FILES:
        raise MorphError(f"format is {format!r}; expected one of: {', '.join(FORMATS)}")
    if columns not in COLUMN_SETS:
        raise MorphError(
            f"columns are {columns!r}; expected one of: {', '.join(COLUMN_SETS)}"
        )


def _rows(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    columns: str,
    subset_columns: Sequence[str] = (),
    only: Sequence[str] | None = None,
    most: int | None = None,
) -> pa.Table:
    condition, parameters = where(selection, release)
    if only is not None:
        condition += " AND iauname IN (SELECT unnest($only::VARCHAR[]))"
        parameters["only"] = list(only)
    source = release.table
    shown = [_cell(release, n) for n in column_names(release, selection, columns)]
    for subset_id in subset_columns:
        name = f"in_{subset_id}"
        shown.append(f'{is_in(release, name)} AS "{name}"')
        parameters[name] = Members(subset_id)
    if columns == "everything":
        shown += _of_answers(release)
        if release.has_votes:
            source = f"{source} LEFT JOIN {release.votes_table} USING (iauname)"
    sql = (
        f"SELECT {', '.join(shown)} FROM {source} WHERE {condition} "
        "ORDER BY _healpix_29, iauname"
    )
    sql += "" if most is None else f" LIMIT {most:d}"
    values = bound(con, release, parameters)
    with reading(release):
        return con.sql(sql, params=values).to_arrow_table()


def _of_answers(release: LoadedRelease) -> list[str]:
    """SQL of what "everything" has of each answer beside the catalogue's columns."""
    labels, sql = release.tree.labels, []
    if not release.has_uncertainty:  # as in the release's files, to be loaded again
        sql += [f'"{label}_probability" AS "{label}_fraction"' for label in labels]
    if release.has_samples:
        sql += [
            expression(release, f"{label}_above_{threshold}")
            for label in labels
            for threshold in TAIL_THRESHOLDS
        ]
    if release.has_votes:
        # As float, so that galaxies without votes have NaN.
        sql += [f'"{label}"::FLOAT AS "{label}_votes"' for label in labels]
    return sql


def _subset_facts(subsets: Sequence[Subset]) -> str:
    """Metadata of subsets as JSON; "" where there are none."""
    each = {one.subset_id: one for one in subsets}.values()
    facts = [
        {
            "subset_id": one.subset_id,
            "name": one.name,
            "note": one.note,
            "release": one.release_id,
            "galaxies": one.galaxies,
            "digest": one.digest,
            "recipe": one.recipe,
        }
        for one in each
    ]
    return json.dumps(facts, ensure_ascii=False) if facts else ""


def _cell(release: LoadedRelease, name: str) -> str:
    """SQL of one column; the most probable answer as text, not as an index."""
    if not name.endswith("_answer"):
        return expression(release, name)
    answers = release.tree.question(name.removesuffix("_answer")).answers
    cases = " ".join(f"WHEN {i} THEN '{answer}'" for i, answer in enumerate(answers))
    return f'CASE "{name}" {cases} END AS "{name}"'


def _facts(
    release: LoadedRelease, selection: Selection, rows: int, *, by_name: bool = False
) -> dict[str, str]:
    """The metadata of a file."""
    manifest = release.manifest
    chosen = f"; {rows:,} of these were chosen individually" if by_name else ""
    facts: dict[str, Any] = {
        "release": release.release_id,
        "title": manifest.title,
        "provenance": manifest.origin,
        "survey": manifest.survey,
        "note": manifest.note,
        "citation": manifest.citation,
        "licence": manifest.licence,
        "tree": manifest.tree,
        "posterior": manifest.posterior,
        "prior": (manifest.details.prior or {}).get("name", ""),
        "model": manifest.model or "",
        "parent_run": manifest.parent_run or "",
        "not_learnt": ", ".join(manifest.not_learnt),
        "release_created": manifest.created,
        "release_manifest_sha256": release.manifest_sha256,
        "release_galaxies": release.galaxies,
        "rows": rows,
        "selection": f"{describe(selection, release)}{chosen}",
        "selection_query": to_query_string(selection),
        "selection_recipe": json.dumps(to_json(selection), ensure_ascii=False),
        "selection_digest": digest(selection),
        "missing_values": _MISSING,
        "written_by": "morph",
    }
    return {name: str(value) for name, value in facts.items()}
