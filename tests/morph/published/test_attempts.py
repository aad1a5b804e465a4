"""Waits between attempts, and what servers say about them."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from morph.published.attempts import Patience, retry_after_s


def test_waits_double_up_to_the_longest_with_jitter():
    patience = Patience(first_s=1, longest_s=60)
    for failures, full in ((1, 1), (2, 2), (5, 16), (7, 60), (20, 60)):
        waits = [patience.wait_s(failures) for _ in range(200)]
        assert full / 2 <= min(waits) < max(waits) <= full


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("7", 7), ("0", 0), ("99999", 900), ("soon", None), ("", None), ("-3", None)],
)
def test_retry_after_in_seconds(stated, seconds):
    assert (
        retry_after_s(httpx.Response(429, headers={"Retry-After": stated})) == seconds
    )


def test_retry_after_as_a_date():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    found = retry_after_s(httpx.Response(503, headers={"Retry-After": later}))
    assert 90 < found <= 100
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert retry_after_s(httpx.Response(503, headers={"Retry-After": past})) == 0
