"""What tests of the command line type, and what then lies in the home."""

from pathlib import Path

import pandas as pd

from morph.catalogue.connection import connect
from morph.catalogue.release_table import releases
from morph.home import catalogue_path

ROOT = Path(__file__).parents[3]


def load(table, name="mine", *more):
    return ("load", table, "--release", name, "--survey", "decals", *more)


def in_catalogue(root) -> dict[str, pd.DataFrame]:
    with connect(catalogue_path(root)) as con:
        return {
            found.release_id: con.table(found.table).df() for found in releases(con)
        }


def release_names(root) -> list[str]:
    return sorted(path.name for path in (root / "releases").glob("*"))
