"""The file of answers: durable, also when the server is killed within a line."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from morph.errors import CannotWrite, MorphError
from morph.labels import answers_file
from morph.labels.answers_file import AnswersFile, act_of, line_of
from tests.morph.labels.acts import act, undo


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels" / "k7f3a.jsonl"


def test_acts_come_back_as_they_were(path):
    first = act("ann", "J1", "Größe", "Bar", queue="q2aaa", number=3, blind=True)
    acts = [first, undo(first), act("bob", "J2")]
    assert AnswersFile(path).append(acts[:1]) == 1
    assert AnswersFile(path).append(acts[1:]) == 2
    again = AnswersFile(path)
    assert list(again.acts) == acts
    assert (again.known(first.act_id), again.known("other")) == (first, None)
    assert list(again.acts_of("ann", "q2aaa")) == acts[:2]
    assert list(again.damaged) == []


def test_what_is_sent_twice_counts_once(path):
    one, file = act(), AnswersFile(path)
    assert [file.append([one]), file.append([one]), file.append([one, one])] == [
        1,
        0,
        0,
    ]
    assert list(AnswersFile(path).acts) == [one]
    assert path.read_text().count("\n") == 1


@pytest.mark.parametrize("left", range(0, 300, 7))
def test_a_line_written_in_part_is_left_and_reported(path, left):
    """At each length: nothing before it and nothing after it is lost."""
    acts = [act() for _ in range(3)]
    AnswersFile(path).append(acts[:2])
    whole = path.read_bytes()
    partial = line_of(acts[2]).encode()[:-2][:left]
    path.write_bytes(whole + partial)
    file = AnswersFile(path)
    assert list(file.acts) == acts[:2]
    assert list(file.damaged) == ([3] if partial else [])
    assert file.append([acts[2]]) == 1
    assert path.read_bytes().startswith(whole + partial)
    again = AnswersFile(path)
    assert (list(again.acts), list(again.damaged)) == (acts, list(file.damaged))


def test_a_line_that_lacks_only_its_end_counts(path):
    acts = [act(), act()]
    path.parent.mkdir()
    path.write_text(line_of(acts[0]).rstrip("\n"))
    file = AnswersFile(path)
    assert (list(file.acts), list(file.damaged)) == ([acts[0]], [])
    file.append([acts[1]])
    assert list(AnswersFile(path).acts) == acts


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe\x00",
        b"[1]",
        b"{}",
        b"[" * 100_000,
        json.dumps(json.loads(line_of(act())) | {"kind": "love"}).encode(),
        json.dumps(json.loads(line_of(act())) | {"number": "3"}).encode(),
        json.dumps(json.loads(line_of(act())) | {"number": True}).encode(),
        json.dumps(json.loads(line_of(act())) | {"answer": [3]}).encode(),
        json.dumps(json.loads(line_of(act())) | {"more": 1}).encode(),
    ],
)
def test_what_is_no_act_is_none(line):
    assert act_of(line) is None


def test_a_file_that_came_back_from_a_backup_is_read_anew(path):
    file, acts = AnswersFile(path), [act(), act()]
    file.append(acts[:1])
    backup = path.read_bytes()
    file.append(acts[1:])
    path.unlink()
    assert list(file.acts) == []
    path.write_bytes(backup)
    assert list(file.acts) == acts[:1]
    file.append(acts[1:])
    assert list(AnswersFile(path).acts) == acts


def test_a_backup_is_a_copy_of_every_file(tmp_path):
    root, folder = tmp_path / "home", tmp_path / "w.duckdb.labels"
    assert answers_file.back_up_answers(root, folder) == 0
    assert not folder.exists()
    acts = [act(), act()]
    for name, one in zip(("k7f3a", "b2aaa"), acts, strict=True):
        answers_file.answers_file(root, name).append([one])
    assert answers_file.back_up_answers(root, folder) == 2
    assert list(AnswersFile(folder / "k7f3a.jsonl").acts) == acts[:1]
    with pytest.raises(MorphError, match="already exists"):
        answers_file.back_up_answers(root, folder)
    with pytest.raises(MorphError, match="cannot be written"):
        answers_file.back_up_answers(root, tmp_path / "nowhere" / "w.labels")


def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_stays(path, monkeypatch):
    file, acts = AnswersFile(path), [act(), act()]
    file.append(acts[:1])
    before = path.read_bytes()

    def half(descriptor, data):
        if len(data) < 60:
            raise OSError(28, "No space left on device")
        return os_write(descriptor, data[: len(data) // 2])

    os_write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(CannotWrite, match="full"):
            file.append(acts[1:])
    assert path.read_bytes() == before
    assert list(file.acts) == acts[:1]
    file.append(acts[1:])
    assert list(AnswersFile(path).acts) == acts


def test_an_act_is_on_disk_before_it_is_acknowledged(path, monkeypatch):
    """fsync comes after the last write of the line; of a new file, its folder too."""
    done = []
    for name in ("write", "fsync"):
        real = getattr(os, name)

        def noted(*given, name=name, real=real):
            done.append(name)
            return real(*given)

        monkeypatch.setattr(os, name, noted)
    AnswersFile(path).append([act()])
    assert done == ["write", "fsync", "fsync"]


def test_many_threads_lose_nothing(path):
    acts = [act() for _ in range(80)]
    file = AnswersFile(path)
    threads = [
        threading.Thread(target=file.append, args=(acts[n::8],)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    key = {one.act_id for one in acts}
    assert (
        {one.act_id for one in AnswersFile(path).acts}
        == key
        == {one.act_id for one in file.acts}
    )


def test_a_question_has_one_file_in_a_process(tmp_path):
    first = answers_file.answers_file(tmp_path, "k7f3a")
    assert answers_file.answers_file(tmp_path, "k7f3a") is first
    assert answers_file.answers_file(tmp_path, "b2aaa") is not first


_WRITER = """
import sys
from pathlib import Path
from morph.labels.answers_file import AnswersFile
from tests.morph.labels.acts import act
file = AnswersFile(Path(sys.argv[1]))
for number in range(100_000):
    one = act("ann", f"J{number}", act_id=f"{sys.argv[2]}-{number}")
    file.append([one])
    print(one.act_id, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_acknowledged(path):
    said = []
    for round_ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(round_)],
            stdout=subprocess.PIPE,
            text=True,
        )
        first = writer.stdout.readline()
        time.sleep(0.05)
        os.kill(writer.pid, signal.SIGKILL)
        lines = [first, *writer.stdout.readlines()]
        writer.wait()
        writer.stdout.close()
        said += [line.strip() for line in lines if line.endswith("\n")]
    file = AnswersFile(path)
    kept = [one.act_id for one in file.acts]
    assert len(said) >= 4
    assert set(said) <= set(kept)
    assert len(kept) <= len(said) + 4  # written, but not acknowledged any more
