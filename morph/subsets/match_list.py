"""Match the rows of an uploaded list to galaxies of a release.

Each row is matched by name, then identifier, then position, until one matches.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.errors import MorphError
from morph.subsets.match_positions import degrees, nearest_two
from morph.subsets.saved import registered
from morph.subsets.uploaded_list import Upload
from morph.tables.cells import guarded

MAX_RADIUS_ARCSEC = 60.0

_GIVEN = {
    "iauname": "given_name",
    "source_id": "given_id",
    "ra": "given_ra",
    "dec": "given_dec",
}
_OUTCOME = ("state", "iauname", "by", "separation_arcsec", "reason")

# Unmatched rows -> outcome of those with a value to match by, by the same index.
Attempt = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class MatchedList:
    """The outcome of every row of a list.

    ``report`` has a row for each: ``row`` (from 1), what was given (``given_name``,
    ``given_id``, ``given_ra``, ``given_dec``), ``state`` (matched, ambiguous or
    unmatched), the ``iauname`` found (the nearest, if ambiguous), ``by`` what it was
    found, the ``separation_arcsec`` of a match by position, and the ``reason``.
    """

    report: pd.DataFrame
    names: np.ndarray  # (K,) unique iaunames of the galaxies matched, sorted
    recipe: dict[str, Any]

    def count(self, state: str) -> int:
        """Number of matched, ambiguous or unmatched rows."""
        return int((self.report["state"] == state).sum())

    @property
    def sentence(self) -> str:
        rows, names = len(self.report), len(self.names)
        galaxies = f"{names:,} {'galaxy' if names == 1 else 'galaxies'}"
        return (
            f"{rows:,} {'row' if rows == 1 else 'rows'}: {self.count('matched'):,} "
            f"matched ({galaxies}), {self.count('ambiguous'):,} "
            f"ambiguous, {self.count('unmatched'):,} unmatched"
        )


def match(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    upload: Upload,
    *,
    radius_arcsec: float = 1.0,
) -> MatchedList:
    """Match the rows of a list to the galaxies of a release.

    Parameters
    ----------
    radius_arcsec : float
        Largest separation of a match by position, up to 60. A row with several
        galaxies within it is ambiguous and matches none.

    Raises
    ------
    MorphError
        If the radius is not between 0 and 60 arcsec, or no column was chosen.
    """
    if not 0 < radius_arcsec <= MAX_RADIUS_ARCSEC:
        raise MorphError(
            f"the radius is {radius_arcsec} arcsec; expected above 0 and at most "
            f"{MAX_RADIUS_ARCSEC:g}"
        )
    if not upload.chosen.chosen:
        raise MorphError(
            f"choose the columns of {upload.name} to match by: a name, an identifier, "
            "or RA and Dec"
        )
    outcome = _untried(upload.rows)
    for attempt in (
        partial(_by_text, con, release, "iauname"),
        partial(_by_text, con, release, "source_id"),
        partial(_by_position, con, release, radius_arcsec),
    ):
        outcome = _after(outcome, attempt(upload.rows[_unmatched(outcome)]))
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
    return replace(matched, recipe=recipe)


def report_csv(matched: MatchedList) -> bytes:
    """The report as CSV; a quote protects texts that spreadsheets would execute."""
    table = matched.report.copy()
    for column in table.columns.drop(["row", "separation_arcsec"]):
        table[column] = [guarded(cell) for cell in table[column]]
    return table.to_csv(index=False).encode()


def _untried(rows: pd.DataFrame) -> pd.DataFrame:
    blank = {"state": "unmatched", "iauname": "", "by": "", "reason": ""}
    outcome = pd.DataFrame(blank, index=rows.index).astype(object)
    outcome["separation_arcsec"] = np.nan
    return outcome[list(_OUTCOME)]


def _unmatched(outcome: pd.DataFrame) -> pd.Series:
    return outcome["state"] == "unmatched"


def _after(outcome: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The outcome after one more attempt; reasons are joined."""
    before = outcome.loc[found.index, "reason"]
    both = (found["reason"] != "") & (before != "")
    reason = np.where(both, before + "; " + found["reason"], found["reason"])
    changed = outcome.copy()
    changed.loc[found.index] = found.assign(reason=reason)[list(_OUTCOME)]
    return changed


