"""Downloads are made two at a time, and not for clients that have gone."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from types import SimpleNamespace

import duckdb
import pytest

from pages.common.server import download_queue
from pages.common.server.download_queue import AT_ONCE, ClientGone, queued, queued_for


def client(*, gone: bool) -> SimpleNamespace:
    async def is_disconnected() -> bool:
        return gone

    return SimpleNamespace(is_disconnected=is_disconnected)


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(download_queue, "_LOOK_EVERY_S", 0.01)


@pytest.fixture
def busy():
    """A queue whose places are all taken, until told."""
    end, begun = threading.Event(), threading.Barrier(AT_ONCE + 1)

    def make() -> bytes:
        begun.wait(60)
        end.wait()
        return b"early"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(queued, make) for _ in range(AT_ONCE)]
        begun.wait(60)
        yield end
        end.set()
        assert {job.result() for job in jobs} == {b"early"}


def test_later_files_wait_for_earlier_ones(busy):
    made = []
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(queued, lambda: made.append(1) or b"x") for _ in range(3)]
        assert wait(jobs, timeout=0.3).done == set()
        busy.set()
        assert [job.result() for job in jobs] == [b"x"] * 3
    assert len(made) == 3


def test_a_client_that_left_the_queue_gets_no_file_made(morph_home, busy):
    made = []
    with pytest.raises(ClientGone):
        asyncio.run(queued_for(client(gone=True), made.append))
    busy.set()
    assert queued(lambda: b"next") == b"next"
    assert made == []


def test_a_query_of_a_client_that_left_is_interrupted(morph_home):
    ended = threading.Event()

    def make(con) -> bytes:
        try:
            con.execute("SELECT count(*) FROM range(100_000_000_000_000)").fetchall()
        except duckdb.InterruptException:
            ended.set()
            raise
        return b"never"

    with pytest.raises(ClientGone):
        asyncio.run(queued_for(client(gone=True), make))
    assert ended.wait(60)


def test_a_client_that_waits_gets_the_file_or_the_error(morph_home):
    rows = asyncio.run(
        queued_for(client(gone=False), lambda con: con.sql("SELECT 42").fetchall())
    )
    assert rows == [(42,)]
    with pytest.raises(ZeroDivisionError):
        asyncio.run(queued_for(client(gone=False), lambda con: 1 / 0))
