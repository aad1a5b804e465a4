"""The galaxies of a table or release whose cutouts are wanted, and their votes."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from data.sky.region_options import GivenRegion
from data.tables.galaxies import NO_CHOICES, galaxies_of, read_who
from data.tables.vote_tables import count_columns, holds_votes, read_vote_table
from data.tables.which_tree import tree_of, trees_considered
from data.tables.who_columns import WhoColumns, find_who
from morph.errors import MorphError, UnreadableTable
from morph.home import release_folder
from morph.images.new_stores.made_for import refuse_simulated
from morph.published.catalogue_file import read_catalogues
from morph.release.folder import verify_release
from morph.release.manifest import MANIFEST
from morph.tables import Table, open_table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DecisionTree
from morph.wording import command

_WANTED = ("iauname", "ra", "dec", "radius_arcsec")


@dataclass(frozen=True)
class Targets:
    """Galaxies in the order of a table; NaN where a position is unknown."""

    places: pd.DataFrame  # iauname, ra and dec in degrees, maybe radius_arcsec
    votes: pd.DataFrame | None = None  # iauname and a count per label, if it has them
    tree: str = ""  # decision tree of the votes
    release: str = ""  # name of the release that they are the galaxies of

    def between(self, lowest: float, highest: float) -> "Targets":
        """Those with declinations from ``lowest`` up to, not at, ``highest``, degrees.

        Those without a position stay. MorphError if no position is left.
        """
        dec = self.places["dec"]
        inside = (dec >= lowest) & (dec < highest)
        if not inside.any():
            raise MorphError(
                f"no galaxy has a declination from {lowest:g} to {highest:g}; they are "
                f"from {dec.min():g} to {dec.max():g} degrees"
            )
        return replace(self, places=self.places[inside | dec.isna()])

    def within(self, region: GivenRegion) -> "Targets":
        """Those that a region selects. MorphError if it selects none."""
        ra, dec = (self.places[name].to_numpy(float) for name in ("ra", "dec"))
        inside = region.selects(ra, dec)
        if not inside.any():
            raise MorphError(
                f"none of the {len(inside):,} galaxies is {region.words}; choose "
                "another region"
            )
        return replace(self, places=self.places[inside])


def targets_called(root: Path, named: str, tree: str = "") -> Targets:
    """The galaxies of a table or, if there is no such file, of a release.

    MorphError if it is neither, or a release of simulated galaxies; else as
    `read_targets`, and DamagedRelease.
    """
    if Path(named).exists():
        return read_targets(Path(named), tree)
    releases = sorted(
        one.parent.name for one in root.glob(f"releases/[!.]*/{MANIFEST}")
    )
    if named not in releases:
        raise MorphError(
            f"there is neither a file nor a release {named!r}; expected a table, or "
            f"one of the releases: {', '.join(releases) or 'there is none yet'}"
            + _published(root, named)
        )
    return _of_release(release_folder(root, named), tree)


def _published(root: Path, named: str) -> str:
    """How to get a published catalogue of this name, in words; "" if there is none."""
    if named not in read_catalogues(root).by_name:
        return ""
    return f". {named} is a published catalogue: {command('download', named)}"


def _of_release(folder: Path, tree: str) -> Targets:
    """Names, positions, radii and votes of a release."""
    manifest = verify_release(folder)
    refuse_simulated(manifest)
    if tree not in ("", manifest.tree):
        raise MorphError(
            f"the release {manifest.release_id} is of the decision tree "
            f"{manifest.tree}, not {tree}; leave out --tree"
        )
    places = _placed(pd.read_parquet(folder / "galaxies.parquet"))
    votes = None
    if "votes.parquet" in manifest.files:
        votes = pd.read_parquet(folder / "votes.parquet")
    return Targets(places, votes, manifest.tree, manifest.release_id)


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
