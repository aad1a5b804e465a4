"""Which columns of a table of votes are which answers of the tree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from morph.errors import UnreadableTable
from morph.tree import DecisionTree

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
