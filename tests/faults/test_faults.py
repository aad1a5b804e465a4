"""Each fault once: nothing is lost."""

import random

import pytest

from tests.faults.table import ROWS
from tests.faults.trials import Fault, Skipped, Trial, empty_folder, pairs

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def shared():
    with empty_folder() as folder:
        yield folder


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=f"{row.kind}-{fault.name}") for row, fault in pairs(ROWS)],
)
def test_nothing_is_lost(fault: Fault, shared, tmp_path):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown where a test fails
    try:
        fault.do(Trial(tmp_path, shared, random.Random(seed), print))
    except Skipped as reason:
        pytest.skip(str(reason))
