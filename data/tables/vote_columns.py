"""Which columns of a table of votes are which answers of the tree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.errors import UnreadableTable
from morph.posterior.tree import DecisionTree
from morph.sky import iauname_from_position

MOST_VOTES = 1_000_000  # of one answer for one galaxy; more is a slip in the table

_PLACE = ("ra", "dec")

SUBJECT_COLUMNS = ("subject_id", "source_id", "id_str", "dr8_id")

_TOTALS = ("_total_votes", "_total")
_DERIVED = ("_fraction", "_debiased", "_proportion_volunteers_asked", "_concentration")


@dataclass(frozen=True)
class VoteColumns:
    """The table's names of each answer and total, and what it has besides."""

    answers: Mapping[str, str]  # label -> column
    totals: Mapping[str, str]  # question -> column
    absent: tuple[str, ...]  # questions without a column
    ignored: tuple[str, ...]


def find_columns(columns: Iterable[str], tree: DecisionTree) -> VoteColumns:
    """Recognise published names, with hyphens or underscores, in any case.

    Raises
    ------
    UnreadableTable
        If a column is an answer that the tree does not know, two columns are the same
        answer, a question has only some of its answers, or there is none at all.
    """
    labels = {_plain(label): label for label in tree.labels}
    totals = {_plain(q.name) + end: q.name for q in tree.questions for end in _TOTALS}
    keys = ("iauname", "ra", "dec", *SUBJECT_COLUMNS)
    places: dict[str, str] = {}
    given_totals: dict[str, str] = {}
    ignored = []
    for column in columns:
        plain = _plain(column)
        if plain in labels:
            if labels[plain] in places:
                raise UnreadableTable(
                    f"{places[labels[plain]]!r} and {column!r} are the same answer; "
                    "keep one of the columns"
                )
            places[labels[plain]] = column
        elif plain in totals:
            given_totals[totals[plain]] = column
        elif column not in keys:
            ignored.append(column)
    _refuse_unknown_answers(ignored, tree)
    _refuse_missing_answers(places, tree)
    absent = tuple(q.name for q in tree.questions if q.labels[0] not in places)
    return VoteColumns(places, given_totals, absent, tuple(ignored))


def _refuse_unknown_answers(columns: Iterable[str], tree: DecisionTree) -> None:
    for column in columns:
        plain = _plain(column)
        for question in tree.questions:
            if plain.startswith(_plain(question.name) + "_") and not plain.endswith(
                _DERIVED
            ):
                raise UnreadableTable(
                    f"column {column!r} is no answer to {question.name!r}; expected "
                    f"{', '.join(question.labels)}. Is it another campaign's tree?"
                )


def _refuse_missing_answers(places: dict[str, str], tree: DecisionTree) -> None:
    if not places:
        raise UnreadableTable(
            "the table has no column of votes; expected names like "
            f"{', '.join(tree.labels[:3])}"
        )
    for question in tree.questions:
        missing = [label for label in question.labels if label not in places]
        if missing and len(missing) < len(question.labels):
            raise UnreadableTable(
                f"the votes of {question.name!r} lack {', '.join(missing)}; give all "
                "of a question's answers or none"
            )


def _plain(name: str) -> str:
    return str(name).strip().replace("-", "_").lower()


@dataclass(frozen=True)
class VoteReport:
    """What was found in a table of votes and what was done about it."""

    rows: int
    galaxies: int
    votes: int  # on all questions together
    summed: int  # galaxies that stand under more than one subject
    named_from_position: int  # rows without an iauname
    without_position: int  # galaxies that no search on the sky can find
    without_votes: int  # galaxies nobody has looked at
    blank: int  # row and question pairs left empty, counted as 0 votes
    totals_disagree: int  # rows in which a given total is not the sum of its answers
    absent_questions: tuple[str, ...]
    ignored_columns: tuple[str, ...]

    def sentences(self) -> list[str]:
        """The report in words, only what there is to say."""
        said = [f"{self.galaxies:,} galaxies with {self.votes:,} votes"]
        noted = (
            (self.summed, "galaxies stand under several subjects; votes summed"),
            (self.named_from_position, "rows have no iauname; named by position"),
            (self.without_position, "galaxies have no position; known by their id"),
            (self.without_votes, "galaxies have no votes at all"),
            (self.blank, "empty questions of a galaxy count as 0 votes"),
            (self.totals_disagree, "rows have totals unlike their sums; sums used"),
        )
        said += [f"{count:,} {words}" for count, words in noted if count]
        if self.absent_questions:
            said.append(
                f"not in the table, 0 votes: {', '.join(self.absent_questions)}"
            )
        return said


