"""Load and list releases, images and runs: python -m data COMMAND --help."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from data import (
    arguments,
    label_commands,
    printing,
    progress_lines,
    release_commands,
    runs,
    simulated_commands,
    store_commands,
)
from data.cutouts import options as cutouts
from data.sky import match, moc, select_region
from data.status import read_status
from data.survey import measure_command as survey
from morph.atomic import not_written
from morph.errors import MorphError
from morph.home import (
    check_home,
    cutouts_folder,
    home,
    labels_folder,
    make_home,
    workspace_path,
)

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


_COMMANDS: dict[str, Command] = {
    "load": release_commands.load,
    "load-run": release_commands.load_run,
    "download": release_commands.download,
    "cutouts": cutouts.carry_out,
    "status": _status,
    "rebuild": release_commands.rebuild,
    "backup": _backup,
    "pictures": _pictures,
    "remove": release_commands.remove,
    "demo": simulated_commands.demo,
    "build-demo": simulated_commands.build_demo,
    "check-demo-models": simulated_commands.check_demo_models,
    "survey": survey.carry_out,
    "synthetic": simulated_commands.synthetic,
    "match": match.carry_out,
    "moc": moc.carry_out,
    "select": select_region.carry_out,
    "runs": runs.carry_out,
    "stores": store_commands.carry_out,
    "labels": label_commands.carry_out,
}


if __name__ == "__main__":
    sys.exit(main())
