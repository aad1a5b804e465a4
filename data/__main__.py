"""Load and list releases, images and runs: python -m data COMMAND --help."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from data import arguments, download, printing, progress_lines, runs, store_commands
from data.cutouts import options as cutouts
from data.demo.plan import FULL, SMALL, TRAINED
from data.sky import match, moc, select_region
from data.status import described, read_status
from data.survey import measure_command as survey
from morph.atomic import not_written
from morph.errors import MorphError
from morph.home import (
    catalogue_path,
    check_home,
    cutouts_folder,
    home,
    labels_folder,
    make_home,
    release_folder,
    run_folder,
    workspace_path,
)
from morph.release.manifest import MANIFEST, PACKED, Manifest, read_manifest
from morph.wording import command

Command = Callable[[Path, argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; exit status 0 if it succeeded, 1 if the user can fix it."""
    args = arguments.parser(__doc__).parse_args(argv)
    try:
        root = home()
        reads = args.command == "status" or getattr(args, "list", False)
        check_home(root, to_write=not reads)
        status = _carried_out(root, args)
        sys.stdout.flush()
        return status
    except MorphError as error:
        if getattr(args, "json", False):
            print(json.dumps({"error": str(error)}, ensure_ascii=False))
        print(f"python -m data {args.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _carried_out(root: Path, args: argparse.Namespace) -> int:
    """Run the command; a full disk, or no write access, is told in a sentence."""
    try:
        return _COMMANDS[args.command](root, args)
    except BrokenPipeError:
        raise
    except OSError as error:
        make_home(root)  # a MorphError where this is why
        problem = not_written(root, error)
        if problem is None:
            raise
        raise problem from error


# Slow imports are inside the commands, so that `status` answers at once.


def _load(root: Path, args: argparse.Namespace) -> int:
    from data.tables.publish_table import TableRelease, publish_table
    from morph.release.packed import unpack

    path = Path(args.file)
    if path.name.endswith(PACKED):
        return _load_published(root, unpack(path, root / "releases"), args)
    if path.is_dir() and ((path / MANIFEST).exists() or not _holds_parts(path)):
        return _load_published(root, _load_folder(root, path, args), args)
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
    return _load_published(root, manifest, args)


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


def _load_run(root: Path, args: argparse.Namespace) -> int:
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
        return _load_published(root, manifest, args)


def _download(root: Path, args: argparse.Namespace) -> int:
    if args.list:
        return download.print_list(root, args)
    from morph.release.publish import publish_release

    folder = download.downloaded(root, args)
    if folder is None:
        return 130
    with progress_lines.progress() as tell:
        manifest = publish_release(folder, root / "releases", tell=tell)
    return _load_published(root, manifest, args)


def _load_published(root: Path, manifest: Manifest, args: argparse.Namespace) -> int:
    from data.load_or_wait import enter

    with progress_lines.progress() as tell:
        entered = enter(root, manifest.release_id, _waiting, tell=tell)
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


def _remove(root: Path, args: argparse.Namespace) -> int:
    from data.load_or_wait import leave
    from morph.release.publish import withdraw

    folder = withdraw(root, args.release)
    entered = leave(root, args.release, _waiting)
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


def _waiting(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _rebuild(root: Path, args: argparse.Namespace) -> int:
    from morph.catalogue.sync import rebuild

    done = rebuild(catalogue_path(root), root / "releases")
    result = {"releases": [asdict(one) for one in done]}
    rows = [(one.release_id, one.state, one.message) for one in done]
    nothing = ["There are no releases to load."]
    printing.answer(result, printing.aligned(rows) if rows else nothing, args)
    return 1 if any(one.state == "refused" for one in done) else 0


def _backup(root: Path, args: argparse.Namespace) -> int:
    from morph.catalogue.workspace import back_up
    from morph.labels.answers_file import back_up_answers

    target = Path(args.file)
    rows = back_up(workspace_path(root), target)
    answers = target.with_name(f"{target.name}.labels")
    questions = back_up_answers(root, answers)
    saved = ", ".join(
        f"{rows.get(name, 0):,} {name}" for name in ("subsets", "regions")
    )
    lines = [
        f"Saved {saved} in {target}. To restore: copy it to {workspace_path(root)}"
    ]
    if questions:
        noun = "question" if questions == 1 else "questions"
        lines.append(
            f"Saved the answers to {questions:,} {noun} in {answers}. To restore: copy "
            f"its files to {labels_folder(root)}"
        )
    result = {"file": str(target), "rows": rows, "questions": questions}
    return printing.answer(result, lines, args)


def _pictures(root: Path, args: argparse.Namespace) -> int:
    from data.pictures.from_folder import ImageFolder, store_from_folder
    from morph.images.new_stores.store_credit import checked_credit, write_credit

    credit = checked_credit(args.credit)  # before images are read
    folder = ImageFolder(
        Path(args.folder),
        store=args.store,
        survey=args.survey,
        origin=args.origin,
        title=args.title,
        labels=Path(args.labels) if args.labels else None,
        tree=args.tree,
        values=args.values or "",
        positions_from=args.positions_from or "",
        size=args.size,
        pixscale_arcsec=args.pixel_scale,
        scale_column=args.scale_column,
    )
    with progress_lines.counted("Read {} of {} images") as progress:
        made = store_from_folder(root, folder, progress=progress)
    if credit:
        write_credit(cutouts_folder(root, args.store), credit)
    return printing.answer(made.result, made.lines, args)


def _status(root: Path, args: argparse.Namespace) -> int:
    status = read_status(root)
    return printing.answer(status, printing.status(status), args)


def _demo(root: Path, args: argparse.Namespace) -> int:
    from data.simulation.stores import write_demo  # loads torch

    line = progress_lines.ChangingLine()

    def report(what: str, done: int, total: int) -> None:
        line.show(f"{what}: {done:,} of {total:,} galaxies", last=done >= total)

    write_demo(root, galaxies=args.galaxies, seed=args.seed, progress=report)
    line.end()
    return 0


def _build_demo(root: Path, args: argparse.Namespace) -> int:
    from data.demo.build import run_demo

    scale = TRAINED if args.train else SMALL if args.small else FULL
    return run_demo(root, scale, serve=args.serve, port=args.port)


def _check_demo_models(root: Path, args: argparse.Namespace) -> int:
    from data.demo import check_models, shipped_models

    if args.keep:
        shipped_models.keep(root)
    checks = check_models.record() if args.keep else check_models.check(_waiting)
    result = {"mean_rmse": {one.name: one.rmse for one in checks}}
    result["recorded"] = {one.name: one.recorded for one in checks}
    rows = [("mean error (RMSE) of", "now", "recorded")]
    rows += [
        (one.name, f"{one.rmse:.4f}", f"{one.recorded or float('nan'):.4f}")
        for one in checks
    ]
    agree = args.keep or all(one.agrees for one in checks)
    said = "agree" if agree else f"differ by more than {check_models.TOLERANCE}"
    printing.answer(result, [*printing.aligned(rows), f"The errors {said}."], args)
    return 0 if agree else 1


def _synthetic(root: Path, args: argparse.Namespace) -> int:
    from data.synthetic.release import synthetic_release
    from morph.trees.decision_tree import tree_called

    folder = release_folder(root, args.release)
    manifest = synthetic_release(
        folder,
        galaxies=args.galaxies,
        seed=args.seed,
        release_id=args.release,
        fractions=args.fractions,
        passes=args.passes,
        votes=args.votes,
        projection=args.projection or args.features > 0,
        features=args.features,
        cutouts=(args.release,) if args.pictures else (),
        tree=tree_called(args.tree),
    )
    if args.pictures:
        from data.synthetic.release import write_cutouts

        store = cutouts_folder(root, args.release)
        write_cutouts(store, folder, count=args.pictures, seed=args.seed)
    return _load_published(root, manifest, args)


_COMMANDS: dict[str, Command] = {
    "load": _load,
    "load-run": _load_run,
    "download": _download,
    "cutouts": cutouts.carry_out,
    "status": _status,
    "rebuild": _rebuild,
    "backup": _backup,
    "pictures": _pictures,
    "remove": _remove,
    "demo": _demo,
    "build-demo": _build_demo,
    "check-demo-models": _check_demo_models,
    "survey": survey.carry_out,
    "synthetic": _synthetic,
    "match": match.carry_out,
    "moc": moc.carry_out,
    "select": select_region.carry_out,
    "runs": runs.carry_out,
    "stores": store_commands.carry_out,
}


if __name__ == "__main__":
    sys.exit(main())
