"""Metadata of a release, ``manifest.json``; read without a library for tables."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args

from morph.errors import DamagedRelease, MorphError
from morph.home import checked_name
from morph.release.details import Details, read_details
from morph.trees.decision_tree import DEFAULT, TREES
from morph.trees.own_questions import tree_with

FORMAT = 1
MANIFEST = "manifest.json"
PACKED = ".morph.zip"  # the ending of a release as one file

Origin = Literal["real", "modified", "simulated", "demonstration"]
ORIGINS: tuple[Origin, ...] = ("real", "modified", "simulated", "demonstration")
SIMULATED = ("simulated", "demonstration")  # whose galaxies are not on the sky
Posterior = Literal["concentration", "fraction"]

# What JSON may stand in a manifest's fields, and in the record of a file.
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("release_id", "origin", "survey", "title", "note"), (str,)),
    **dict.fromkeys(("citation", "posterior", "tree", "licence", "created"), (str,)),
    **dict.fromkeys(("model", "parent_run", "parent_release"), (str, NoneType)),
    **dict.fromkeys(("cutouts", "not_learnt"), (list,)),
    **dict.fromkeys(("details", "files"), (dict,)),
    "galaxies": (int,),
}
_RECORD_TYPES = {"sha256": (str,), "bytes": (int,), "rows": (int, NoneType)}
_WORDS = {
    str: "a string",
    int: "a whole number",
    list: "a list",
    dict: "an object",
    NoneType: "null",
}


@dataclass(frozen=True)
class FileRecord:
    """Checksum and size of one file of a release."""

    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True)
class Manifest:
    """Metadata of a release: identity, provenance, and checksums of its files."""

    release_id: str  # name of the release
    origin: Origin  # "modified": real images, changed; "demonstration": of `data demo`
    survey: str  # survey of its images
    title: str
    note: str  # what users should know
    citation: str  # how to cite it
    posterior: Posterior = "concentration"  # kind of numbers in posteriors.parquet
    tree: str = DEFAULT  # decision tree
    model: str | None = None  # name of the model
    parent_run: str | None = None  # run that made the release
    parent_release: str | None = None  # release of which this one is a copy
    cutouts: tuple[str, ...] = ()  # cutout stores with images of its galaxies
    # questions on which the model is no better than the mean fraction
    not_learnt: tuple[str, ...] = ()
    licence: str = ""  # licence of its tables, if stated
    details: Details = field(default_factory=Details)
    created: str = ""  # time, UTC
    galaxies: int = 0
    files: Mapping[str, FileRecord] = field(default_factory=dict)  # by file name
    format: int = FORMAT  # version of this file format

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
        if self.posterior not in get_args(Posterior):
            raise MorphError(
                f"posterior is {self.posterior!r}; expected one of: "
                f"{', '.join(get_args(Posterior))}"
            )
        for store in self.cutouts:
            checked_name(store, what="cutout store")
        if self.tree in TREES:  # another tree is refused when it is loaded
            tree = tree_with(self.tree, self.details.own_questions)
            for question in self.not_learnt:
                tree.question(question)

    def bytes_before(self) -> Iterator[tuple[str, int, int]]:
        """Each file with the number of bytes in those before it, and in all files."""
        sizes = [record.bytes for record in self.files.values()]
        for number, name in enumerate(self.files):
            yield name, sum(sizes[:number]), sum(sizes)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a release folder.

    Raises
    ------
    DamagedRelease
        If there is none, it is not valid JSON, or a field is missing, unknown or wrong.
    """
    path = folder / MANIFEST
    if path.is_symlink():  # an error message could quote the file it leads to
        raise DamagedRelease(f"{path} is a link; copy the file itself")
    if not path.is_file():
        raise DamagedRelease(
            f"{folder} has no {MANIFEST}; it is not a finished release. "
            "Make it again from its run or its table"
        )
    try:
        return manifest_from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, MorphError) as error:
        raise DamagedRelease(
            f"{path} cannot be read as a release manifest of format {FORMAT} "
            f"({error}); make the release again"
        ) from error


def manifest_from_json(text: str) -> Manifest:
    """The manifest that ``text`` holds; ValueError or MorphError where it does not."""
    value = json.loads(text, parse_constant=_refuse)
    json.dumps(
        value, ensure_ascii=False
    ).encode()  # an unpaired surrogate cannot be encoded
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    value.setdefault("licence", "")  # earlier releases have none
    known = {f.name for f in fields(Manifest)}
    if value.get("format") != FORMAT or set(value) != known:
        raise ValueError(f"fields {sorted(set(value) ^ known)}, format mismatch")
    _check_types(value, _TYPES)
    for name, record in value["files"].items():
        _check_types({"its record": record}, {"its record": (dict,)}, of=f"{name}: ")
        if set(record) != set(_RECORD_TYPES):
            raise ValueError(f"{name}: expected {', '.join(_RECORD_TYPES)}")
        _check_types(record, _RECORD_TYPES, of=f"{name}: ")
    for name in ("cutouts", "not_learnt"):
        value[name] = tuple(value[name])
    value["details"] = read_details(value["details"])
    value["files"] = {n: FileRecord(**r) for n, r in value["files"].items()}
    return Manifest(**value)


def _check_types(
    value: Mapping[str, Any], types: Mapping[str, tuple[type, ...]], *, of: str = ""
) -> None:
    for name, kinds in types.items():
        found = value[name]
        if type(found) not in kinds:  # True is an int, and no number of galaxies
            words = " or ".join(_WORDS[kind] for kind in kinds)
            raise ValueError(f"{of}{name} is {found!r:.80}; expected {words}")
        if kinds == (list,) and not all(isinstance(one, str) for one in found):
            raise ValueError(f"{of}{name} is {found!r:.80}; expected strings")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")
