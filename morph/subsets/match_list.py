"""Match the rows of an uploaded list to galaxies of a release.

Each row is matched by name, then identifier, then position, until one matches.
"""

from dataclasses import asdict, dataclass, replace
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
_UNTRIED = {
    "state": "unmatched",
    "iauname": "",
    "by": "",
    "separation_arcsec": np.nan,
    "reason": "",
}


@dataclass(frozen=True)
class MatchedList:
    """The outcome of every row of a list.

    Columns of ``report``: ``row`` (from 1); the input ``given_name``, ``given_id``,
    ``given_ra`` and ``given_dec``; ``state`` (matched, ambiguous or unmatched); the
    ``iauname`` found (the nearest, if ambiguous), and ``by`` what; the
    ``separation_arcsec`` of a match by position; the ``reason`` of the state.
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

    ``radius_arcsec`` is the largest separation of a match by position. A row with
    several galaxies within it is ambiguous and matches none. Raises MorphError if the
    radius is not between 0 and 60 arcsec, or no column was chosen.
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
    outcome = _untried(upload.rows.index)
    for column in ("iauname", "source_id"):
        rows = upload.rows[outcome["state"] == "unmatched"]
        outcome = _after(outcome, _by_text(con, release, column, rows))
    rows = upload.rows[outcome["state"] == "unmatched"]
    outcome = _after(outcome, _by_position(con, release, radius_arcsec, rows))
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


def _untried(index: pd.Index) -> pd.DataFrame:
    texts = dict.fromkeys(("state", "iauname", "by", "reason"), object)
    return pd.DataFrame(_UNTRIED, index=index).astype(texts)


def _after(outcome: pd.DataFrame, attempt: pd.DataFrame) -> pd.DataFrame:
    """The outcome after one more attempt; reasons are joined."""
    before, reason = outcome.loc[attempt.index, "reason"], attempt["reason"]
    both = (reason != "") & (before != "")
    reason = np.where(both, before + "; " + reason, reason)
    changed = outcome.copy()
    changed.loc[attempt.index] = attempt.assign(reason=reason)
    return changed


def _by_text(
    con: DuckDBPyConnection, release: LoadedRelease, column: str, rows: pd.DataFrame
) -> pd.DataFrame:
    """Match rows by name or identifier, ignoring case."""
    texts = rows[column][rows[column] != ""]
    outcome = _untried(texts.index)
    if column not in release.columns:
        return outcome.assign(reason=f"{release.release_id} has no {column}")
    galaxies = _galaxies_called(con, release, texts, column)
    number = galaxies["galaxies"].reindex(texts.index, fill_value=0)
    one_or_more = [number == 1, number > 1]
    several = number.astype(str) + f" galaxies with that {column}"
    none = f"no galaxy with that {column}"
    return outcome.assign(
        state=np.select(one_or_more, ["matched", "ambiguous"], "unmatched"),
        iauname=galaxies["iauname"].reindex(texts.index, fill_value=""),
        by=np.where(number > 0, column, ""),
        reason=np.select(one_or_more, ["", several], none),
    )


def _galaxies_called(
    con: DuckDBPyConnection, release: LoadedRelease, texts: pd.Series, column: str
) -> pd.DataFrame:
    """One galaxy, and their number, for each index of ``texts`` that has any."""
    sql = f"""
        SELECT row, min(iauname) AS iauname, count(*) AS galaxies
        FROM given_texts JOIN {release.table} ON lower("{column}") = lower(text)
        GROUP BY row
    """
    rows, names = pa.array(texts.index, pa.int64()), pa.array(texts, pa.string())
    with registered(con, "given_texts", pa.table({"row": rows, "text": names})):
        return query(con, release, sql).df().set_index("row")


def _by_position(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    radius_arcsec: float,
    rows: pd.DataFrame,
) -> pd.DataFrame:
    """Match rows by the only galaxy within the radius."""
    given = rows[(rows["ra"] != "") | (rows["dec"] != "")]
    ra, dec = degrees(given["ra"], hours=True), degrees(given["dec"], hours=False)
    on_sky = (ra >= 0) & (ra < 360) & (np.abs(dec) <= 90)
    places = "RA " + given["ra"] + ", Dec " + given["dec"]
    outcome = _untried(given.index).assign(reason=places + " is not a position")
    if not on_sky.any():
        return outcome
    nearest = nearest_two(con, release, ra[on_sky], dec[on_sky])
    if nearest is None:
        outcome.loc[on_sky, "reason"] = f"{release.release_id} has no positions"
        return outcome
    apart = nearest.separation_arcsec
    near = apart <= radius_arcsec
    two = near & (nearest.second_arcsec <= radius_arcsec)
    away = [f"the nearest galaxy is {arcsec:,.1f} arcsec away" for arcsec in apart]
    several = f"several galaxies within {radius_arcsec:g} arcsec"
    outcome.loc[on_sky] = _untried(given.index[on_sky]).assign(
        state=np.select([two, near], ["ambiguous", "matched"], "unmatched"),
        iauname=np.where(near, nearest.iauname, ""),
        by=np.where(near, "position", ""),
        separation_arcsec=np.where(near, apart, np.nan),
        reason=np.select([two, near], [several, ""], away),
    )
    return outcome


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
