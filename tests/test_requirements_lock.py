"""requirements.lock has a version with hashes of all that the ranges ask for."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
RANGES = ("requirements.txt", "tests/requirements.txt")
PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\\n]+)(?P<rest>(?:.*\\\n)+.*)", re.M
)


def asked_for() -> list[Requirement]:
    lines = (line for name in RANGES for line in (ROOT / name).read_text().splitlines())
    plain = (line.partition("#")[0].strip() for line in lines)
    return [Requirement(line) for line in plain if line and line[0] != "-"]


def pinned() -> dict[str, list[re.Match[str]]]:
    """Pins by name; a package may have one version for each Python."""
    found: dict[str, list[re.Match[str]]] = {}
    for pin in PIN.finditer((ROOT / "requirements.lock").read_text()):
        found.setdefault(pin["name"], []).append(pin)
    return found


@pytest.mark.parametrize("wanted", asked_for(), ids=lambda one: one.name)
def test_the_lock_has_a_version_within_each_range(wanted):
    pins = pinned()[wanted.name]
    assert pins
    assert all(Version(pin["version"]) in wanted.specifier for pin in pins)


def test_every_version_has_its_hashes():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    begun = [line for line in lines if re.match(r"[A-Za-z0-9]", line)]
    pins = [pin for several in pinned().values() for pin in several]
    assert len(pins) == len(begun) > 50
    for pin in pins:
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", pin["rest"])
        assert hashes, pin["name"]
