"""Between which values a release's expected probabilities can lie.

A model's concentrations do, before they are calibrated; a calibration (in the details
of its manifest: for each question the scale and the temperature of every model that
took part) draws the fractions together or apart.
"""

import math
from typing import Any

from morph.posterior.dirichlet import reachable_probability
from morph.posterior.tree import Question
from morph.release.folder import Manifest

_AS_IT_IS = [1.0, 1.0]  # scale and temperature of a question that is not changed
_COLDEST = 0.01  # below it the ends are 0 and 1 to any number of digits


def is_calibrated(manifest: Manifest) -> bool:
    """Whether concentrations may lie outside the range of a model's head."""
    given = manifest.details.calibration or {}
    lists = [pairs for pairs in given.values() if isinstance(pairs, list)]
    return any(pair != _AS_IT_IS for pairs in lists for pair in pairs)


def reach(manifest: Manifest, question: Question) -> tuple[float, float]:
    """Smallest and largest expected probability of a question's answers."""
    coldest = min(_temperatures(manifest, question), default=1.0)
    return reachable_probability(len(question.answers), temperature=coldest)


def _temperatures(manifest: Manifest, question: Question) -> list[float]:
    """Of the question, one for each model; what is no temperature is left out."""
    pairs = (manifest.details.calibration or {}).get(question.name)
    found = [_second(pair) for pair in pairs] if isinstance(pairs, list) else []
    return [one for one in found if one is not None]


def _second(pair: Any) -> float | None:
    value = pair[1] if isinstance(pair, list) and len(pair) == 2 else None
    known = isinstance(value, int | float) and math.isfinite(value) and value > 0
    return max(float(value), _COLDEST) if known else None
