"""Files that are wholly old or wholly new, also when the writer is killed."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from morph.atomic import new_folder, replacing, sha256_of, write_json, writing
from morph.errors import CannotWrite

ROOT = Path(__file__).resolve().parents[2]


def test_the_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "file.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert temporary.parent == path.parent
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_half() -> None:
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert path.read_text() == "old"


def test_a_new_folder_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "parent" / "folder"
    with new_folder(path) as temporary:
        (temporary / "file").write_text("whole")
        assert temporary.parent == path.parent
        assert not path.exists()
    assert (path / "file").read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_no_new_folder(tmp_path):
    with pytest.raises(RuntimeError), new_folder(tmp_path / "folder") as temporary:
        (temporary / "file").write_text("ha")
        raise RuntimeError("disk full")
    assert list(tmp_path.iterdir()) == []


def test_of_two_that_make_a_folder_the_second_leaves_it_as_it_is(tmp_path):
    path = tmp_path / "folder"

    def make(text: str) -> None:
        with new_folder(path) as temporary:
            (temporary / "file").write_text(text)

    make("first")
    with pytest.raises(FileExistsError, match="folder already exists"):
        make("second")
    assert (path / "file").read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_one_left_is_removed_once_it_is_old(tmp_path):
    old, young = (tmp_path / f".folder.{n}.tmp" for n in (1, 2))
    for left in (old, young):
        left.mkdir()
    os.utime(old, (0, 0))
    with new_folder(tmp_path / "folder"):
        assert not old.exists() and young.exists()


WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from morph.atomic import write_json
for count in itertools.count(1):
    write_json(Path(sys.argv[1]), {"count": count, "filling": "x" * 50_000})
"""


def test_a_reader_never_sees_half_a_file_while_the_writer_is_killed(tmp_path):
    path = tmp_path / "status.json"
    counts = set()
    for _ in range(3):
        path.unlink(missing_ok=True)
        command = [sys.executable, "-c", WRITE_FOR_EVER, str(path)]
        with subprocess.Popen(command, cwd=ROOT) as writer:
            while not path.exists():
                assert writer.poll() is None
            first = json.loads(path.read_text())["count"]
            while (count := json.loads(path.read_text())["count"]) < first + 20:
                assert writer.poll() is None
                counts.add(count)
                time.sleep(0.001)  # let it write
            writer.kill()
        assert json.loads(path.read_text())["count"] >= 1
    assert counts  # it was indeed being written while we read


def test_json_reads_back_and_keeps_its_letters(tmp_path):
    path = tmp_path / "value.json"
    value = {"a": [1, 2.5, None, True], "ρ": "σ² ≤ 1"}
    write_json(path, value)
    assert json.loads(path.read_text(encoding="utf-8")) == value
    assert "ρ" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_json_cannot_say_leaves_the_old_file(tmp_path, value):
    path = tmp_path / "value.json"
    write_json(path, "old")
    with pytest.raises((ValueError, TypeError)):
        write_json(path, {"x": value})
    assert json.loads(path.read_text()) == "old"


def test_sha256_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(256)) * 1000)
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "cannot be written to (Read-only file system)"),
        (errno.EACCES, "cannot be written to (Permission denied)"),
    ],
)
def test_what_keeps_a_file_from_being_written_is_told(tmp_path, number, told):
    with pytest.raises(CannotWrite) as problem, writing(tmp_path):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path) in str(problem.value) and told in str(problem.value)
    with pytest.raises(FileNotFoundError), writing(tmp_path):
        (tmp_path / "missing").read_text()
