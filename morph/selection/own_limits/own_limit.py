"""A limit on a column of an uploaded list, as a value and as text of an address."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from morph.catalogue.own_columns.own_column import REF, OwnColumn
from morph.errors import MorphError

_EXPECTED = (
    "expected a column and its values, such as k7f3a.log_mass [9.5, 11] or "
    'k7f3a.class ["Sb", "Sc"]'
)


@dataclass(frozen=True)
class OwnLimit:
    """Galaxies whose value in a list's column is in a range or is one of some.

    ``ends`` are those of a range, both included; without them, ``values`` are texts or
    truth values. Galaxies without a value pass only if ``keep_missing``. The names are
    only for words.
    """

    ref: str
    ends: tuple[float, float] | None = None
    values: tuple[str | bool, ...] = ()
    keep_missing: bool = False
    name: str = field(default="", compare=False)
    list_name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not REF.fullmatch(self.ref):
            raise MorphError(
                f"{self.ref[:60]!r} is not a column of a list; {_EXPECTED}"
            )
        if self.ends is not None:
            low, high = self.ends
            if self.values or not (
                math.isfinite(low) and math.isfinite(high) and low <= high
            ):
                raise MorphError(
                    f"{self.ref} is limited to {low} ... {high}; expected two numbers, "
                    "the lower one first"
                )
            object.__setattr__(self, "ends", (float(low), float(high)))
        elif not (self.values or self.keep_missing):
            raise MorphError(f"{self.ref} has no values; {_EXPECTED}")
        one_kind = len({type(one) for one in self.values}) <= 1
        if not one_kind or any(not isinstance(v, str | bool) for v in self.values):
            raise MorphError(f"{self.ref} has values of several kinds; {_EXPECTED}")
        values = tuple(sorted(dict.fromkeys(self.values)))
        object.__setattr__(self, "values", values)

    @property
    def short(self) -> str:
        """The column in words."""
        if self.name and not self.list_name:  # it is computed
            return f"“{self.name}”"
        return f"“{self.name or self.ref}” of “{self.list_name or self.ref[:5]}”"

    @property
    def words(self) -> str:
        """The condition in words."""
        if self.ends is not None:
            limited = f"between {self.ends[0]:.10g} and {self.ends[1]:.10g}"
        elif self.values:
            limited = f"is {' or '.join(map(_in_words, self.values))}"
        else:
            return f"{self.short} unknown"
        return f"{self.short} {limited}{', or unknown' if self.keep_missing else ''}"


def to_text(limit: OwnLimit) -> str:
    """The limit as an address holds it; null stands for galaxies without a value."""
    values: list[Any] = list(limit.values)
    if limit.ends is not None:
        values = [int(end) if end == int(end) else end for end in limit.ends]
    if limit.keep_missing:
        values.append(None)
    return f"{limit.ref} {json.dumps(values, ensure_ascii=False)}"


def from_text(text: str) -> OwnLimit:
    """The limit that `to_text` wrote; MorphError for any other text."""
    ref, _, given = text.strip().partition(" ")
    try:
        values = json.loads(given, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MorphError(f"{text[:80]!r} cannot be read; {_EXPECTED}") from error
    if not isinstance(values, list):
        raise MorphError(f"{text[:80]!r} has no list of values; {_EXPECTED}")
    return of_values(ref, values)


def of_values(ref: str, values: Sequence[Any]) -> OwnLimit:
    """The limit of two numbers, of texts or of truth values; None among them keeps
    galaxies without a value.
    """
    known = [one for one in values if one is not None]
    keep = len(known) < len(values)
    if known and all(type(one) in (int, float) for one in known):
        if len(known) != 2:
            raise MorphError(f"{ref[:60]} has {len(known)} numbers; expected two")
        return OwnLimit(ref, _ends(ref, known), keep_missing=keep)
    if any(type(one) not in (str, bool) for one in known):
        raise MorphError(f"{ref[:60]} has values of several kinds; {_EXPECTED}")
    return OwnLimit(ref, values=tuple(known), keep_missing=keep)


def named(limit: OwnLimit, own: OwnColumn) -> OwnLimit:
    """The limit with the names of its column; MorphError if it is of another kind."""
    expected: Any = bool if own.kind == "truth" else str
    wrong = any(not isinstance(one, expected) for one in limit.values)
    if own.is_number and limit.values:
        raise MorphError(f"{own.name} holds numbers; expected two, the lower one first")
    if not own.is_number and (limit.ends is not None or wrong):
        kind = "true or false" if own.kind == "truth" else "texts"
        raise MorphError(f"{own.name} holds {kind}; {_EXPECTED}")
    return OwnLimit(
        limit.ref,
        limit.ends,
        limit.values,
        limit.keep_missing,
        own.name,
        own.list_name,
    )


def _ends(ref: str, numbers: Sequence[float]) -> tuple[float, float]:
    try:
        return float(numbers[0]), float(numbers[1])
    except OverflowError as error:
        raise MorphError(f"{ref[:60]} has a number that is too large") from error


def _in_words(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"“{value}”"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")
