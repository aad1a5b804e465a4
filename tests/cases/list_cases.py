"""Uploaded lists as people save them: a row finds its galaxy, or the reason is told."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.release.folder import Manifest, write_release
from morph.subsets.match_list import MatchedList, match
from morph.subsets.uploaded_list import read_upload
from morph.trees.decision_tree import GZD5

GALAXIES = pd.DataFrame(
    [
        ("J083448.64+344924.9", 128.7026718965933, 34.82360628312841),
        ("J111728.44+440033.5", 169.3685155208437, 44.00933284524187),
        ("J103359.17+600755.9", 158.4965627226655, 60.13221183607399),
        ("J142344.42+540623.0", 215.93512286358015, 54.10639002497448),
        ("J004200.00-003000.0", 10.5, -0.5),
    ],
    columns=["iauname", "ra", "dec"],
)
NUMBERED = pd.DataFrame(  # as fits_uint_tnull.fits has them
    {
        "iauname": [
            "J121842.00+114354.4",
            "J004200.00-003000.0",
            "J235957.60+021500.0",
            "J132100.00-300730.0",
        ],
        "source_id": ["1", "2", "3", "4"],
        "ra": [184.675, 10.5, 359.99, 200.25],
        "dec": [11.7318, -0.5, 2.25, -30.125],
    }
)


@contextmanager
def release_of(galaxies: pd.DataFrame) -> Iterator[tuple]:
    """A connection, and a release of these galaxies with some posteriors."""
    alpha = pd.DataFrame(
        np.random.default_rng(0).uniform(1, 101, (len(galaxies), 34)),
        columns=[f"{label}_concentration" for label in GZD5.labels],
    )
    alpha.insert(0, "iauname", galaxies["iauname"])
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        manifest = Manifest("some", "simulated", "synthetic", "Some", "", "")
        write_release(home / "some", manifest, galaxies, alpha)
        with connection.connect(home / "c.duckdb", workspace=home / "w.duckdb") as con:
            load_release(con, home / "some")
            yield con, release_table.release(con, "some")


def matched(path: Path, galaxies: pd.DataFrame, **given) -> MatchedList:
    with release_of(galaxies) as (con, release):
        upload = read_upload(path.read_bytes(), path.name)
        return match(con, release, upload, **given)


def every_list_finds_its_galaxies(folder: Path) -> None:
    four = GALAXIES["iauname"].tolist()[:4]
    with release_of(GALAXIES) as (con, release):
        for path in sorted(folder.iterdir()):
            found = match(con, release, read_upload(path.read_bytes(), path.name))
            wanted = ["J004200.00-003000.0"] if path.stem == "uminus" else four
            assert found.report["iauname"].tolist() == wanted, (path.name, found.report)
            assert found.count("matched") == len(wanted), (path.name, found.sentence)


def row_numbers_are_no_identifiers(folder: Path) -> None:
    wanted = ["J132100.00-300730.0", "J235957.60+021500.0", "J004200.00-003000.0"]
    found = matched(folder / "idcol.csv", NUMBERED)
    assert found.report["iauname"].tolist() == wanted
    assert found.count("matched") == 3


def names_and_positions_in_conflict_are_told(folder: Path) -> None:
    found = matched(folder / "namepos.csv", GALAXIES)
    assert found.count("conflict") == 4
    assert "° from the position, which is that of J" in found.report["reason"][0]
    settled = matched(folder / "namepos.csv", GALAXIES, prefer_position=True)
    assert settled.count("matched") == 4
    names = GALAXIES["iauname"].tolist()
    assert settled.report["iauname"].tolist() == [names[i] for i in (3, 2, 1, 0)]


CASES = {
    "lists": every_list_finds_its_galaxies,
    "list-id-beats-position": row_numbers_are_no_identifiers,
    "name-against-position": names_and_positions_in_conflict_are_told,
}
