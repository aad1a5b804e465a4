"""Generated selections: the catalogue's SQL keeps the galaxies that numpy keeps."""

from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from data.synthetic.release import synthetic_release
from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.home import catalogue_path, workspace_path
from morph.selection.funnel import count
from morph.selection.selection import Selection
from tests.morph.selection.any_selection import VOTED
from tests.morph.selection.by_hand import ByHand
from tests.security.attempts import Row

MANY = 10_000


def row(home: Path, number: int, *, galaxies: int = 500) -> Row:
    """Selections whose number of galaxies differs from the one by hand."""
    found = Row("selections: SQL differs from numpy")
    folder = home / "releases" / "plain"
    synthetic_release(
        folder, galaxies=galaxies, release_id="plain", votes=True, projection=True
    )
    by_hand = ByHand(folder)
    with connection.connect(
        catalogue_path(home), workspace=workspace_path(home)
    ) as con:
        load_release(con, folder)
        release = release_table.release(con, "plain")

        @settings(
            max_examples=number,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(VOTED)
        def compare(selection: Selection) -> None:
            kept = int(by_hand.mask(selection).sum())
            found.add(repr(selection), count(con, release, selection) != kept)

        compare()
    return found
