"""Cases of exported files that other programs could not open."""

import tempfile
from pathlib import Path

import pandas as pd
import polars
from astropy.io.votable import parse
from astropy.table import Table

from data.synthetic.release import synthetic_release
from morph.catalogue import connection
from morph.catalogue.loading import load_release
from morph.export.export import Export, export
from morph.selection.selection import Selection
from morph.subsets import saved


def _export(folder: Path, format: str) -> tuple[Export, pd.Series]:
    """A release of 40 galaxies with a subset as a column, and who is in the subset."""
    synthetic_release(folder / "few", galaxies=40, release_id="few")
    path, beside = folder / "c.duckdb", folder / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        release = load_release(con, folder / "few")
        smooth = Selection(limits={"smooth-or-featured_smooth": (0.4, 1)}, rule="off")
        one = saved.save_selection(con, release, smooth, name="One")
        ids = [one.subset_id]
        made = export(con, release, Selection(), format=format, subset_columns=ids)
        return made, pd.Series(list(saved.members(con, one.subset_id)))


def csv_readers(_: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        made, members = _export(Path(name), "csv")
        path = Path(name) / made.name
        path.write_bytes(made.data)
        rows = pd.read_csv(path)
        assert rows["iauname"][rows.iloc[:, -1]].sort_values().tolist() == list(members)
        assert len(polars.read_csv(path)) == made.rows == 40
        assert len(Table.read(path, format="ascii.csv")) == 40


def votable_boolean(_: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        made, members = _export(Path(name), "votable")
        path = Path(name) / made.name
        path.write_bytes(made.data)
        table = parse(path).get_first_table()
        assert table.fields[-1].datatype == "boolean"
        assert table.array[table.fields[-1].ID].sum() == len(members)


CASES = {"csv-zip-readers": csv_readers, "votable-bool-topcat": votable_boolean}