def _by_text(
    con: DuckDBPyConnection, release: LoadedRelease, column: str, rows: pd.DataFrame
) -> pd.DataFrame:
    """Match rows by name or identifier, ignoring case."""
    texts = rows[column][rows[column] != ""]
    found = _untried(texts.to_frame())
    if column not in release.columns:
        return found.assign(reason=f"{release.release_id} has no {column}")
    galaxies = _galaxies_called(con, release, texts, column)
    number = galaxies["galaxies"].reindex(texts.index, fill_value=0)
    return found.assign(
        state=np.select(
            [number == 1, number > 1], ["matched", "ambiguous"], "unmatched"
        ),
        iauname=galaxies["iauname"].reindex(texts.index, fill_value=""),
        by=np.where(number > 0, column, ""),
        reason=np.select(
            [number == 1, number > 1],
            ["", number.astype(str) + f" galaxies with that {column}"],
            f"no galaxy with that {column}",
        ),
    )


def _galaxies_called(
    con: DuckDBPyConnection, release: LoadedRelease, texts: pd.Series, column: str
) -> pd.DataFrame:
    """One galaxy, and their number, for each index of ``texts`` that has any."""
    sql = f"""
        SELECT place, min(iauname) AS iauname, count(*) AS galaxies
        FROM given_texts JOIN {release.table} ON lower("{column}") = lower(text)
        GROUP BY place
    """
    places, given = pa.array(texts.index, pa.int64()), pa.array(texts, pa.string())
    with registered(con, "given_texts", pa.table({"place": places, "text": given})):
        return query(con, release, sql).df().set_index("place")


def _by_position(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    radius_arcsec: float,
    rows: pd.DataFrame,
) -> pd.DataFrame:
    """Match rows by the only galaxy within the radius."""
    given = rows[(rows["ra"] != "") | (rows["dec"] != "")]
    found = _untried(given)
    ra = degrees(given["ra"], hours=True)
    dec = degrees(given["dec"], hours=False)
    on_sky = (ra >= 0) & (ra < 360) & (np.abs(dec) <= 90)
    off = given[~on_sky]
    found.loc[off.index, "reason"] = (
        "RA " + off["ra"] + ", Dec " + off["dec"] + " is not a position"
    )
    if on_sky.any():
        near = _near(con, release, radius_arcsec, ra[on_sky], dec[on_sky])
        found.loc[given.index[on_sky]] = near.set_axis(given.index[on_sky])
    return found


def _near(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    radius_arcsec: float,
    ra: np.ndarray,
    dec: np.ndarray,
) -> pd.DataFrame:
    found = nearest_two(con, release, ra, dec)
    blank = _untried(pd.DataFrame(index=range(len(ra))))
    if found is None:
        return blank.assign(reason=f"{release.release_id} has no positions")
    near = found.separation_arcsec <= radius_arcsec
    two = near & (found.second_arcsec <= radius_arcsec)
    away = found.separation_arcsec
    reasons = [f"the nearest galaxy is {arcsec:,.1f} arcsec away" for arcsec in away]
    several = f"several galaxies within {radius_arcsec:g} arcsec"
    return blank.assign(
        state=np.select([two, near], ["ambiguous", "matched"], "unmatched"),
        iauname=np.where(near, found.iauname, ""),
        by=np.where(near, "position", ""),
        separation_arcsec=np.where(near, found.separation_arcsec, np.nan),
        reason=np.select([two, near], [several, ""], reasons),
    )


def _with_repeats(outcome: pd.DataFrame, numbers: pd.Series) -> pd.DataFrame:
    """Give the reason of repeated rows, which count as matched, and of empty ones."""
    matched = outcome[outcome["state"] == "matched"]
    first = matched.index.to_series().groupby(matched["iauname"]).transform("first")
    repeats = matched.index[first != matched.index]
    reasons = [f"the same galaxy as row {numbers[first[place]]}" for place in repeats]
    changed = outcome.copy()
    changed.loc[repeats, "reason"] = reasons
    nothing = _unmatched(outcome) & (outcome["reason"] == "")
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
