"""One step of a selection: an SQL condition with bound values, and words for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Kind = Literal[
    "gate",
    "votes",
    "limit",
    "tail",
    "spread",
    "surest",
    "physical",
    "sky",
    "region",
    "subset",
    "own",
]
CERTAINTY = ("tail", "spread", "surest")  # the kinds that limit the certainty


@dataclass(frozen=True)
class Bounds:
    """The number that a step limits, as SQL, and the range allowed.

    ``column`` is its name where it is that of one column; galaxies without it pass only
    if ``keeps_missing``.
    """

    value: str
    low: float
    high: float
    column: str = ""
    keeps_missing: bool = False


@dataclass(frozen=True)
class Ranked:
    """The column by which a step keeps a fraction of the galaxies, and the end kept."""

    column: str
    end: Literal["lowest", "highest"]


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
    fraction: float | None = None  # that it keeps of the galaxies before it
    ranked: Ranked | None = None  # how it keeps a fraction

    @property
    def in_full(self) -> str:
        """Its words with the quantity that is limited, for texts and files."""
        if self.kind == "limit":
            return f"expected vote fraction of {self.words}"
        if self.kind == "tail":
            return f"vote fraction of {self.words}"
        return self.words

    @property
    def keeps_fraction(self) -> bool:
        """Whether it keeps a fraction of the galaxies that the steps before leave."""
        return self.fraction is not None

    @property
    def precision(self) -> type[np.floating]:
        """Type in which its number is stored, and so compared."""
        return np.float32 if self.kind in ("limit", "gate") else np.float64


def all_of(several: Iterable[Step]) -> tuple[str, dict[str, Any]]:
    """Steps as one SQL condition and its parameters."""
    conditions: list[str] = []
    parameters: dict[str, Any] = {}
    for step in several:
        conditions.append(f"({step.sql})")
        parameters |= step.parameters
    return " AND ".join(conditions) or "TRUE", parameters
