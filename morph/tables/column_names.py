"""Find columns by name in a table, and name the missing ones."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from morph.errors import UnreadableTable

_SHOWN = 5  # columns named in a message
_SIMILAR = 0.8  # least similarity of a misspelt name
_SHORT = 3  # letters of names such as ra
_EXACT = 5  # letters up to which words must agree: meanf, meanv
_NUMBER = re.compile(r"\d+")
_NOT_WORD = re.compile(r"[^a-z]+")
_OF_ERROR = re.compile(r"err|ivar|sigma|std|var|cov|corr|pm|rank|unc")


@dataclass(frozen=True)
class ColumnNames:
    """Columns of a table, without distinction of ``-``, ``_`` and case."""

    table: str  # its name, for messages
    names: tuple[str, ...]

    @cached_property
    def _by_spelling(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for name in self.names:
            names.setdefault(_spelling(name), []).append(name)
        return names

    def __contains__(self, wanted: str) -> bool:
        return _spelling(wanted) in self._by_spelling

    def has_all(self, wanted: Iterable[str]) -> bool:
        return all(name in self for name in wanted)

    def count(self, wanted: Iterable[str]) -> int:
        return sum(name in self for name in wanted)

    def find(self, wanted: str) -> str:
        """The table's spelling of a column; UnreadableTable if two have this name."""
        same = self._by_spelling[_spelling(wanted)]
        if len(same) > 1:
            raise UnreadableTable(
                f"{self.table} has {len(same)} columns for {wanted!r}: "
                f"{', '.join(map(repr, same))}; keep one of them"
            )
        return same[0]

    def first(self, wanted: Sequence[str]) -> str | None:
        """The table's spelling of the first of ``wanted`` in the table, if any."""
        return next((self.find(name) for name in wanted if name in self), None)

    def lacking(self, wanted: Iterable[str]) -> str:
        """The missing ones of ``wanted``, each with the column that is it misspelt."""
        wanted = list(wanted)
        missing = [name for name in wanted if name not in self]
        misspelt = self._misspelt(missing, wanted)
        shown = "; ".join(
            f"{name!r} (nearest: {misspelt[name]!r})"
            if name in misspelt
            else repr(name)
            for name in missing[:_SHOWN]
        )
        more = len(missing) - _SHOWN
        return shown + (f"; and {more} more" if more > 0 else "")

    def beginning(self) -> str:
        """The first columns, for a message."""
        more = ", ..." if len(self.names) > _SHOWN else ""
        return ", ".join(self.names[:_SHOWN]) + more

    def _misspelt(self, missing: list[str], wanted: list[str]) -> dict[str, str]:
        """The column that each missing one probably is, where there is one.

        A column that is itself wanted, or is more similar to another wanted one, has
        another meaning; so has one of other numbers, or of another kind.
        """
        spelt = {_spelling(name): name for name in wanted}
        spare = [one for one in self._by_spelling if one not in spelt]
        found: dict[str, tuple[float, str]] = {}
        for one in spare:
            for name in difflib.get_close_matches(one, spelt, n=1, cutoff=_SIMILAR):
                similar = _similarity(name, one)
                best = found.get(spelt[name], (0.0, ""))
                if _same_kind(one, name) and similar > best[0]:
                    found[spelt[name]] = similar, self._by_spelling[one][0]
        for name in missing:
            if len(name) <= _SHORT:  # similar short names are of other quantities
                words = [one for one in spare if _is_with_unit(one, _spelling(name))]
                found.pop(name, None)
                if len(words) == 1:
                    found[name] = 1.0, self._by_spelling[words[0]][0]
        return {name: column for name, (_, column) in found.items() if name in missing}


def _same_kind(one: str, other: str) -> bool:
    """Whether two spellings have the same numbers, and both ends are similar."""
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return False
    if "-" not in other:
        return True
    (answer, _, kind), (wanted, _, of_kind) = one.rpartition("-"), other.rpartition("-")
    if kind != of_kind and len(of_kind) <= _EXACT:
        return False
    return min(_similarity(kind, of_kind), _similarity(answer, wanted)) >= _SIMILAR


def _similarity(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _is_with_unit(one: str, wanted: str) -> bool:
    """Whether a spelling is a short name and a unit, a frame or an epoch."""
    return _NOT_WORD.split(one)[0] == wanted and not _OF_ERROR.search(one)


def _spelling(name: str) -> str:
    return name.strip().lower().replace("_", "-")
