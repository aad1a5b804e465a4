"""Match the rows of an uploaded list to galaxies of a release.

Each row is matched by name (of a galaxy, or of an object such as NGC 4258), then
identifier, then position, then the digits of its name, until one matches. A row whose
name, identifier and position are of different galaxies is in conflict, and matches
none.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.sky.designations import NamedPlace
from morph.sky.object_names import KnownObject
from morph.subsets.match_attempts import (
    after,
    by_digits,
    by_object,
    by_position,
    by_text,
    known_objects,
    named_places,
    untried,
    without_object,
)
from morph.subsets.match_conflicts import Evidence, apart_arcsec, conflicts
from morph.subsets.nearby_galaxies import Galaxies
from morph.subsets.uploaded_list import Upload
from morph.tables.cells import guarded
from morph.wording import angle

MAX_RADIUS_ARCSEC = 60.0

_GIVEN = {
    "iauname": "given_name",
    "source_id": "given_id",
    "ra": "given_ra",
    "dec": "given_dec",
}


@dataclass(frozen=True)
class MatchedList:
    """The outcome of every row of a list.

    Columns of ``report``: ``row`` (from 1); the input ``given_name``, ``given_id``,
    ``given_ra`` and ``given_dec``; ``state`` (matched, conflict, ambiguous or
    unmatched); the ``iauname`` found (the nearest, if ambiguous; that of the name or
    identifier, if in conflict), and ``by`` what; the ``separation_arcsec`` of a match
    by position; the ``reason`` of the state.
    """

    report: pd.DataFrame
    names: np.ndarray  # (K,) unique iaunames of the galaxies matched, sorted
    recipe: dict[str, Any]

    def count(self, state: str) -> int:
        """Number of matched, conflict, ambiguous or unmatched rows."""
        return int((self.report["state"] == state).sum())

    @property
    def sentence(self) -> str:
        rows, names = len(self.report), len(self.names)
        galaxies = f"{names:,} {'galaxy' if names == 1 else 'galaxies'}"
        conflicts = self.count("conflict")
        return (
            f"{rows:,} {'row' if rows == 1 else 'rows'}: {self.count('matched'):,} "
            f"matched ({galaxies}), "
            + (f"{conflicts:,} in conflict, " if conflicts else "")
            + f"{self.count('ambiguous'):,} "
            f"ambiguous, {self.count('unmatched'):,} unmatched"
        )


def match(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    upload: Upload,
    *,
    radius_arcsec: float = 1.0,
    prefer_position: bool = False,
) -> MatchedList:
    """Match the rows of a list to the galaxies of a release.

    ``radius_arcsec`` is the largest separation of a match by position. A row with
    several galaxies within it is ambiguous and matches none. A row whose name,
    identifier and position are of different galaxies is in conflict and matches none,
    unless ``prefer_position``: then its position decides. Raises MorphError if the
    radius is not between 0 and 60 arcsec, no column was chosen, or the units or the
    frame of the positions are impossible.
    """
    _check(upload, radius_arcsec)
    galaxies = Galaxies(con, release)
    given = _evidence(galaxies, upload, radius_arcsec)
    outcome = after(untried(upload.rows.index), given.names)
    for attempt in (given.ids, given.at):
        outcome = _where_unmatched(outcome, attempt)
    unmatched = outcome.index[outcome["state"] == "unmatched"]
    left = {row: place for row, place in given.named.items() if row in unmatched}
    outcome = after(outcome, by_digits(galaxies, left, radius_arcsec))
    wrong = conflicts(given, radius_arcsec)
    if prefer_position:
        settled = wrong.index[np.isfinite(upload.places.ra[wrong.index])]
        outcome.loc[settled.intersection(given.at.index)] = given.at
        wrong = wrong.drop(settled)
    outcome.loc[wrong.index, wrong.columns] = wrong
    return _matched(upload, outcome, radius_arcsec, prefer_position)


def _evidence(galaxies: Galaxies, upload: Upload, radius_arcsec: float) -> Evidence:
    """What names, identifiers and positions say, each for itself."""
    rows, places = upload.rows, upload.places
    con, release = galaxies.con, galaxies.release
    names, named, objects = _by_name(galaxies, rows["iauname"])
    ids = by_text(con, release, "source_id", rows["source_id"])
    told = _where_unmatched(after(untried(rows.index), names), ids)
    apart = apart_arcsec(told, places)
    apart = apart[apart > radius_arcsec]
    for attempt in (names, ids):
        of_it = apart.index.intersection(attempt.index[attempt["state"] == "matched"])
        away = [f"the position is {angle(apart[row])} away" for row in of_it]
        attempt.loc[of_it, "reason"] = away
    tried = (told["state"] == "unmatched") | rows.index.isin(apart.index)
    at = by_position(galaxies, places, tried, radius_arcsec)
    return Evidence(names, ids, named, objects, places, at)


def _check(upload: Upload, radius_arcsec: float) -> None:
    if not 0 < radius_arcsec <= MAX_RADIUS_ARCSEC:
        raise MorphError(
            f"the radius is {radius_arcsec} arcsec; expected above 0 and at most "
            f"{MAX_RADIUS_ARCSEC:g}"
        )
    if not upload.chosen.chosen:
        raise MorphError(
            f"choose the columns of {upload.name} to match by: a name, an identifier, "
            "or RA and Dec, each in one column"
        )


def _by_name(
    galaxies: Galaxies, texts: pd.Series
) -> tuple[pd.DataFrame, dict[int, NamedPlace], dict[int, KnownObject]]:
    """Match by name, in any writing; the places and objects of names without match."""
    con, release = galaxies.con, galaxies.release
    names = by_text(con, release, "iauname", texts)
    named = named_places(texts.loc[names.index[names["state"] == "unmatched"]])
    full = {row: place.iauname for row, place in named.items() if place.iauname}
    again = by_text(con, release, "iauname", pd.Series(full, dtype=object))
    again = again[again["state"] != "unmatched"]
    names.loc[again.index] = again
    other = texts.loc[names.index[names["state"] == "unmatched"].difference([*named])]
    objects = known_objects(other)
    found = by_object(galaxies, objects)
    names.loc[found.index] = found
    unknown = without_object(other.drop(found.index))
    names.loc[unknown, "reason"] += ", nor an object in OpenNGC"
    named = {row: named[row] for row in named if row not in again.index}
    lost = found.index[found["state"] != "matched"]
    return names, named, {row: objects[row] for row in lost}


def _where_unmatched(outcome: pd.DataFrame, attempt: pd.DataFrame) -> pd.DataFrame:
    """The outcome after an attempt at the rows that are not matched yet."""
    left = outcome.loc[attempt.index, "state"] == "unmatched"
    return after(outcome, attempt[left])


def _matched(
    upload: Upload, outcome: pd.DataFrame, radius_arcsec: float, prefer_position: bool
) -> MatchedList:
    outcome = outcome.drop(columns=["ra", "dec"])
    report = _report(upload, _with_repeats(outcome, upload.rows["row"]))
    names = report["iauname"][report["state"] == "matched"].to_numpy(object)
    matched = MatchedList(report, np.unique(names), {})
    recipe = {
        "words": f"galaxies of the list {upload.name}; {matched.sentence}",
        "file": upload.name,
        "sha256": upload.sha256,
        "columns": asdict(upload.chosen),
        "radius_arcsec": radius_arcsec,
    }
    if prefer_position:
        recipe["prefer_position"] = True
    if upload.places.notes:
        recipe["conversions"] = list(upload.places.notes)
    return replace(matched, recipe=recipe)


def report_csv(matched: MatchedList) -> bytes:
    """The report as CSV; a quote protects texts that spreadsheets would execute."""
    table = matched.report.copy()
    for column in table.columns.drop(["row", "separation_arcsec"]):
        table[column] = [guarded(cell) for cell in table[column]]
    return table.to_csv(index=False).encode()


def _with_repeats(outcome: pd.DataFrame, numbers: pd.Series) -> pd.DataFrame:
    """Give the reason of repeated rows, which count as matched, and of empty ones."""
    matched = outcome[outcome["state"] == "matched"]
    first = matched.index.to_series().groupby(matched["iauname"]).transform("first")
    repeats = matched.index[first != matched.index]
    reasons = [f"the same galaxy as row {numbers[first[row]]}" for row in repeats]
    changed = outcome.copy()
    changed.loc[repeats, "reason"] = reasons
    nothing = (outcome["state"] == "unmatched") & (outcome["reason"] == "")
    changed.loc[nothing, "reason"] = "no name and no position"
    return changed


def _report(upload: Upload, outcome: pd.DataFrame) -> pd.DataFrame:
    """Every row with its input and outcome, unreadable rows included."""
    report = upload.rows.rename(columns=_GIVEN).join(outcome)
    if upload.unreadable:
        lost = pd.DataFrame(upload.unreadable, columns=["row", "reason"])
        lost["state"] = "unmatched"
        report = pd.concat([report, lost]).sort_values("row", ignore_index=True)
    texts = report.columns.drop(["row", "separation_arcsec"])
    report[texts] = report[texts].astype(object).fillna("")
    return report
