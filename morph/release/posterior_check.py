"""Whether the posteriors of a release were ever checked, and against what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from morph.release.manifest import SIMULATED, Manifest

VOTES = "volunteers’ votes"
_MOST = 1e15  # JSON has whole numbers of any size, tables and floats have not
MASS = 0.9  # of the intervals whose coverage is stated


@dataclass(frozen=True)
class Check:
    """How the posteriors of one question compared with known answers.

    ``galaxies`` of ``store`` were not used in training. ``coverage`` is the fraction
    of answers whose votes were in their intervals of probability MASS, and ``exact``
    that of an exact model (`morph.evaluation.coverage`), None where they were not
    measured; the error is the root mean square error of vote fractions.
    """

    store: str
    half: str
    answers: str  # what they were compared with
    galaxies: int
    error: float | None
    coverage: float | None
    exact: float | None

    @property
    def words(self) -> str:
        """The check in one sentence."""
        half = "" if self.half in ("", "all") else f", {self.half} half"
        found = []
        if self.error is not None:
            found.append(f"RMS error of vote fractions {self.error:.3f}")
        if self.coverage is not None:
            exact = (
                ""
                if self.exact is None
                else f" (those of an exact model: {100 * self.exact:.0f}%)"
            )
            found.append(
                f"{100 * MASS:.0f}% intervals contain "
                f"{100 * self.coverage:.0f}% of the vote counts{exact}"
            )
        return (
            f"{self.answers} of {self.galaxies:,} galaxies of {self.store}{half}"
            f"{': ' if found else ''}{'; '.join(found)}"
        )


def check_of(manifest: Manifest, question: str) -> Check | None:
    """The check of a question, from the evaluation of the release's run.

    None if there was none, or none of its galaxies reached the question.
    """
    evaluation = manifest.details.evaluation or {}
    row = _row(evaluation, "questions", question)
    galaxies = row.get("n")
    if not isinstance(galaxies, int) or not 1 <= galaxies < _MOST:
        return None
    covered = _row(evaluation, "coverage", question, mass=MASS)
    return Check(
        store=str(evaluation.get("store", "an unnamed store")),
        half=str(evaluation.get("half", "")),
        answers=compared_with(manifest),
        galaxies=galaxies,
        error=_number(row.get("rmse")),
        coverage=_number(covered.get("coverage")),
        exact=_number(covered.get("exact")),
    )


def is_complete(manifest: Manifest) -> bool:
    """Whether the evaluation of a release has what Compare shows, in its types."""
    evaluation = manifest.details.evaluation or {}
    kinds = {"galaxies": int, "store": str, "half": str, "questions": list}
    if not all(isinstance(evaluation.get(key), kind) for key, kind in kinds.items()):
        return False
    rows = evaluation["questions"]
    if not all(isinstance(row, dict) and _has_errors(row) for row in rows):
        return False
    return len({row["question"] for row in rows}) == len(rows)


def _has_errors(row: Mapping[str, Any]) -> bool:
    """Whether a row has a question, its number of galaxies, and errors or nothing."""
    number = row.get("n")
    return (
        isinstance(row.get("question"), str)
        and isinstance(number, int)
        and abs(number) < _MOST
        and all(
            row.get(name) is None or _number(row[name]) is not None
            for name in ("rmse", "rmse_error", "constant_rmse")
        )
    )


def compared_with(manifest: Manifest) -> str:
    """The answers that the evaluation of a release compared it with."""
    simulated = manifest.origin in SIMULATED
    evaluation = manifest.details.evaluation or {}
    if evaluation.get("labels", "truth" if simulated else "votes") == "truth":
        return "the true simulated fractions"
    return "simulated votes" if simulated else VOTES


def _row(
    evaluation: Mapping[str, Any], table: str, question: str, **values: float
) -> Mapping[str, Any]:
    """The row of a question in a table of the evaluation; empty if there is none."""
    rows = evaluation.get(table)
    for row in rows if isinstance(rows, list) else ():
        wanted = {"question": question, **values}
        if isinstance(row, dict) and wanted.items() <= row.items():
            return row
    return {}


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and abs(value) < _MOST
    return float(value) if known else None
