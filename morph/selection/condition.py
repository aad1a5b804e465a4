"""One condition of a selection: its SQL, its bound values, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["gate", "limit", "sureness", "physical", "region", "subset"]


@dataclass(frozen=True)
class Bounds:
    """The number that a step is about, as SQL, and the range it allows."""

    value: str
    low: float
    high: float


@dataclass(frozen=True)
class Step:
    """One condition; ``parameter`` names the filter that `Selection.without` drops."""

    kind: Kind
    words: str  # "Strong bar between 0.60 and 1.00"
    short: str  # "Strong bar"
    parameter: str
    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    bounds: Bounds | None = None
