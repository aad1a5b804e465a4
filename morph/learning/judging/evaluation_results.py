"""What is known of a fit: scores with intervals, and a learning curve.

They are apart from what computes them, which takes seconds to import.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCORES: Mapping[str, str] = {
    "accuracy": "Accuracy",
    "balanced": "Balanced accuracy",
    "roc": "ROC area",
    "precision": "Average precision",
    "rmse": "RMSE (ratings)",
}


@dataclass(frozen=True)
class Estimate:
    """A number with its 95% bootstrap interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Judged:
    """One score: of the model, by chance, and of size, brightness and colour alone.

    ``more`` is the model minus ``plain``, of the same draws; ``at_random`` is the score
    of the model on galaxies that no model chose.
    """

    score: str
    model: Estimate
    chance: float
    plain: Estimate | None = None
    more: Estimate | None = None
    at_random: Estimate | None = None


@dataclass(frozen=True)
class Evaluation:
    """All scores of a problem.

    ``of_answer`` counts the galaxies with each answer; ``by_answer`` is the average
    precision of each; ``at_random`` the number of galaxies that no model chose, 0 if
    they were not judged apart.
    """

    judged: tuple[Judged, ...]
    galaxies: int
    of_answer: Mapping[str, int]
    by_answer: Mapping[str, Estimate] = field(default_factory=dict)
    at_random: int = 0

    @property
    def learnt(self) -> bool:
        """Whether the model is better than chance by its interval."""
        names = [one.score for one in self.judged]
        if "rmse" in names:
            one = self.judged[names.index("rmse")]
            return one.model.high < one.chance
        one = self.judged[names.index("roc")]
        return one.model.low > one.chance


@dataclass(frozen=True)
class Curve:
    """Scores at numbers of labels; ``gain`` is what ``more`` labels would bring.

    ``score`` is "roc" or "rmse". ``gain`` is None where fewer than three parts could be
    measured.
    """

    score: str
    labels: tuple[int, ...]
    measured: tuple[Estimate, ...]
    more: int
    gain: Estimate | None
