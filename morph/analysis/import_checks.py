"""Checks of a loaded release that may show a table read wrongly, or poor data."""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import quoted
from morph.catalogue.release_table import LoadedRelease, query
from morph.images.surveys import survey_called
from morph.release.manifest import SIMULATED
from morph.trees.decision_tree import Question

FEWER_VOTES_THAN = 5
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
    found = _votes(con, release) if release.has_votes else []
    if not release.has_uncertainty:
        found += _sums(con, release)
    if release.manifest.origin not in SIMULATED:
        found += _outside(con, release)
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


def _outside(con: DuckDBPyConnection, release: LoadedRelease) -> list[Finding]:
    """Positions where the survey has no images; none of an unknown survey."""
    survey = survey_called(release.manifest.survey)
    if survey.footprint is None:
        return []
    sql = (
        f"SELECT iauname, ra, dec FROM {release.table} "
        "WHERE ra IS NOT NULL AND dec IS NOT NULL ORDER BY iauname"
    )
    columns = query(con, release, sql).fetchnumpy()
    names, ra, dec = columns["iauname"], columns["ra"], columns["dec"]
    low, high = survey.footprint.dec_range()
    inside = survey.footprint.contains(ra, dec)
    south, north = dec < low, dec > high
    elsewhere = ~(inside | south | north)
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
        Finding(words, int(off.sum()), len(dec), _farthest(names, off, dec), dec=limits)
        for words, off, limits in parts
    ]


def _farthest(names: np.ndarray, wrong: np.ndarray, dec: np.ndarray) -> str | None:
    """The wrong galaxy farthest from the equator, the first by name of several."""
    if not wrong.any():
        return None
    return str(names[np.where(wrong, np.abs(dec), -1).argmax()])


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
    sql = (
        f"SELECT count(*) FILTER (({among}) AND ({wrong})), count(*) FILTER ({among}), "
        f"arg_min(iauname, row(-({worst})::DOUBLE, iauname)) "
        f"FILTER (({among}) AND ({wrong})) FROM {table}"
    )
    ((number, of, first),) = query(con, release, sql).fetchall()
    return number, of, first
