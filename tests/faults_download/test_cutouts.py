"""The count of a download through a bad service, with few galaxies."""

import json

import pytest

from tests.faults_download.__main__ import main

pytestmark = pytest.mark.slow


def test_nothing_is_lost_or_comes_twice(capsys):
    arguments = ["--only", "cutouts", "--targets", "150", "--kills", "2", "--seed", "3"]
    status = main([*arguments, "--json"])
    (part,) = json.loads(capsys.readouterr().out)
    assert (status, part["losses"]) == (0, [])
    assert (part["asked"], part["fetched"], part["doubled"]) == (150, 150, 0)
    assert set(part["interrupted"]) > {"429", "500", "html", "reset", "kill -9"}
    assert part["requests"] > 150
