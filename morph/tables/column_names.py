"""Find columns by name in a table, and name the missing ones."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from morph.errors import UnreadableTable

_SHOWN = 5  # columns named in a message


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
        """The missing ones of ``wanted``, each with the most similar column."""
        missing = [name for name in wanted if name not in self]
        shown = "; ".join(self._with_nearest(name) for name in missing[:_SHOWN])
        more = len(missing) - _SHOWN
        return shown + (f"; and {more} more" if more > 0 else "")

    def beginning(self) -> str:
        """The first columns, for a message."""
        more = ", ..." if len(self.names) > _SHOWN else ""
        return ", ".join(self.names[:_SHOWN]) + more

    def _with_nearest(self, wanted: str) -> str:
        near = difflib.get_close_matches(_spelling(wanted), self._by_spelling, n=1)
        return (
            f"{wanted!r} (nearest: {self._by_spelling[near[0]][0]!r})"
            if near
            else repr(wanted)
        )


def _spelling(name: str) -> str:
    return name.strip().lower().replace("_", "-")
