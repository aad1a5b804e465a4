"""A home with one small release, and its catalogue."""

import pytest

from data.synthetic.release import synthetic_release
from morph.catalogue.connection import connect


@pytest.fixture
def home(tmp_path):
    synthetic_release(tmp_path / "releases" / "one", galaxies=60, release_id="one")
    return tmp_path


@pytest.fixture
def con(home):
    with connect(home / "catalogue.duckdb") as con:
        yield con
