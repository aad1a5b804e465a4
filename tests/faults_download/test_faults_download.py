"""The command on a small record, and that it notices a loss."""

import json

import pytest

from tests.faults_download.__main__ import main
from tests.faults_download.zenodo_half import _equal_bytes

pytestmark = pytest.mark.slow


def test_a_small_record_survives_its_interruptions(capsys):
    arguments = ["--only", "zenodo", "--megabytes", "3", "--interruptions", "4"]
    status = main([*arguments, "--seed", "5", "--json"])
    (part,) = json.loads(capsys.readouterr().out)
    assert (status, part["losses"]) == (0, [])
    assert part["asked"] == part["fetched"] > 2_000_000
    assert part["interrupted"]["kill -9"] == 2
    assert part["requests"] >= 5


def test_a_loss_is_counted(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"abcdef")
    assert _equal_bytes(one, other) == 0
    other.write_bytes(b"abXd")
    assert _equal_bytes(one, other) == 3
    other.write_bytes(b"abcdefg")
    assert _equal_bytes(one, other) == 0
