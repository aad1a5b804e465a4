"""Downloads from a server that misbehaves: nothing is lost, little is sent twice."""

import hashlib

import pytest

from morph.errors import MorphError
from morph.published.fetch import ChangedOnServer
from morph.published.partial_file import PartialFile
from tests.browser.serving import free_port
from tests.morph.published.conftest import BYTES, Stopped
from tests.zenodo_server import Fault

HALF = BYTES // 2
CHANGED = "table.parquet has changed on the server; started again"


def complete(download, path) -> bool:
    left = sorted(one.name for one in download.folder.iterdir())
    return path.read_bytes() == download.source.read_bytes() and left == [path.name]


def begins(download) -> list[int]:
    return [one.begin for one in download.server.files_sent()]


def test_a_file_is_downloaded_once(download):
    path = download()
    assert complete(download, path)
    assert download.sent == BYTES
    assert download() == path
    assert len(download.server.log) == 1


def test_a_stopped_download_continues_where_it_was(download):
    with pytest.raises(Stopped):
        download(stop_at=HALF)
    part = PartialFile(download.folder, download.wanted())
    here = part.bytes
    assert here >= HALF and not part.target.exists()
    assert complete(download, download())
    assert begins(download) == [0, here]
    assert download.server.log[1].headers["If-Range"] == part_tag(download)
    assert download.events == []


def part_tag(download) -> str:
    return f'"md5:{download.server.md5(download.source)}"'


@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_a_connection_that_breaks_is_taken_up(download, kind):
    download.server.faults = [Fault(kind, HALF), Fault(kind, HALF + 200_000)]
    assert complete(download, download())
    assert begins(download)[0] == 0 and min(begins(download)[1:]) > 0
    assert any(words.endswith("trying again in 1 s") for words in download.words)


def test_every_interruption_that_progresses_is_a_first_one(download):
    """More interruptions than attempts, each after some bytes."""
    download.server.faults = [Fault("cut", at) for at in range(100_000, BYTES, 100_000)]
    assert complete(download, download())
    assert len(begins(download)) == 10


@pytest.mark.parametrize("kind", ["429", "503", "page", "cut", "reset"])
def test_faults_at_the_beginning_are_waited_for(download, kind):
    download.server.faults = [Fault(kind), Fault(kind)]
    assert complete(download, download())
    assert download.sent == BYTES


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            "429",
            r"127.0.0.1 asks morph to wait \(status 429\)\. 4 attempts in a row "
            "failed; start again later",
        ),
        ("503", r"127.0.0.1 is busy \(status 503\)\. 4 attempts in a row"),
        ("page", "127.0.0.1 sent a web page in place of table.parquet. 4 attempts"),
        ("reset", "the connection broke. 4 attempts in a row failed"),
        ("cut", "the connection broke. 4 attempts in a row failed"),
    ],
)
def test_a_server_that_keeps_failing_is_given_up_in_a_sentence(download, kind, says):
    with pytest.raises(Stopped):
        download(stop_at=HALF)
    part = PartialFile(download.folder, download.wanted())
    here = part.bytes
    download.server.faults = [Fault(kind) for _ in range(4)]
    with pytest.raises(MorphError, match=says):
        download()
    assert part.bytes == here
    assert complete(download, download())
    assert begins(download)[-1] == here


def test_a_file_that_is_not_there_is_not_tried_again(download):
    download.server.faults = [Fault("404")]
    with pytest.raises(MorphError, match="is not found \\(status 404\\)"):
        download()
    assert len(download.server.log) == 1


def test_the_server_says_how_long_to_wait(download):
    download.server.faults = [Fault("429", retry_after="1")]
    assert complete(download, download())
    waits = "127.0.0.1 asks morph to wait (status 429); trying again in 1 s"
    assert waits in download.words


def test_a_connection_that_drips_is_given_up_and_taken_up(download):
    download.server.faults = [Fault("drip")]
    assert complete(download, download())
    assert "the connection was too slow; trying again in 1 s" in download.words


def test_a_file_that_changes_on_the_server_comes_anew(download):
    with pytest.raises(Stopped):
        download(stop_at=HALF)
    old = download.wanted()
    download.source.write_bytes(download.source.read_bytes()[::-1])
    # The record was asked before the change: If-Range notices it, the checksum refuses.
    with pytest.raises(MorphError, match="does not match its checksum"):
        download(md5=old.md5)
    assert download.events[0] == CHANGED
    assert [one.status for one in download.server.files_sent()] == [200, 200, 200]
    assert complete(download, download())


def test_another_checksum_in_the_record_starts_again(download):
    with pytest.raises(Stopped):
        download(stop_at=HALF)
    download.source.write_bytes(download.source.read_bytes()[::-1])
    assert complete(download, download())
    assert download.events == [CHANGED]
    assert begins(download) == [0, 0]


def test_another_size_on_the_server_asks_for_the_record_again(download):
    with pytest.raises(ChangedOnServer, match="1,000,000 bytes on the server"):
        download(size=BYTES + 1)


def test_a_wrong_size_in_an_answer_is_refused(download):
    download.server.faults = [Fault("wrong size")]
    with pytest.raises(ChangedOnServer, match="has 1,000,007 bytes on the server"):
        download()
    assert complete(download, download())


def test_wrong_bytes_are_noticed_and_come_anew(download):
    download.server.faults = [Fault("wrong bytes")]
    assert complete(download, download())
    (event,) = download.events
    assert event == "table.parquet does not match its checksum; started again"


def test_a_file_that_stays_wrong_is_not_kept(download):
    wrong = hashlib.md5(b"another", usedforsecurity=False).hexdigest()
    with pytest.raises(MorphError, match=f"{wrong} is published"):
        download(md5=wrong)
    assert list(download.folder.iterdir()) == []


def test_a_server_without_ranges_sends_all_of_it_again(download):
    download.server.ranges = False
    with pytest.raises(Stopped):
        download(stop_at=HALF)
    assert complete(download, download())
    assert download.events == [
        "the server cannot resume the download of table.parquet; it was started again"
    ]


def test_without_an_etag_the_checksum_is_enough_to_continue(download):
    download.server.etags = False
    with pytest.raises(Stopped):
        download(stop_at=HALF)
    assert complete(download, download())
    assert "If-Range" not in download.server.log[1].headers
    assert begins(download)[1] >= HALF


def test_a_file_without_a_checksum_continues_by_its_etag(download):
    with pytest.raises(Stopped):
        download(stop_at=HALF, md5="")
    assert complete(download, download(md5=""))
    assert begins(download)[1] >= HALF


def test_a_process_killed_before_the_file_was_moved_asks_for_nothing(download):
    with pytest.raises(Stopped):
        download(stop_at=BYTES)
    assert complete(download, download())
    assert len(download.server.files_sent()) == 1


def test_more_than_was_stated_is_not_continued(download):
    part = PartialFile(download.folder, download.wanted())
    part.begin(part_tag(download))
    part.path.write_bytes(bytes(BYTES + 5))
    assert complete(download, download())


def test_nothing_is_fetched_where_nobody_listens(download):
    with pytest.raises(
        MorphError,
        match=r"could not be reached: it refused the connection\. 4 attempts",
    ):
        download(url=f"http://127.0.0.1:{free_port()}/file")


@pytest.mark.parametrize("longer", [b"", b"more"])
def test_a_whole_file_of_another_version_comes_anew(download, longer):
    """The record has a new version when a stopped run continues with its next file."""
    download()
    changed = download.source.read_bytes()[::-1] + longer
    download.source.write_bytes(changed)
    assert complete(download, download())
    assert download.events == [CHANGED]
