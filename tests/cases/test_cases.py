"""Every case whose files are here is right."""

import pytest

from tests.cases.__main__ import HERE, cases, tried

HELD = [(name, case) for name, case in cases() if (HERE / name).is_dir()]


@pytest.mark.parametrize(
    ("name", "case"), HELD, ids=[f"{name}-{case.__name__}" for name, case in HELD]
)
def test_a_case_is_right(name, case):
    assert tried(case, HERE / name) == ""
