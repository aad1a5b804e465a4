"""A server as Zenodo, a file in a record of it, and downloads that do not wait long."""

import random
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from morph.published import fetch as fetching
from morph.published.addresses import open_client
from morph.published.attempts import Patience
from morph.published.fetch import Reports, fetch
from morph.published.partial_file import Wanted
from tests.zenodo_server import ZenodoServer, serving_records

RECORD = 4573248
BYTES = 1_000_000
QUICK = Patience(attempts=4, first_s=0.01, longest_s=0.02)


class Stopped(Exception):
    """The download was told to stop."""


@dataclass
class Download:
    """Downloads of one file, and what they told."""

    server: ZenodoServer
    source: Path
    folder: Path
    client: httpx.Client
    events: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def wanted(self, **other) -> Wanted:
        path = f"/api/records/{RECORD}/files/{self.source.name}/content"
        stated = {"size": self.source.stat().st_size}
        stated["md5"] = self.server.md5(self.source)
        stated["url"] = self.server.url + path
        return Wanted(self.source.name, **(stated | other))

    def __call__(self, *, stop_at: int | None = None, **other) -> Path:
        def progress(here: int, words: str) -> None:
            self.words.append(words)
            if stop_at is not None and here >= stop_at:
                raise Stopped

        reports = Reports(progress, self.events.append)
        wanted = self.wanted(**other)
        return fetch(self.client, self.folder, wanted, reports, patience=QUICK)

    @property
    def sent(self) -> int:
        return sum(one.sent for one in self.server.files_sent())


@pytest.fixture
def server():
    with serving_records() as running:
        yield running


@pytest.fixture
def source(tmp_path, server) -> Path:
    path = tmp_path / "table.parquet"
    path.write_bytes(random.Random(1).randbytes(BYTES))
    server.add(RECORD, path)
    return path


@pytest.fixture
def download(tmp_path, server, source, monkeypatch):
    monkeypatch.setattr(fetching, "SLOW_FOR_S", 0.2)
    folder = tmp_path / "files"
    folder.mkdir()
    with open_client() as client:
        yield Download(server, source, folder, client)
