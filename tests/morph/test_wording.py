"""Amounts in words, and one way to write a percentage everywhere."""

import errno
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from morph.wording import (
    angle,
    command,
    duration,
    minute,
    percent,
    size,
    unreached,
    utc_now,
)

ROOT = Path(__file__).parents[2]
SPACED = re.compile(r"""[0-9}] %(%?["'`]|[.,:;)]|\s+[a-z])""")


def test_a_percentage_has_no_space_before_its_sign():
    assert [percent(0.9), percent(0.125, 1), percent(0), percent(1)] == [
        *("90%", "12.5%", "0%", "100%")
    ]


def test_no_page_writes_it_otherwise():
    sources = [*ROOT.glob("pages/**/*.py"), *ROOT.glob("morph/**/*.py")]
    sources += [*ROOT.glob("pages/**/*.js"), ROOT / "README.md"]
    assert len(sources) > 200
    spaced = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources
        for line in path.read_text(encoding="utf-8").splitlines()
        if SPACED.search(line)
    ]
    assert spaced == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"),
        (640, "640 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (999_960, "1.0 MB"),
        (12_345_678, "12 MB"),
        (3.21e9, "3.2 GB"),
        (2.5e12, "2.5 TB"),
        (4.2e15, "4,200 TB"),
    ],
)
def test_bytes_are_sizes_of_files(number, words):
    assert size(number) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (150.1, "3 min"),
        (5940, "99 min"),
        (6000, "1.7 h"),
        (24_808.8, "6.9 h"),
        (216_000, "2.5 days"),
    ],
)
def test_seconds_in_words(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("arcsec", "words"),
    [
        (0.04, "0.0 arcsec"),
        (119.9, "119.9 arcsec"),
        (120, "2.0 arcmin"),
        (7199, "120.0 arcmin"),
        (7200, "2.0°"),
        (417_600, "116.0°"),
    ],
)
def test_large_angles_are_in_larger_units(arcsec, words):
    assert angle(arcsec) == words


def test_a_command_names_python_from_the_working_directory(monkeypatch, tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    monkeypatch.setattr("sys.executable", str(python))
    assert command("status") == f"{python} -m data status"
    monkeypatch.chdir(tmp_path)
    told = command("load", "my table.csv")
    assert told == ".venv/bin/python -m data load 'my table.csv'"


def test_the_time_is_iso_in_utc_and_has_its_minute():
    assert minute("2026-11-28T09:30:59.123+00:00") == "2026-11-28 09:30 UTC"
    apart = datetime.now(UTC) - datetime.fromisoformat(utc_now())
    assert abs(apart) < timedelta(seconds=10)
    assert len(utc_now("seconds")) == len("2026-11-28T09:30:59+00:00")


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "no network"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no network"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "no network"),
        (
            OSError(errno.ECONNREFUSED, "Connection refused"),
            "it refused the connection",
        ),
        (OSError(errno.ETIMEDOUT, "timed out"), "it did not answer in time"),
        (ssl.SSLCertVerificationError("verify failed"), "its certificate could not"),
        (ValueError("[Errno 5] strange"), "the connection failed"),
    ],
)
def test_a_host_out_of_reach_is_told_without_error_numbers(cause, why):
    raised = RuntimeError(f"[Errno {getattr(cause, 'errno', 0)}] of a library")
    raised.__cause__ = cause
    said = unreached("zenodo.org", raised)
    assert said.startswith(f"zenodo.org could not be reached: {why}")
    assert "rrno" not in said
