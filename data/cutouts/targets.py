"""The galaxies of a table whose cutouts are wanted, and their votes."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.tables.galaxies import NO_CHOICES, galaxies_of, read_who
from data.tables.vote_tables import count_columns, holds_votes, read_vote_table
from data.tables.which_tree import tree_of, trees_considered
from data.tables.who_columns import WhoColumns, find_who
from morph.errors import UnreadableTable
from morph.tables import Table, open_table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DecisionTree

_WANTED = ("iauname", "ra", "dec", "radius_arcsec")


@dataclass(frozen=True)
class Targets:
    """Galaxies in the order of a table; NaN where a position is unknown."""

    places: pd.DataFrame  # iauname, ra and dec in degrees, maybe radius_arcsec
    votes: pd.DataFrame | None = None  # iauname and a count per label, if it has them
    tree: str = ""  # decision tree of the votes


def read_targets(path: Path, tree: str = "") -> Targets:
    """The galaxies of a table of any format, with their votes in a known tree.

    UnreadableTable if none has a position, the table cannot be read, or it has the
    votes of several trees and ``tree`` names none; or none of that tree.
    """
    with open_table(path) as table:
        columns = ColumnNames(table.name, table.columns)
        who = find_who(columns, table)
        found = _read(table, columns, who, _tree_of_votes(columns, tree))
    if found.places["ra"].isna().all():
        raise UnreadableTable(
            f"{path.name} has no positions; cutouts need right ascensions and "
            "declinations, in the columns ra and dec"
        )
    return found


def _tree_of_votes(columns: ColumnNames, name: str) -> DecisionTree | None:
    """The tree whose votes a table has; None without votes."""
    fitting = [one for one in trees_considered(name) if holds_votes(columns, one)]
    if name and not fitting:
        raise UnreadableTable(
            f"{columns.table} has no votes of the decision tree {name}; leave out "
            "--tree to download the cutouts without votes"
        )
    if len(fitting) > 1:
        return tree_of(columns)  # says which to choose from
    return fitting[0] if fitting else None


def _read(
    table: Table, columns: ColumnNames, who: WhoColumns, tree: DecisionTree | None
) -> Targets:
    if tree is not None:
        labels = count_columns(columns, tree) or None
        galaxies, votes, _ = read_vote_table(
            table, columns, who, tree, NO_CHOICES, labels
        )
        counts = votes.fillna(dict.fromkeys(tree.labels, 0))
        return Targets(_placed(galaxies), counts, tree.name)
    found, _ = galaxies_of(table, who, read_who(table, who, []), NO_CHOICES)
    return Targets(_placed(found))


def _placed(galaxies: pd.DataFrame) -> pd.DataFrame:
    """Names, positions, and half-light radii where the table has them."""
    return galaxies[[one for one in _WANTED if one in galaxies]]
