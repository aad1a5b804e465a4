"""Range of the expected probabilities of a release.

The concentrations of a model have a fixed range. A calibration (in the details of the
manifest, for each question the scale, temperature and exponent of every model) narrows
or widens that of the probabilities.
"""

import math
from typing import Any

from morph.posterior.dirichlet import reachable_probability
from morph.release.folder import Manifest
from morph.trees.decision_tree import Question

_FACTORS = (2, 3)  # scale, temperature and, in later releases, exponent
_COLDEST = 0.01  # at lower temperatures the range is 0 to 1 in any precision


def is_calibrated(manifest: Manifest) -> bool:
    """Whether concentrations may be outside the range of a model's head."""
    calibration = manifest.details.calibration or {}
    lists = [each for each in calibration.values() if isinstance(each, list)]
    unchanged = [[1.0] * number for number in _FACTORS]
    return any(factors not in unchanged for of_models in lists for factors in of_models)


def reach(manifest: Manifest, question: Question) -> tuple[float, float] | None:
    """Smallest and largest expected probability of a question's answers.

    None for fractions, and for posteriors of votes: no head of a model limits them.
    """
    if manifest.posterior == "fraction" or manifest.details.prior is not None:
        return None
    coldest = min(_temperatures(manifest, question), default=1.0)
    return reachable_probability(len(question.answers), temperature=coldest)


def _temperatures(manifest: Manifest, question: Question) -> list[float]:
    """Valid temperatures of a question, one for each model."""
    each = (manifest.details.calibration or {}).get(question.name)
    values = [_temperature(one) for one in each] if isinstance(each, list) else []
    return [value for value in values if value is not None]


def _temperature(factors: Any) -> float | None:
    known = isinstance(factors, list) and len(factors) in _FACTORS
    value = factors[1] if known else None
    known = isinstance(value, int | float) and math.isfinite(value) and value > 0
    return max(float(value), _COLDEST) if known else None
