"""Fields of a run's configuration that say what their values may be."""

from dataclasses import MISSING, field
from typing import Any


def within(default: Any, low: float, high: float) -> Any:
    """A field whose value must lie in [low, high]."""
    return field(default=default, metadata={"range": (low, high)})


def name_of(what: str, default: Any = MISSING) -> Any:
    """A field that names one folder (or several) under MORPH_HOME."""
    return field(default=default, metadata={"names": what})
