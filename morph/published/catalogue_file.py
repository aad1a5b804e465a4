"""Published catalogues from TOML files: those of morph, and the user's own.

The name of a catalogue is that of its file. A file in ``catalogues/`` of MORPH_HOME
with the name of one of morph's replaces it.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from morph.errors import MorphError
from morph.home import checked_name
from morph.published.addresses import is_allowed
from morph.trees.decision_tree import DEFAULT, TREES
from morph.typed_json import read_dataclass, within

SHIPPED = Path(__file__).parent / "catalogues"
FOLDER = "catalogues"  # in MORPH_HOME: the user's own
_MOST_BYTES = 100_000


@dataclass(frozen=True)
class PublishedCatalogue:
    """A published table of votes, fractions or posteriors, and where it is."""

    title: str  # title of its release
    licence: str  # licence of the table
    citation: str  # how to cite it
    kind: Literal["votes", "fractions", "posteriors"]  # kind of numbers
    survey: str  # survey of the images that were classified
    name: str = ""  # name of its file
    record: int = within(0, 0, 10**12)  # number of the Zenodo record; 0: see url
    # Names of the table in the record, preferred ones first; * stands for any text.
    files: tuple[str, ...] = ()
    # Names of a table with more columns of the same galaxies, in the same order.
    external: tuple[str, ...] = ()
    url: str = ""  # address of the table, if it has no record
    page: str = ""  # address of a page about it, if it has no record
    tree: str = DEFAULT  # decision tree
    rows: int = within(0, 0, 10**9)  # number of galaxies, if it is known
    note: str = ""  # what users should know
    uncertain: str = ""  # what could not be checked, such as the number of its record

    def __post_init__(self) -> None:
        """Raise MorphError unless it says where the table is."""
        if bool(self.record) == bool(self.url):
            raise MorphError(
                "it needs either record (a Zenodo record) or url, not both"
            )
        if self.record and not self.files:
            raise MorphError("files is missing: the name of the table in the record")
        for address in filter(None, (self.url, self.page)):
            if not is_allowed(address):
                raise MorphError(
                    f"{address!r:.200} is neither an https address nor on this computer"
                )

    @property
    def has_tree(self) -> bool:
        """Whether this version of morph has its decision tree."""
        return self.tree in TREES


@dataclass(frozen=True)
class Catalogues:
    """All that can be read, by name, and a sentence about each file that cannot."""

    by_name: dict[str, PublishedCatalogue]
    problems: tuple[str, ...]


def read_catalogues(root: Path) -> Catalogues:
    """Catalogues of morph and of MORPH_HOME; a bad file stops no other."""
    found: dict[str, PublishedCatalogue] = {}
    problems = []
    for path in _files(root):
        try:
            found[path.stem] = read_catalogue(path)
        except MorphError as error:
            problems.append(str(error))
    return Catalogues(found, tuple(problems))


def read_catalogue(path: Path) -> PublishedCatalogue:
    """The catalogue of a TOML file; MorphError names the file and what is wrong."""
    try:
        checked_name(path.stem, what="published catalogue")
        if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            raise MorphError("it is a link or too large")
        value = tomllib.loads(path.read_text(encoding="utf-8"))
        if "name" in value:
            raise MorphError("name is not a setting: the name is that of the file")
        return read_dataclass(PublishedCatalogue, value | {"name": path.stem})
    except (MorphError, OSError, ValueError, RecursionError) as error:
        raise MorphError(
            f"{path.name} in {path.parent} is not a published catalogue: {error}; "
            "correct or remove it"
        ) from error


def catalogue_called(root: Path, name: str) -> PublishedCatalogue:
    """The catalogue of that name; MorphError lists those that there are."""
    known = read_catalogues(root)
    if name not in known.by_name:
        problem = next((one for one in known.problems if f"{name}.toml" in one), "")
        raise MorphError(
            problem
            or f"there is no published catalogue {name!r}; expected one of: "
            f"{', '.join(known.by_name)}"
        )
    return known.by_name[name]


def _files(root: Path) -> Iterator[Path]:
    yield from sorted(SHIPPED.glob("*.toml"))
    yield from sorted((root / FOLDER).glob("[!.]*.toml"))
