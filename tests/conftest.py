"""What all tests share: a home of their own, and no more threads than cores."""

import os

# Before anything loads torch: threads that spin while they wait starve one another.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# A test machine may be slow and shared: time is no part of any property.
settings.register_profile("morph", deadline=None)
settings.load_profile("morph")


@pytest.fixture(autouse=True, scope="session")
def home_of_the_tests(tmp_path_factory: pytest.TempPathFactory):
    """No test reads or writes what the user has made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MORPH_HOME", str(tmp_path_factory.mktemp("home")))
        yield
