"""The names and positions of a release, or of a table of any format."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.tables.galaxies import NO_CHOICES, placed, read_who
from data.tables.who_columns import find_who
from morph.errors import MorphError
from morph.home import release_folder
from morph.release.manifest import MANIFEST
from morph.sky.matched_table import SkyList
from morph.tables import open_table
from morph.tables.column_names import ColumnNames
from morph.wording import command


def sky_list(root: Path, what: str) -> SkyList:
    """The galaxies of the release called ``what``, or of the table at that path.

    Rows are in the order of the release's files or of the table. MorphError if there is
    neither; UnreadableTable if the table cannot be read or has no names or positions.
    """
    path = Path(what)
    if path.is_file():
        return _of_table(path)
    folder = path if (path / MANIFEST).is_file() else None
    if folder is None and "/" not in what:
        folder = release_folder(root, what)
    if folder is None or not (folder / MANIFEST).is_file():
        raise MorphError(
            f"{what} is neither a release in {root / 'releases'} nor a file; "
            f"{command('status')} lists the releases"
        )
    return release_list(folder)


def release_list(folder: Path) -> SkyList:
    """The galaxies of a release's folder; MorphError if it has no positions."""
    path = folder / "galaxies.parquet"
    if not {"ra", "dec"} <= {*pq.read_schema(path).names}:
        raise MorphError(f"release {folder.name} has no positions")
    table = pq.read_table(path, columns=["iauname", "ra", "dec"])
    names = table["iauname"].cast(pa.string()).combine_chunks()
    ra, dec = (table[name].to_numpy().astype(float) for name in ("ra", "dec"))
    return SkyList(folder.name, names, ra, dec)


def _of_table(path: Path) -> SkyList:
    with open_table(path) as table:
        who = find_who(ColumnNames(table.name, table.columns), table)
        found, report = placed(table, who, read_who(table, who, []), NO_CHOICES)
    ids = np.where(found["iauname"] == "", found["source_id"], found["iauname"])
    names = pa.array(ids, pa.string())
    positions = (found[n].to_numpy(float) for n in ("ra", "dec"))
    notes = tuple(f"{path.name}: {what}: {told}" for what, told in report.items())
    return SkyList(path.name, names, *positions, notes)
