"""From a table to a release in ``releases/``, whole or not at all, and out again."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from data.tables.known_files import known_content
from data.tables.read import Reading, read_published
from morph.atomic import new_folder, sha256_of, sync_folder
from morph.errors import MorphError
from morph.home import release_folder
from morph.posterior.tree import DEFAULT, tree_called
from morph.release import removed
from morph.release.details import Details
from morph.release.folder import verify_release, write_release
from morph.release.manifest import MANIFEST, Manifest, Origin
from morph.tables import open_table


@dataclass(frozen=True)
class Order:
    """What is asked of a load beside its file; the table's own words where empty."""

    release_id: str
    survey: str
    origin: Origin = "real"
    title: str = ""
    note: str = ""
    tree: str = DEFAULT


def publish_table(root: Path, path: Path, order: Order) -> Manifest:
    """Make a release of a table; the same load once more changes nothing.

    Raises
    ------
    UnreadableTable
        If the file is no table of posteriors or votes that morph can read.
    MorphError
        If the name is taken by another release, or origin or survey cannot be.
    """
    target = release_folder(root, order.release_id)
    tree = tree_called(order.tree)
    manifest = Manifest(**asdict(order), citation="")
    with open_table(path) as table:
        source = {"file": table.name, "format": table.format}
        source |= {"sha256": sha256_of(table.path), "bytes": table.path.stat().st_size}
        details = Details(source=source, order=_recorded(order))
        if target.exists():
            return _already_published(target, details)
        reading = read_published(table, tree)
    manifest = replace(
        _described(manifest, reading, source["sha256"]),
        details=replace(details, report=dict(reading.report)),
    )
    try:
        with new_folder(target) as folder:
            return write_release(
                folder,
                manifest,
                reading.galaxies,
                reading.posteriors,
                samples=reading.samples,
                votes=reading.votes,
            )
    except FileExistsError as error:
        raise MorphError(
            f"another load has just written {target}; nothing was changed"
        ) from error


def withdraw(root: Path, release_id: str) -> Path:
    """Move a release out of ``releases/``; return where it now is.

    Raises
    ------
    MorphError
        If there is no such release.
    """
    folder = release_folder(root, release_id)
    if not folder.is_dir():
        known = sorted(p.parent.name for p in folder.parent.glob(f"[!.]*/{MANIFEST}"))
        raise MorphError(
            f"there is no release {release_id!r} in {folder.parent}; "
            f"there are: {', '.join(known) or 'none'}"
        )
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    target = folder.parent / removed.FOLDER / f"{release_id}-{stamp}"
    target.parent.mkdir(exist_ok=True)
    folder.rename(target)
    sync_folder(folder.parent)
    return target


def _described(manifest: Manifest, reading: Reading, sha256: str) -> Manifest:
    """The manifest in the table's words, in better known ones, in the user's."""
    known = known_content(sha256)
    notes = (reading.note, known.note if known else "", manifest.note)
    return replace(
        manifest,
        title=manifest.title or (known.title if known else reading.title),
        note=" ".join(note for note in notes if note),
        citation=known.citation if known else reading.citation,
        licence="" if known else reading.licence,
        posterior=reading.posterior,
    )


def _recorded(order: Order) -> dict[str, str]:
    """As earlier loads recorded it, which named no tree."""
    said = asdict(order)
    return {k: v for k, v in said.items() if (k, v) != ("tree", DEFAULT)}


def _already_published(target: Path, details: Details) -> Manifest:
    there = verify_release(target)
    for what in ("source", "order"):
        if getattr(there.details, what) != getattr(details, what):
            raise MorphError(
                f"there is another release {target.name!r} already ({there.title}, "
                f"{there.galaxies:,} galaxies; its {what} is not this one's). Choose "
                f"another name, or first: python -m data remove {target.name}"
            )
    return there
