"""Amounts in words, and one way to write a percentage everywhere."""

import re
from pathlib import Path

import pytest

from morph.wording import percent, size

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