def read_votes(
    table: pd.DataFrame, tree: DecisionTree
) -> tuple[pd.DataFrame, VoteReport]:
    """Check a table of vote counts and key it by galaxy.

    A galaxy is known by its iauname, else by its position, else by its own id. The
    same galaxy under two subjects has their votes summed. A question without any
    column, or left empty in a row, has 0 votes. Columns are known by the published
    names, hyphens or underscores; fractions and debiased fractions are ignored.

    Parameters
    ----------
    table : DataFrame
        One row per subject: counts in columns named as ``tree.labels``; iauname, ra
        and dec (degrees), a column of ``SUBJECT_COLUMNS``, or several of these.
    tree : DecisionTree
        Whose answers the columns are.

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
        a question is half empty, a subject stands twice, or a row has no key.
    """
    if table.empty:
        raise UnreadableTable("the table of votes has no rows")
    columns = find_columns(table.columns, tree)
    counts = pd.DataFrame(0, index=table.index, columns=list(tree.labels))
    blank = 0
    for question in tree.questions:
        if question.labels[0] in columns.answers:
            given = [columns.answers[label] for label in question.labels]
            found = _read_counts(table[given])
            counts[list(question.labels)] = found.fillna(0).to_numpy().astype(np.int64)
            blank += int(found.isna().all(axis=1).sum())
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
        totals_disagree=_count_wrong_totals(table, counts, columns.totals, tree),
        absent_questions=columns.absent,
        ignored_columns=columns.ignored,
    )
    return votes, report


def _read_counts(given: pd.DataFrame) -> pd.DataFrame:
    """One question's counts as floats, rows that are wholly empty left so."""
    counts = given.apply(pd.to_numeric, errors="coerce").astype(float)
    strange = counts.isna() & given.notna()
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
                f"{given.iloc[row, column]!s:.40} in column {given.columns[column]!r}, "
                f"row {row + 1}"
            )
    return counts


def _read_keys(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """iauname, source_id, ra and dec of every row; how many were named by position."""
    subject = next((c for c in SUBJECT_COLUMNS if c in table.columns), None)
    source_id, name = (_read_text(table, column) for column in (subject, "iauname"))
    _refuse_repeats(name if subject is None else source_id, subject or "iauname")
    ra, dec = _read_places(table)
    named = name.isna() & ra.notna()
    if named.any():
        name[named] = iauname_from_position(ra[named], dec[named])
    name = name.where(name.notna(), source_id)
    if name.isna().any():
        raise UnreadableTable(
            f"{name.isna().sum():,} rows have neither iauname nor position nor id "
            f"(first: row {int(name.isna().to_numpy().argmax()) + 1}); expected "
            f"iauname, ra and dec, or one of {', '.join(SUBJECT_COLUMNS)}"
        )
    keys = {"iauname": name, "source_id": source_id, "ra": ra, "dec": dec}
    return pd.DataFrame(keys), int(named.sum())


def _refuse_repeats(ids: pd.Series, column: str) -> None:
    ids = ids.dropna()
    if ids.duplicated().any():
        raise UnreadableTable(
            f"{ids.duplicated().sum():,} rows repeat a {column} (first: "
            f"{ids[ids.duplicated()].iloc[0]}); each subject may stand once"
        )


def _read_places(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """ra and dec in degrees, both NaN where one of them is empty."""
    if not {"ra", "dec"} <= set(table.columns):
        nowhere = pd.Series(np.nan, index=table.index)
        return nowhere, nowhere
    ra, dec = (pd.to_numeric(table[c], errors="coerce").astype(float) for c in _PLACE)
    text = (ra.isna() & table["ra"].notna()) | (dec.isna() & table["dec"].notna())
    wrong = text | (ra < 0) | (ra >= 360) | (dec.abs() > 90)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise UnreadableTable(
            f"{wrong.sum():,} positions are not on the sky (first: ra "
            f"{table['ra'].iloc[row]!s:.20}, dec {table['dec'].iloc[row]!s:.20}, row "
            f"{row + 1}); expected degrees, ra 0 to 360 and dec -90 to 90, or nothing"
        )
    placed = ra.notna() & dec.notna()
    return ra.where(placed), dec.where(placed)


def _read_text(table: pd.DataFrame, column: str | None) -> pd.Series:
    if column not in table.columns:
        return pd.Series(None, index=table.index, dtype=object)
    return pd.Series([_as_text(value) for value in table[column]], table.index, object)


def _as_text(value: object) -> str | None:
    if pd.isna(value) or value == "":
        return None
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value).strip()


def _sum_by_galaxy(rows: pd.DataFrame, tree: DecisionTree) -> pd.DataFrame:
    """One row per iauname: votes summed, ids joined, the first position kept."""
    galaxies = rows.drop_duplicates("iauname").set_index("iauname")
    several = rows[rows["iauname"].duplicated(keep=False)].groupby("iauname")
    if several.ngroups:
        summed = several[list(tree.labels)].sum()
        galaxies.loc[summed.index, list(tree.labels)] = summed
        ids = several["source_id"].agg(lambda own: "|".join(own.dropna()) or None)
        galaxies.loc[ids.index, "source_id"] = ids
        places = several[["ra", "dec"]].first()
        galaxies.loc[places.index, ["ra", "dec"]] = places
    return galaxies.reset_index()


def _count_wrong_totals(
    table: pd.DataFrame,
    counts: pd.DataFrame,
    totals: Mapping[str, str],
    tree: DecisionTree,
) -> int:
    wrong = pd.Series(False, index=table.index)
    for name, column in totals.items():
        given = pd.to_numeric(table[column], errors="coerce").fillna(0)
        wrong |= given != counts[list(tree.question(name).labels)].sum(axis=1)
    return int(wrong.sum())
