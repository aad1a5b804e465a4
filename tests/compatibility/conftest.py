"""The home made before the reorganisation, unpacked where a test may change it."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from morph.catalogue import sync
from pages.common.server import database

HERE = Path(__file__).parent


def unpack(root: Path) -> Path:
    """The whole old home in ``root``, times of its files included."""
    with tarfile.open(HERE / "home.tar.xz") as archive:
        archive.extractall(root, filter="data")
    return root.resolve()


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One copy, for tests that only look; its catalogue is the old one, synced."""
    root = unpack(tmp_path_factory.mktemp("old-home"))
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
    yield root
    database.close(root)


@pytest.fixture
def old_home(shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MORPH_HOME", str(shared_home))
    return shared_home


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of a test's own, to change, and not yet open."""
    root = unpack(tmp_path)
    monkeypatch.setenv("MORPH_HOME", str(root))
    yield root
    database.close(root)
