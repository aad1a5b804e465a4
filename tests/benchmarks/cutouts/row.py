"""A line of the table: a measurement, and what was measured beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """A measurement of morph beside that of a named alternative, in the same unit."""

    what: str
    ours: float
    unit: str
    beside: str = "-"  # the alternative, measured in the same call
    theirs: float | None = None
    goal: str = "-"  # in words
    met: bool | None = None  # None: there is no goal

    def as_dict(self) -> dict[str, object]:
        """The cells of the table, with the ratio of both measurements."""
        ratio = self.ours / self.theirs if self.theirs else None
        return {
            "what": self.what,
            "morph": float(self.ours),
            "unit": self.unit,
            "beside": self.beside,
            "theirs": "-" if self.theirs is None else float(self.theirs),
            "ratio": "-" if ratio is None else float(ratio),
            "goal": self.goal,
            "met": "-" if self.met is None else "yes" if self.met else "no",
        }


# Measures with so many galaxies (None: the default of the part) in an empty folder.
Part = Callable[[Path, int | None], list[Row]]
