"""The tables of a growing store: its index, its problems and its votes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from data.cutouts.journal import Line
from morph.atomic import replacing

PROBLEMS, NO_POSITION = "problems.parquet", "no position"
_NAMED = 3  # files, in a sentence
_COLUMNS = ["iauname", "ra", "dec", "missing", "state", "why"]


def index_and_problems(
    answered: Iterable[Line], unknown: Sequence[str], *, by_size: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The index in the order of the rows, and the table of problems.

    ``answered`` has the last line of the journal about each galaxy; ``unknown``
    galaxies have no position. The index has pixel scales if the cutouts are ``by_size``
    of their galaxies.
    """
    answered = list(answered)
    got = [line for line in answered if "got" in line]
    columns = ["got", "ra", "dec", "missing", *(["pixscale_arcsec"] if by_size else [])]
    columns += ["bricks"] if any("bricks" in line for line in got) else []
    got.sort(key=lambda line: line["row"])
    rows = pd.DataFrame(got, columns=columns).rename(columns={"got": "iauname"})
    is_partly = rows["missing"] > 0
    partly = rows[is_partly].assign(state="stored, partly missing")
    partly["why"] = [
        _why_partly(line) for line, some in zip(got, is_partly, strict=True) if some
    ]
    none = [line for line in answered if "none" in line]
    columns = ["none", "ra", "dec", "state", "why"]
    failed = pd.DataFrame(none, columns=columns).rename(columns={"none": "iauname"})
    lost = pd.DataFrame({"iauname": unknown}).assign(
        state=NO_POSITION, why="the table has no position of this galaxy"
    )
    tables = [table for table in (failed, partly, lost) if len(table)]
    problems = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return rows, problems.reindex(columns=_COLUMNS)


def write_votes(path: Path, index: pd.DataFrame, votes: pd.DataFrame | None) -> None:
    """Votes in the order of the index, 0 of galaxies that have none.

    ``votes`` are added to those that the file has.
    """
    given = [votes] if votes is not None else []
    given += [pd.read_parquet(path)] if path.is_file() else []
    if not given:
        return
    known = pd.concat(given).drop_duplicates("iauname").set_index("iauname")
    ordered = known.reindex(index["iauname"]).fillna(0).reset_index()
    with replacing(path) as temporary:
        ordered.to_parquet(temporary, index=False)


def listed(files: Sequence[str]) -> str:
    """The first of some files, in a sentence."""
    more = len(files) - _NAMED
    return ", ".join(files[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _why_partly(line: Line) -> str:
    why, absent = "pixels without data are NaN", line.get("absent", "").split()
    return f"{why}; not there: {listed(absent)}" if absent else why
