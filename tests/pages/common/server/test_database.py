"""The shared connection of the dashboard."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from duckdb import ResourceInUseException

from morph.catalogue import connection
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


class Usable:
    """A connection that answers, until it is broken."""

    def __init__(self) -> None:
        self.asked, self.broken = 0, False

    def cursor(self) -> "Usable":
        return self

    def close(self) -> None:
        pass


def test_a_thread_asks_a_connection_once_in_a_while(opened, monkeypatch, tmp_path):
    """And then opens another one, if it no longer answers; that one is asked too."""

    def is_usable(con: Usable) -> bool:
        con.asked += 1
        return not con.broken

    (tmp_path / "catalogue.duckdb").touch()
    made: list[Usable] = []
    monkeypatch.setattr(connection, "is_usable", is_usable)
    monkeypatch.setattr(
        connection, "connect", lambda path, **_: made.append(Usable()) or made[-1]
    )
    monkeypatch.setattr(database, "_CHECKED_S", 1e9)
    for _ in range(3):
        assert database.cursor(tmp_path) is made[0]
    assert made[0].asked == 1  # not when it was made
    made[0].broken = True
    with ThreadPoolExecutor(1) as other:
        assert other.submit(database.cursor, tmp_path).result() is made[1]
    assert database.cursor(tmp_path) is made[1] and made[1].asked == 1
    monkeypatch.setattr(database, "_CHECKED_S", 0.0)
    made[1].broken = True
    assert database.cursor(tmp_path) is made[2]
