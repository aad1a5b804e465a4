"""The count of a download through a bad service, with few galaxies."""

import pytest

from tests.faults_download import cutouts


@pytest.mark.faults
def test_nothing_is_lost_or_comes_twice():
    result = cutouts.tried(targets=150, kills=2, seed=3)
    assert result.losses == []
    counts = result.counts
    assert (counts["asked"], counts["fetched"]) == (150, 150)
    assert (counts["lost"], counts["doubled"], counts["wrong pixels"]) == (0, 0, 0)
    assert set(counts["answers"]) > {"good", "429", "500", "html", "reset"}
