"""The galaxies of a table whose cutouts are wanted, and their votes."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.tables.galaxies import NO_CHOICES, galaxies_of, read_who
from data.tables.vote_tables import holds_votes, read_vote_table
from data.tables.who_columns import WhoColumns, find_who
from morph.errors import UnreadableTable
from morph.tables import Table, open_table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import GZD5


@dataclass(frozen=True)
class Targets:
    """Galaxies in the order of a table; NaN where a position is unknown."""

    places: pd.DataFrame  # iauname, ra and dec in degrees
    votes: pd.DataFrame | None = None  # iauname and a count per label, if it has them


def read_targets(path: Path) -> Targets:
    """The galaxies of a table of any format, with the votes of GZ DECaLS.

    UnreadableTable if none has a position, or the table cannot be read.
    """
    with open_table(path) as table:
        columns = ColumnNames(table.name, table.columns)
        who = find_who(columns, table)
        found = _read(table, columns, who)
    if found.places["ra"].isna().all():
        raise UnreadableTable(
            f"{path.name} has no positions; cutouts need right ascensions and "
            "declinations, in the columns ra and dec"
        )
    return found


def _read(table: Table, columns: ColumnNames, who: WhoColumns) -> Targets:
    wanted = ["iauname", "ra", "dec"]
    if holds_votes(columns, GZD5):
        galaxies, votes, _ = read_vote_table(table, columns, who, GZD5, NO_CHOICES)
        counts = votes.fillna(dict.fromkeys(GZD5.labels, 0))
        return Targets(galaxies[wanted], counts)
    found, _ = galaxies_of(table, who, read_who(table, who, []), NO_CHOICES)
    return Targets(found[wanted])
