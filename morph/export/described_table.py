"""A table with the meaning of each column, as all formats of files take it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from morph.export.column_metadata import without_rows

if TYPE_CHECKING:
    from astropy.table import Table


@dataclass(frozen=True)
class DescribedTable:
    """Rows, the unit and description of each column, and metadata of the table."""

    name: str
    rows: pa.Table
    meanings: Mapping[str, tuple[str, str]]
    facts: Mapping[str, str]
    ucds: Mapping[str, str] = field(default_factory=dict)

    @property
    def without_rows(self) -> "Table":
        """Its columns and what is known of them, for astropy."""
        return without_rows(self.rows, self.meanings, self.ucds)


def each_text(
    function: Callable[[str], str], column: pa.ChunkedArray
) -> pa.ChunkedArray:
    """``function`` of every text, computed once for equal texts."""
    coded = column.combine_chunks().dictionary_encode()
    changed = [function(text) for text in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(changed, pa.string()).take(coded.indices)])


def filled(column: pa.ChunkedArray, value: int) -> pa.ChunkedArray:
    """Whole numbers or truth values with a value where they are missing."""
    return column.fill_null(pa.scalar(value).cast(column.type))
