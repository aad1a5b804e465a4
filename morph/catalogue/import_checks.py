"""Checks of a loaded release that may show a table read wrongly, or poor data."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from morph.catalogue.columns import quoted
from morph.catalogue.release_table import LoadedRelease, query
from morph.posterior.tree import Question
from morph.release.manifest import SIMULATED

FEWER_VOTES_THAN = 5
SUM_TOLERANCE = 0.01  # published fractions are rounded
# Declinations of a survey's images, in degrees, with a margin of a few.
FOOTPRINTS = {"decals": (-70.0, 36.0), "bmz": (29.0, 90.0), "sdss": (-25.0, 86.0)}


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
        "votes are enough and not all on one answer": release.has_votes,
        "fractions sum to 1": not release.has_uncertainty,
        "declinations are those of the survey": not simulated
        and release.manifest.survey in FOOTPRINTS,
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
        words = f"All of {FEWER_VOTES_THAN} or more votes on one answer"
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
        words = f"Fractions that do not sum to 1, to {SUM_TOLERANCE:g}"
        found.append(Finding(words, *counted, question))
    return found


def _outside(con: DuckDBPyConnection, release: LoadedRelease) -> list[Finding]:
    """Positions outside the declinations of the survey; none of an unknown survey."""
    survey = release.manifest.survey
    if survey not in FOOTPRINTS:
        return []
    low, high = FOOTPRINTS[survey]
    parts = (
        (f"South of the images of {survey}, {low:g}°", f"dec < {low}", (-90.0, low)),
        (f"North of the images of {survey}, {high:g}°", f"dec > {high}", (high, 90.0)),
    )
    return [
        Finding(words, *_counted(con, release, where, "dec IS NOT NULL"), dec=limits)
        for words, where, limits in parts
    ]


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
