"""One small catalogue of three synthetic releases, shared by the tests that read it."""

# Hypothesis keeps fixtures, and with them their annotations, until Python ends; kept as
# text they hold no type of DuckDB, whose binding would report it as leaked.
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from data.synthetic.release import synthetic_release
from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import LoadedRelease
from morph.home import catalogue_path, workspace_path


@pytest.fixture(scope="session")
def releases_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of three releases: one posterior each, several passes, fractions."""
    folder = tmp_path_factory.mktemp("home") / "releases"
    synthetic_release(
        folder / "plain", galaxies=3000, release_id="plain", votes=True, projection=True
    )
    synthetic_release(
        folder / "passes", galaxies=400, seed=1, release_id="passes", passes=3
    )
    synthetic_release(
        folder / "fractions",
        galaxies=2000,
        seed=2,
        release_id="fractions",
        fractions=True,
    )
    return folder


@pytest.fixture(scope="session")
def shared_con(releases_folder: Path) -> Iterator[DuckDBPyConnection]:
    """The three releases loaded, only to be read, with a workspace beside them."""
    home = releases_folder.parent
    with connection.connect(
        catalogue_path(home), workspace=workspace_path(home)
    ) as con:
        for name in ("plain", "passes", "fractions"):
            load_release(con, releases_folder / name)
        yield con


@pytest.fixture(scope="session")
def plain(shared_con: DuckDBPyConnection) -> LoadedRelease:
    return release_table.release(shared_con, "plain")


@pytest.fixture(scope="session")
def passes(shared_con: DuckDBPyConnection) -> LoadedRelease:
    return release_table.release(shared_con, "passes")


@pytest.fixture(scope="session")
def fractions(shared_con: DuckDBPyConnection) -> LoadedRelease:
    return release_table.release(shared_con, "fractions")
