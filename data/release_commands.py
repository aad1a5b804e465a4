"""Load published tables, folders and runs as releases; remove and rebuild them."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from data import download as published
from data import printing, progress_lines
from data.status import described
from morph.errors import MorphError
from morph.home import catalogue_path, run_folder
from morph.release.manifest import MANIFEST, PACKED, Manifest, read_manifest
from morph.wording import command

# Slow imports are inside the commands, so that `status` answers at once.


def load(root: Path, args: argparse.Namespace) -> int:
    """Load a table, a release folder or a packed release."""
    from data.tables.publish_table import TableRelease, publish_table
    from morph.release.packed import unpack

    path = Path(args.file)
    if path.name.endswith(PACKED):
        return load_published(root, unpack(path, root / "releases"), args)
    if path.is_dir() and ((path / MANIFEST).exists() or not _holds_parts(path)):
        return load_published(root, _load_folder(root, path, args), args)
    if args.release is None:
        names = ("--release", "my-release", "--survey", "decals")
        raise MorphError(
            "loading a table needs --release and --survey; for example: "
            + command("load", str(path), *names)
        )
    order = TableRelease(
        release_id=args.release,
        survey=args.survey or "",
        origin=args.origin or "",
        title=args.title,
        note=args.note,
        tree=args.tree or "",
        values=args.values or "",
        positions_from=args.positions_from or "",
        prior=args.prior or "",
        citation=args.citation,
        licence=args.licence,
        credit=args.credit,
    )
    with progress_lines.progress() as tell:
        manifest = publish_table(root, path, order, tell=tell)
    return load_published(root, manifest, args)


def _holds_parts(folder: Path) -> bool:
    """Whether a folder is a table in parts, as Spark and Dask write it."""
    unfinished = (folder / "galaxies.parquet").exists()  # a release
    parts = (folder.glob(one) for one in ("*.parquet", "*=*/**/*.parquet"))
    return not unfinished and any(next(found, None) for found in parts)


def _load_folder(root: Path, folder: Path, args: argparse.Namespace) -> Manifest:
    from morph.release.publish import publish_folder

    own = read_manifest(folder)
    given = ("title", "note", "citation", "licence", "credit")
    said = [name for name in given if getattr(args, name)]
    if args.release not in (None, own.release_id) or said:
        raise MorphError(
            f"{folder} is already a release, {own.release_id!r}; it keeps its name, "
            "title, note and citation. Leave out --release, --title, --note and "
            "--citation"
        )
    with progress_lines.progress() as tell:
        return publish_folder(folder, root / "releases", tell=tell)


def load_run(root: Path, args: argparse.Namespace) -> int:
    """Publish the release of a finished run, and load it."""
    from morph.release.publish import publish_release
    from morph.runs.lifecycle import list_runs
    from morph.runs.run_files import keeping_load_error

    folder = Path(args.run)
    if not folder.is_dir():
        folder = run_folder(root, args.run)
    if not folder.is_dir():
        names = ", ".join(one.run_id for one in list_runs(root)) or "none yet"
        raise MorphError(f"there is no run {args.run!r}; runs: {names}")
    with keeping_load_error(folder):
        with progress_lines.progress() as tell:
            manifest = publish_release(folder, root / "releases", tell=tell)
        return load_published(root, manifest, args)


def download(root: Path, args: argparse.Namespace) -> int:
    """Download a published catalogue and load it, or list all catalogues."""
    if args.list:
        return published.print_list(root, args)
    from morph.release.publish import publish_release

    folder = published.downloaded(root, args)
    if folder is None:
        return 130
    with progress_lines.progress() as tell:
        manifest = publish_release(folder, root / "releases", tell=tell)
    return load_published(root, manifest, args)


def load_published(root: Path, manifest: Manifest, args: argparse.Namespace) -> int:
    """Load a release that is in ``releases/``, and describe it."""
    from data.load_or_wait import enter

    with progress_lines.progress() as tell:
        entered = enter(root, manifest.release_id, waiting, tell=tell)
    result = described(manifest) | {
        "state": entered.state,
        "message": entered.message,
        "citation": manifest.citation,
        "licence": manifest.licence,
        "report": manifest.details.report or {},
    }
    did = "Loaded" if entered.state == "loaded" else "Published"
    return printing.answer(
        result, [*printing.release(result, did), entered.message], args
    )


def remove(root: Path, args: argparse.Namespace) -> int:
    """Remove a release from the catalogue; its files are kept."""
    from data.load_or_wait import leave
    from morph.release.publish import withdraw

    folder = withdraw(root, args.release)
    entered = leave(root, args.release, waiting)
    undo = command("load", str(folder))
    result = {
        "release": args.release,
        "state": entered.state,
        "message": entered.message,
        "kept": str(folder),
        "undo": undo,
    }
    lines = [
        f"Removed {args.release}. {entered.message}",
        f"Its files are kept. To restore it: {undo}",
    ]
    return printing.answer(result, lines, args)


def rebuild(root: Path, args: argparse.Namespace) -> int:
    """Build the catalogue again; exit status 1 if a release is refused."""
    from morph.catalogue.sync import rebuild

    done = rebuild(catalogue_path(root), root / "releases")
    result = {"releases": [asdict(one) for one in done]}
    rows = [(one.release_id, one.state, one.message) for one in done]
    nothing = ["There are no releases to load."]
    printing.answer(result, printing.aligned(rows) if rows else nothing, args)
    return 1 if any(one.state == "refused" for one in done) else 0


def waiting(text: str) -> None:
    """Print what is being waited for."""
    print(text, file=sys.stderr, flush=True)
