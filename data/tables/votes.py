"""Check a table of vote counts, and key it by galaxy."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.errors import UnreadableTable
from morph.posterior.tree import DecisionTree
from morph.sky import iauname_from_position

MOST_VOTES = 1_000_000  # of one answer for one galaxy; more is an error
TOTAL = "_total-votes"  # column of the total of a question

_POSITION = ("ra", "dec")


@dataclass(frozen=True)
class VoteReport:
    """Summary of a table of votes and its corrections."""

    rows: int
    galaxies: int
    votes: int  # on all questions together
    summed: int  # galaxies with more than one subject
    named_from_position: int  # rows without an iauname
    without_position: int  # galaxies that no search on the sky can find
    without_votes: int  # galaxies nobody has classified
    blank: int  # empty pairs of row and question, counted as 0 votes
    totals_disagree: int  # rows whose total is not the sum of the answers
    absent_questions: tuple[str, ...]

    def sentences(self) -> list[str]:
        """The report in words, without zero counts."""
        sentences = [f"{self.galaxies:,} galaxies with {self.votes:,} votes"]
        counts = (
            (self.summed, "galaxies have several subjects; votes summed"),
            (self.named_from_position, "rows have no iauname; named by position"),
            (self.without_position, "galaxies have no position; identified by id"),
            (self.without_votes, "galaxies have no votes"),
            (self.blank, "empty questions of a galaxy count as 0 votes"),
            (
                self.totals_disagree,
                "rows have totals that differ from the sum; sum used",
            ),
        )
        sentences += [f"{count:,} {words}" for count, words in counts if count]
        if self.absent_questions:
            sentences.append(
                f"not in the table, 0 votes: {', '.join(self.absent_questions)}"
            )
        return sentences


def read_votes(
    table: pd.DataFrame, tree: DecisionTree
) -> tuple[pd.DataFrame, VoteReport]:
    """Check a table of vote counts and key it by galaxy.

    A galaxy is identified by its iauname, else its position, else its id. Votes of
    several subjects of one galaxy are summed. A question without columns, or empty in a
    row, has 0 votes.

    Parameters
    ----------
    table : DataFrame
        One row per subject: counts in columns named as ``tree.labels``, optionally
        totals; iauname, ra and dec (degrees), source_id, or several of these.
    tree : DecisionTree
        The tree of the answers.

    Returns
    -------
    votes : DataFrame
        ``iauname``, ``source_id`` (several subjects joined by "|", None where the
        table has no id), ``ra``, ``dec`` (NaN where unknown), and a column of int64
        counts per label. One row per galaxy, in the order of the table.
    report : VoteReport

    Raises
    ------
    UnreadableTable
        If answers are missing or unknown, a count is not a whole number of 0 or more,
        a question is incomplete, a subject is repeated, or a row has no key.
    """
    if table.empty:
        raise UnreadableTable("the table of votes has no rows")
    _refuse_missing_answers(table.columns, tree)
    present = [q for q in tree.questions if q.labels[0] in table.columns]
    counts = pd.DataFrame(0, index=table.index, columns=list(tree.labels))
    blank = 0
    for question in present:
        read = _read_counts(table[list(question.labels)])
        counts[list(question.labels)] = read.fillna(0).to_numpy().astype(np.int64)
        blank += int(read.isna().all(axis=1).sum())
    keys, named = _read_keys(table)
    votes = _sum_by_galaxy(pd.concat([keys, counts], axis=1), tree)
    report = VoteReport(
        rows=len(table),
        galaxies=len(votes),
        votes=int(counts.to_numpy().sum()),
        summed=int(keys["iauname"].value_counts().gt(1).sum()),
        named_from_position=named,
        without_position=int(votes["ra"].isna().sum()),
        without_votes=int((votes[list(tree.labels)].sum(axis=1) == 0).sum()),
        blank=blank,
        totals_disagree=_count_wrong_totals(table, counts, tree),
        absent_questions=tuple(q.name for q in tree.questions if q not in present),
    )
    return votes, report


def _read_counts(cells: pd.DataFrame) -> pd.DataFrame:
    """One question's counts as floats, NaN in empty rows."""
    counts = cells.apply(pd.to_numeric, errors="coerce").astype(float)
    strange = counts.isna() & cells.notna()
    wrong = (counts < 0) | (counts > MOST_VOTES) | (counts % 1 != 0)
    wrong = strange | (wrong & counts.notna())
    half = counts.isna() & ~counts.isna().all(axis=1).to_numpy()[:, None]
    for bad, what in (
        (wrong, f"not whole numbers from 0 to {MOST_VOTES:,}"),
        (half, "empty while other answers of the question are not"),
    ):
        if bad.to_numpy().any():
            row, column = np.argwhere(bad.to_numpy())[0]
            raise UnreadableTable(
                f"{bad.to_numpy().sum():,} counts are {what}; first: "
                f"{cells.iloc[row, column]!s:.40} in column {cells.columns[column]!r}, "
                f"row {row + 1}"
            )
    return counts


