"""The galaxies of a table whose cutouts are wanted."""

from pathlib import Path

import pandas as pd

from data.tables.galaxies import NO_CHOICES, galaxies_of, read_who
from data.tables.who_columns import find_who
from morph.errors import UnreadableTable
from morph.tables import open_table
from morph.tables.column_names import ColumnNames


def read_targets(path: Path) -> pd.DataFrame:
    """iauname, ra and dec (degrees) of the galaxies of a table of any format.

    A galaxy without a position has NaN. UnreadableTable if none has one, or the table
    cannot be read.
    """
    with open_table(path) as table:
        who = find_who(ColumnNames(table.name, table.columns), table)
        found, _ = galaxies_of(table, who, read_who(table, who, []), NO_CHOICES)
    if found["ra"].isna().all():
        raise UnreadableTable(
            f"{path.name} has no positions; cutouts need right ascensions and "
            "declinations, in the columns ra and dec"
        )
    return found[["iauname", "ra", "dec"]]
