"""Three releases, and the same read from their files."""

import pytest

from tests.morph.selection.by_hand import ByHand


@pytest.fixture(scope="session")
def con(shared_con):
    return shared_con


@pytest.fixture(scope="session")
def by_hand(releases_folder) -> dict[str, ByHand]:
    return {path.name: ByHand(path) for path in releases_folder.iterdir()}
