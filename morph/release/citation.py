"""How a release of a table is cited: its citation, credit and licence, and other ones.

The credit is the end of the citation, so that it is wherever a release is cited.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from morph.atomic import writing
from morph.errors import MorphError
from morph.release.folder import finish_release
from morph.release.manifest import SIMULATED, Manifest, read_manifest

_CREDIT = ". Credit: "
_MOST = 2000  # characters of each


@dataclass(frozen=True)
class Cited:
    """What is said of a table by those who made it."""

    citation: str = ""
    licence: str = ""
    credit: str = ""  # whom to name beside the citation

    @property
    def in_one(self) -> str:
        """The citation with the credit, as a manifest has it."""
        return (
            f"{self.citation}{_CREDIT}{self.credit}" if self.credit else self.citation
        )


def cited(manifest: Manifest) -> Cited:
    """What a manifest says."""
    citation, _, credit = manifest.citation.partition(_CREDIT)
    return Cited(citation, manifest.licence, credit)


def may_restate(manifest: Manifest) -> bool:
    """Whether it is a table of the user's own: not simulated, and made by no run.

    What a run has made is recognised by its manifest, which therefore stays.
    """
    return manifest.parent_run is None and manifest.origin not in SIMULATED


def restate(folder: Path, wanted: Cited) -> Manifest:
    """Write other words into the manifest of a published release; its files stay.

    MorphError if it is of a run, if a text cannot be used, or CannotWrite.
    """
    before = read_manifest(folder)
    if not may_restate(before):
        raise MorphError(
            f"{before.release_id} was made by a run or is simulated; only the citation "
            "of a loaded table can be changed"
        )
    for name, text in asdict(wanted).items():
        if len(text) > _MOST or not text.isprintable():
            raise MorphError(
                f"the {name} has {len(text):,} characters or several lines; expected "
                f"one line of at most {_MOST:,}"
            )
    if not wanted.citation:
        raise MorphError("the citation is empty; say how the table is cited")
    after = replace(before, citation=wanted.in_one, licence=wanted.licence)
    with writing(folder.parent):
        return finish_release(folder, after, before.files)
