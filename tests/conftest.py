"""Shared by all tests: a temporary home, and no more threads than cores."""

import os

# Before torch is loaded: threads that spin while waiting starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# A test machine may be slow: properties have no deadline.
settings.register_profile("morph", deadline=None)
settings.load_profile("morph")


@pytest.fixture(autouse=True, scope="session")
def home_of_the_tests(tmp_path_factory: pytest.TempPathFactory):
    """No test uses the user's home, or asks for pictures unless it says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MORPH_PICTURES", "off")
        patch.setenv("MORPH_HOME", str(tmp_path_factory.mktemp("home")))
        yield
