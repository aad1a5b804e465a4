"""Shared by all tests: a temporary home, and no more threads than cores."""

import os
from functools import cache
from pathlib import Path

# Before torch is loaded: threads that spin while waiting starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

# A test machine may be slow: properties have no deadline.
settings.register_profile("morph", deadline=None)
settings.load_profile("morph")

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """An error for a test that `make test` would leave out."""
    for item in items:
        if item.get_closest_marker("browser") and BROWSER not in item.path.parents:
            raise pytest.UsageError(
                f"{item.nodeid} is marked browser, but `make test` looks for such "
                f"tests in {BROWSER} alone; move it there"
            )


@pytest.fixture(autouse=True, scope="session")
def home_of_the_tests(tmp_path_factory: pytest.TempPathFactory):
    """No test uses the user's home, or asks for pictures unless it says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MORPH_PICTURES", "off")
        patch.setenv("MORPH_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True, scope="session")
def installed_components_are_looked_up_once():
    """`AppTest` would read the metadata of every installed package at each start."""
    once = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield
