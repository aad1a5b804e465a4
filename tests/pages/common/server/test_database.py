"""The shared connection of the dashboard."""

from pathlib import Path

import pytest
from duckdb import ResourceInUseException

from pages.common.server import database


class Busy:
    """A connection that another thread uses for so many more calls of ``close``."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def close(self) -> None:
        if self.calls:
            self.calls -= 1
            raise ResourceInUseException("connection is busy with another call")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict:
    entries: dict[Path, database._Opened] = {}
    monkeypatch.setattr(database, "_open", entries)
    return entries


def test_a_connection_in_use_is_closed_when_the_call_ends(opened):
    opened[Path("home")] = database._Opened(busy := Busy(3), 1)
    database.close(Path("home"))
    assert (busy.calls, opened) == (0, {})


def test_one_that_stays_in_use_is_kept_and_reported(opened, monkeypatch):
    monkeypatch.setattr(database, "_CLOSING_S", 0.0)
    opened[Path("home")] = database._Opened(Busy(10**9), 1)
    with pytest.raises(ResourceInUseException):
        database.close(Path("home"))
    assert Path("home") in opened