def _read_keys(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """iauname, source_id, ra and dec of every row; number named by position."""
    source_id, name = (_read_text(table, column) for column in ("source_id", "iauname"))
    key = "source_id" if "source_id" in table.columns else "iauname"
    _refuse_repeats(source_id if key == "source_id" else name, key)
    ra, dec = _read_positions(table)
    named = name.isna() & ra.notna()
    if named.any():
        name[named] = iauname_from_position(ra[named], dec[named])
    name = name.where(name.notna(), source_id)
    if name.isna().any():
        raise UnreadableTable(
            f"{name.isna().sum():,} rows have neither iauname, position nor id "
            f"(first: row {int(name.isna().to_numpy().argmax()) + 1}); expected "
            "iauname, ra and dec, or an id of the subject"
        )
    keys = {"iauname": name, "source_id": source_id, "ra": ra, "dec": dec}
    return pd.DataFrame(keys), int(named.sum())


def _refuse_repeats(ids: pd.Series, column: str) -> None:
    ids = ids.dropna()
    if ids.duplicated().any():
        raise UnreadableTable(
            f"{ids.duplicated().sum():,} rows repeat a {column} (first: "
            f"{ids[ids.duplicated()].iloc[0]}); keep one row per subject"
        )


def _read_positions(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """ra and dec in degrees, both NaN where either is empty."""
    if not set(_POSITION) <= set(table.columns):
        unknown = pd.Series(np.nan, index=table.index)
        return unknown, unknown
    ra, dec = (
        pd.to_numeric(table[c], errors="coerce").astype(float) for c in _POSITION
    )
    text = (ra.isna() & table["ra"].notna()) | (dec.isna() & table["dec"].notna())
    wrong = text | (ra < 0) | (ra >= 360) | (dec.abs() > 90)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise UnreadableTable(
            f"{wrong.sum():,} positions are not on the sky (first: ra "
            f"{table['ra'].iloc[row]!s:.20}, dec {table['dec'].iloc[row]!s:.20}, row "
            f"{row + 1}); expected degrees, ra 0 to 360 and dec -90 to 90, or empty"
        )
    placed = ra.notna() & dec.notna()
    return ra.where(placed), dec.where(placed)


def _read_text(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table.columns:
        return pd.Series(None, index=table.index, dtype=object)
    return pd.Series([_as_text(value) for value in table[column]], table.index, object)


def _as_text(value: object) -> str | None:
    if pd.isna(value) or value == "":
        return None
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value).strip()


def _sum_by_galaxy(rows: pd.DataFrame, tree: DecisionTree) -> pd.DataFrame:
    """One row per iauname, with summed votes, joined ids and the first position."""
    galaxies = rows.drop_duplicates("iauname").set_index("iauname")
    several = rows[rows["iauname"].duplicated(keep=False)].groupby("iauname")
    if several.ngroups:
        summed = several[list(tree.labels)].sum()
        galaxies.loc[summed.index, list(tree.labels)] = summed
        ids = several["source_id"].agg(lambda ids: "|".join(ids.dropna()) or None)
        galaxies.loc[ids.index, "source_id"] = ids
        positions = several[["ra", "dec"]].first()
        galaxies.loc[positions.index, ["ra", "dec"]] = positions
    return galaxies.reset_index()


def _count_wrong_totals(
    table: pd.DataFrame, counts: pd.DataFrame, tree: DecisionTree
) -> int:
    wrong = pd.Series(False, index=table.index)
    for question in tree.questions:
        if f"{question.name}{TOTAL}" in table.columns:
            total = table[f"{question.name}{TOTAL}"]
            total = pd.to_numeric(total, errors="coerce").fillna(0)
            wrong |= total != counts[list(question.labels)].sum(axis=1)
    return int(wrong.sum())


def _refuse_missing_answers(columns: Iterable[str], tree: DecisionTree) -> None:
    if not set(tree.labels) & set(columns):
        raise UnreadableTable(
            "the table has no columns of votes; expected names like "
            f"{', '.join(tree.labels[:3])}"
        )
    for question in tree.questions:
        missing = [label for label in question.labels if label not in columns]
        if missing and len(missing) < len(question.labels):
            raise UnreadableTable(
                f"the votes of {question.name!r} lack {', '.join(missing)}; include "
                "all answers of a question or none"
            )
