"""The sliders that limit vote fractions and measured columns: what each one spans."""

import math
from dataclasses import dataclass

from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.in_memory.cell_counts import Bins

_STEPS = {"position": 0.1, "redshift": 0.001, "flag": 1.0}


@dataclass(frozen=True)
class Axis:
    """One slider: the filter that it sets, its column, and the range it spans."""

    parameter: str
    column: str
    low: float
    high: float

    def bins(self, number: int) -> Bins:
        """Equal bins along it."""
        return Bins(self.column, self.low, self.high, number)


def axis_of_answer(label: str) -> Axis:
    """The slider of an answer's expected probability."""
    return Axis(label, f"{label}_probability", 0.0, 1.0)


def axis_of_column(column: str, release: LoadedRelease) -> Axis | None:
    """The slider of a measured column; None where the column has no range."""
    ends = full_range(column, release)
    return Axis(column, column, *ends) if ends else None


def step_of(column: str) -> float:
    """Step of a measured column's slider."""
    return _STEPS.get(MEASURED[column].kind, 0.01)


def full_range(column: str, release: LoadedRelease) -> tuple[float, float] | None:
    """The ends of a measured column's slider, or None where it has no values."""
    values = release.ranges.get(column)
    if values is None or values.low is None or values.high is None:
        return None
    per_unit = round(1 / step_of(column))
    low = math.floor(values.low * per_unit) / per_unit
    high = math.ceil(values.high * per_unit) / per_unit
    return (low, high) if low < high else None


def shown_at_first(release: LoadedRelease) -> list[Axis]:
    """The sliders that no folded block hides: of the first questions, and measured."""
    first = [q for q in release.tree.questions if not q.asked_after]
    answers = [axis_of_answer(label) for question in first for label in question.labels]
    measured = [axis_of_column(column, release) for column in MEASURED]
    return [*answers, *filter(None, measured)]
