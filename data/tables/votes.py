"""Check a table of vote counts, and key it by galaxy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.errors import UnreadableTable
from morph.sky import iauname_from_position
from morph.trees.decision_tree import DecisionTree

MOST_VOTES = 1_000_000  # of one answer for one galaxy; more is an error
TOTAL = "_total-votes"  # column of the total of a question


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
        counts = (
            (self.summed, "galaxies have several subjects; votes summed"),
            (self.named_from_position, "rows have no iauname; named by position"),
            (self.without_position, "galaxies have no position; identified by id"),
            (self.without_votes, "galaxies have no votes"),
            (self.blank, "questions left empty count as 0 votes"),
            (
                self.totals_disagree,
                "rows have totals that differ from the sum; sum used",
            ),
        )
        sentences = [f"{self.galaxies:,} galaxies with {self.votes:,} votes"]
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
        One row per subject: ``iauname`` (text, "" where unknown), ``ra`` and ``dec``
        (degrees, both NaN where unknown), optionally ``source_id`` (text), counts in
        columns named as ``tree.labels`` and totals. Other columns are of the galaxy.

    Returns
    -------
    votes : DataFrame
        ``iauname``, ``source_id`` (several subjects joined by "|", None where the
        table has no id), ``ra``, ``dec``, the other columns (from the first row of a
        galaxy that has a value), and int64 counts per label. One row per galaxy, in
        the order of the table.
    report : VoteReport

    Raises
    ------
    UnreadableTable
        If answers are missing, a count is not a whole number of 0 or more, a question
        is incomplete, a subject is repeated, or a row has no key.
    """
    _refuse_missing_answers(table, tree)
    present = [q for q in tree.questions if q.labels[0] in table]
    counts = pd.DataFrame(0, index=table.index, columns=list(tree.labels))
    wrong_total, blank = pd.Series(False, index=table.index), 0
    for question in present:
        cells = _checked_counts(table[list(question.labels)])
        counts[list(question.labels)] = cells.fillna(0).astype(np.int64)
        blank += int(cells.isna().all(axis=1).sum())
        if f"{question.name}{TOTAL}" in table:
            total = table[f"{question.name}{TOTAL}"].fillna(0)
            wrong_total |= total != cells.sum(axis=1)
    totals = [f"{question.name}{TOTAL}" for question in tree.questions]
    keys = _keyed(table.drop(columns=[*totals, *tree.labels], errors="ignore"))
    votes = _sum_by_galaxy(pd.concat([keys, counts], axis=1), tree)
    report = VoteReport(
        rows=len(table),
        galaxies=len(votes),
        votes=int(counts.to_numpy().sum()),
        summed=int(keys["iauname"].value_counts().gt(1).sum()),
        named_from_position=int(((table["iauname"] == "") & table["ra"].notna()).sum()),
        without_position=int(votes["ra"].isna().sum()),
        without_votes=int((votes[list(tree.labels)].sum(axis=1) == 0).sum()),
        blank=blank,
        totals_disagree=int(wrong_total.sum()),
        absent_questions=tuple(q.name for q in tree.questions if q not in present),
    )
    return votes, report


def _refuse_missing_answers(table: pd.DataFrame, tree: DecisionTree) -> None:
    if not any(label in table for label in tree.labels):
        raise UnreadableTable(
            "the table has no columns of votes; expected names like "
            f"{', '.join(tree.labels[:3])}"
        )
    for question in tree.questions:
        missing = [label for label in question.labels if label not in table]
        if missing and len(missing) < len(question.labels):
            raise UnreadableTable(
                f"the votes of {question.name!r} lack {', '.join(missing)}; include "
                "all answers of a question or none"
            )


def _checked_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """One question's counts, NaN in empty rows."""
    wrong = (counts < 0) | (counts > MOST_VOTES) | (counts % 1 != 0) & counts.notna()
    half = counts.isna() & ~counts.isna().all(axis=1).to_numpy()[:, None]
    for bad, what in (
        (wrong, f"not whole numbers from 0 to {MOST_VOTES:,}"),
        (half, "empty while other answers of the question are not"),
    ):
        if bad.to_numpy().any():
            row, column = np.argwhere(bad.to_numpy())[0]
            raise UnreadableTable(
                f"{bad.to_numpy().sum():,} counts are {what}; first: "
                f"{counts.iloc[row, column]!s:.40} in column "
                f"{counts.columns[column]!r}, row {row + 1}"
            )
    return counts


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an iauname in every row, and with a source_id, None if unknown."""
    ids = table.get("source_id", pd.Series("", index=table.index)).astype(object)
    names, ra, dec = table["iauname"].astype(object), table["ra"], table["dec"]
    key = "source_id" if "source_id" in table else "iauname"
    _refuse_repeats(key, table[key])
    nameless = (names == "") & ra.notna()
    if nameless.any():
        names[nameless] = iauname_from_position(ra[nameless], dec[nameless])
    names = names.where(names != "", ids)
    lost = names == ""
    if lost.any():
        raise UnreadableTable(
            f"{lost.sum():,} rows have neither iauname, position nor id "
            f"(first: row {int(lost.to_numpy().argmax()) + 1}); expected "
            "iauname, ra and dec, or an id of the subject"
        )
    keys = {"iauname": names, "source_id": ids.where(ids != "", None)}
    return pd.DataFrame(keys | {c: table[c] for c in table if c not in keys})


def _refuse_repeats(column: str, ids: pd.Series) -> None:
    repeated = ids.duplicated() & (ids != "")
    if repeated.any():
        raise UnreadableTable(
            f"{repeated.sum():,} rows repeat the {column} of another (first: "
            f"{ids[repeated].iloc[0]}); keep one row per subject"
        )


def _sum_by_galaxy(rows: pd.DataFrame, tree: DecisionTree) -> pd.DataFrame:
    """One row per iauname: summed votes, joined ids, the first of all other values."""
    labels = list(tree.labels)
    galaxies = rows.drop_duplicates("iauname").set_index("iauname")
    several = rows[rows["iauname"].duplicated(keep=False)].groupby("iauname")
    if several.ngroups:
        others = galaxies.columns.difference([*labels, "source_id"])
        ids = several["source_id"].agg(lambda ids: "|".join(ids.dropna()) or None)
        for columns, values in (
            (labels, several[labels].sum()),
            (["source_id"], ids.to_frame()),
            (others, several[list(others)].first()),
        ):
            galaxies.loc[values.index, columns] = values
    return galaxies.reset_index()
