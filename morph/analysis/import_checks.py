"""Checks of a loaded release that may show a table read wrongly, or poor data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from morph.atomic import sha256_of
from morph.catalogue.arrays import arrays, at_rows
from morph.catalogue.column_sql import quoted
from morph.catalogue.release_results import result
from morph.catalogue.release_table import LoadedRelease, query
from morph.images.survey.survey import Survey
from morph.images.surveys import survey_called
from morph.release.manifest import SIMULATED
from morph.trees.decision_tree import Question

FEWER_VOTES_THAN = 5
_BLOCK = 500_000  # positions that are compared with a footprint at once
SUM_TOLERANCE = 0.01  # published fractions are rounded


@dataclass(frozen=True)
class Finding:
    """Galaxies of a release that one check found.

    ``of`` is how many it looked at. ``example`` is one of them: of votes and fractions
    the worst, else the first by name. ``dec`` is the range of declinations that selects
    them all, if one does.
    """

    words: str
    galaxies: int
    of: int
    example: str | None
    question: Question | None = None
    dec: tuple[float, float] | None = None


def checked(release: LoadedRelease) -> tuple[str, ...]:
    """What can be checked of a release, in words."""
    simulated = release.manifest.origin in SIMULATED
    can = {
        "positions are known": True,
        "questions have enough votes, not all for one answer": release.has_votes,
        "fractions sum to 1": not release.has_uncertainty,
        "positions are where the survey has images": not simulated
        and survey_called(release.manifest.survey).footprint is not None,
    }
    return tuple(words for words, possible in can.items() if possible)


def import_checks(con: DuckDBPyConnection, release: LoadedRelease) -> list[Finding]:
    """All findings of a release, by check and in the order of its tree."""
    survey = survey_called(release.manifest.survey)
    kept = result(
        con,
        release,
        "import checks",
        lambda: [_to_json(one) for one in _found(con, release, survey)],
        of=_identity(survey),
    )
    return [_from_json(one, release) for one in kept]


def _identity(survey: Survey) -> str:
    """What the findings depend on of a survey, whose file may be the user's."""
    moc = survey.footprint.moc if survey.footprint else ""
    return f"{survey.name} {survey.footprint} {sha256_of(Path(moc)) if moc else ''}"


def _to_json(found: Finding) -> dict[str, Any]:
    question = found.question.name if found.question else None
    return vars(found) | {"question": question}


def _from_json(kept: dict[str, Any], release: LoadedRelease) -> Finding:
    question, dec = kept["question"], kept["dec"]
    return Finding(
        **kept
        | {
            "question": release.tree.question(question) if question else None,
            "dec": tuple(dec) if dec else None,
        }
    )


def _found(
    con: DuckDBPyConnection, release: LoadedRelease, survey: Survey
) -> list[Finding]:
    found = _votes(con, release) if release.has_votes else []
    if not release.has_uncertainty:
        found += _sums(con, release)
    if release.manifest.origin not in SIMULATED:
        found += _outside(con, release, survey)
    return [*(one for one in found if one.galaxies), *_without_position(con, release)]


def _votes(con: DuckDBPyConnection, release: LoadedRelease) -> list[Finding]:
    """Questions whose votes are all on one answer, and with very few votes."""
    one_answer, few = [], []
    for question in release.tree.questions:
        columns = [f'"{label}"' for label in question.labels]
        total, most = " + ".join(columns), f"greatest({', '.join(columns)})"
        asked = f"{total} > 0"
        enough = f"{total} >= {FEWER_VOTES_THAN}"
        counted = _counted(
            con, release, f"{most} = {total}", enough, worst=total, votes=True
        )
        words = f"{FEWER_VOTES_THAN} or more votes, all for one answer"
        one_answer.append(Finding(words, *counted, question))
        fewer = f"{total} < {FEWER_VOTES_THAN}"
        counted = _counted(con, release, fewer, asked, worst=f"-({total})", votes=True)
        few.append(Finding(f"Fewer than {FEWER_VOTES_THAN} votes", *counted, question))
    return [*one_answer, *few]


def _sums(con: DuckDBPyConnection, release: LoadedRelease) -> list[Finding]:
    """Questions whose fractions do not sum to 1."""
    found = []
    for question in release.tree.questions:
        total = " + ".join(
            quoted(release, f"{label}_probability") for label in question.labels
        )
        off = f"abs({total} - 1)"
        wrong, known = f"{off} > {SUM_TOLERANCE}", f"({total}) IS NOT NULL"
        counted = _counted(con, release, wrong, known, worst=off)
        words = f"Fractions that do not sum to 1 within {SUM_TOLERANCE:g}"
        found.append(Finding(words, *counted, question))
    return found


def _outside(
    con: DuckDBPyConnection, release: LoadedRelease, survey: Survey
) -> list[Finding]:
    """Positions where the survey has no images; none of an unknown survey."""
    if survey.footprint is None:
        return []
    ra, dec = arrays(con, release, ["ra", "dec"])
    known = ~(np.isnan(ra) | np.isnan(dec))
    low, high = survey.footprint.dec_range()
    south, north = known & (dec < low), known & (dec > high)
    elsewhere = known & ~(south | north)
    for start in range(0, len(ra), _BLOCK):
        block = slice(start, start + _BLOCK)
        rows = start + np.flatnonzero(elsewhere[block])
        elsewhere[rows] = ~survey.footprint.contains(ra[rows], dec[rows])
    parts = (
        (f"South of the {survey.name} images ({low:g}°)", south, (-90.0, low)),
        (f"North of the {survey.name} images ({high:g}°)", north, (high, 90.0)),
        (
            f"Outside the {survey.name} images: {survey.footprint.words}",
            elsewhere,
            None,
        ),
    )
    return [
        Finding(
            words,
            int(off.sum()),
            int(known.sum()),
            _farthest(con, release, off, dec),
            dec=limits,
        )
        for words, off, limits in parts
    ]


def _farthest(
    con: DuckDBPyConnection, release: LoadedRelease, wrong: np.ndarray, dec: np.ndarray
) -> str | None:
    """The wrong galaxy farthest from the equator, the first by name of several."""
    if not wrong.any():
        return None
    distance = np.where(wrong, np.abs(dec), -1)
    rows = np.flatnonzero(distance == distance.max())
    return min(at_rows(con, release, rows)["iauname"])


def _without_position(con: DuckDBPyConnection, release: LoadedRelease) -> list[Finding]:
    found = Finding(
        "Without a position",
        *_counted(con, release, "ra IS NULL OR dec IS NULL", "TRUE"),
    )
    return [found] if found.galaxies else []


def _counted(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    wrong: str,
    among: str,
    *,
    worst: str = "0",
    votes: bool = False,
) -> tuple[int, int, str | None]:
    """How many galaxies are wrong, of how many, and that with most of ``worst``."""
    table = release.votes_table if votes else release.table
    found = f"({among}) AND ({wrong})"
    counts = f"SELECT count(*) FILTER ({found}), count(*) FILTER ({among}) FROM {table}"
    ((number, of),) = query(con, release, counts).fetchall()
    if not number:
        return 0, of, None
    first = (
        f"SELECT iauname FROM {table} WHERE {found} "
        f"ORDER BY ({worst})::DOUBLE DESC NULLS LAST, iauname LIMIT 1"
    )
    ((name,),) = query(con, release, first).fetchall()
    return number, of, name
