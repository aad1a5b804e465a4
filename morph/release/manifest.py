"""What a release says of itself: ``manifest.json``, which is read in no time.

It needs no table and no library for them, so that a command that only tells what
there is (``python -m data status``) answers at once.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from morph.errors import DamagedRelease, MorphError
from morph.home import checked_name
from morph.posterior.tree import GZD5

FORMAT = 1
MANIFEST = "manifest.json"

Origin = Literal["real", "simulated", "demonstration"]
ORIGINS: tuple[Origin, ...] = ("real", "simulated", "demonstration")

# Physical columns a release may carry beside positions: name -> (unit, meaning).
PHYSICAL: dict[str, tuple[str, str]] = {
    "mag_g": ("mag", "g-band magnitude"),
    "mag_r": ("mag", "r-band magnitude"),
    "mag_z": ("mag", "z-band magnitude"),
    "radius_arcsec": ("arcsec", "half-light radius"),
    "redshift": ("", "redshift"),
}


# Columns that may be limited beside the answers: name -> (unit, meaning).
MEASURED: dict[str, tuple[str, str]] = {
    "ra": ("deg", "right ascension"),
    "dec": ("deg", "declination"),
    **PHYSICAL,
}


@dataclass(frozen=True)
class FileRecord:
    """What the manifest promises about one file."""

    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True)
class Manifest:
    """What a release is, where it comes from, and what its files must be."""

    release_id: str
    origin: Origin
    survey: str
    title: str
    note: str
    citation: str
    posterior: Literal["concentration", "fraction"] = "concentration"
    tree: str = GZD5.name
    model: str | None = None
    parent_run: str | None = None
    parent_release: str | None = None
    cutouts: tuple[str, ...] = ()  # cutout stores that hold its galaxies' pictures
    not_learnt: tuple[str, ...] = ()  # questions no better than the mean fraction
    licence: str = ""  # of its tables, where it is stated
    details: Mapping[str, Any] = field(default_factory=dict)  # settings, counts, report
    created: str = ""
    galaxies: int = 0
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    format: int = FORMAT

    def __post_init__(self) -> None:
        checked_name(self.release_id, what="release")
        if self.origin not in ORIGINS:
            raise MorphError(
                f"origin is {self.origin!r}; expected one of: {', '.join(ORIGINS)}"
            )
        if not re.fullmatch(r"[a-z0-9-]{1,32}", self.survey):
            raise MorphError(
                f"survey is {self.survey!r}; use 1 to 32 of a-z, 0-9 and '-'"
            )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a release folder.

    Raises
    ------
    DamagedRelease
        If there is none, it is not valid JSON, or it lacks or adds fields.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise DamagedRelease(
            f"{folder} has no {MANIFEST}; it is not a finished release. "
            "Write it again from its run or its table"
        )
    try:
        return manifest_from_json(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedRelease(
            f"{path} cannot be read as a release manifest of format {FORMAT} "
            f"({error}); write the release again"
        ) from error


def manifest_from_json(text: str) -> Manifest:
    """The manifest that ``text`` holds; ValueError and its like where it does not."""
    value = json.loads(text)
    value["files"] = {n: FileRecord(**r) for n, r in value["files"].items()}
    for name in ("cutouts", "not_learnt"):
        value[name] = tuple(value[name])
    value.setdefault("licence", "")  # earlier releases have none
    known = {f.name for f in fields(Manifest)}
    if value.get("format") != FORMAT or set(value) != known:
        raise ValueError(f"fields {sorted(set(value) ^ known)}, format mismatch")
    return Manifest(**value)
