"""Bring data in, and say what is there: ``python -m data COMMAND --help``."""

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data import printing
from data.demo.plan import FULL, SEED
from data.status import read_status
from morph.errors import MorphError
from morph.home import (
    catalogue_path,
    cutouts_folder,
    home,
    release_folder,
    run_folder,
)
from morph.posterior.tree import DEFAULT
from morph.release.manifest import ORIGINS, Manifest, read_manifest

Commands = Any  # argparse keeps the class of its sub-commands to itself
Command = Callable[[Path, argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; 0 if it did what was asked, 1 if the user can mend it."""
    given = _parser().parse_args(argv)
    try:
        return given.carry_out(home(), given)
    except MorphError as error:
        if getattr(given, "json", False):
            print(json.dumps({"error": str(error)}, ensure_ascii=False))
        print(f"python -m data {given.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


# Commands import for themselves what takes long: `status` must answer at once.


def _load(root: Path, given: argparse.Namespace) -> int:
    from data.tables.publish_table import Order, publish_table

    path = Path(given.file)
    if path.is_dir():
        return _tell_entered(root, _load_folder(root, path, given), given)
    if given.release is None or given.survey is None:
        raise MorphError(
            "a table needs a name and a survey; for example: "
            f"python -m data load {path} --release my-release --survey decals"
        )
    order = Order(
        given.release, given.survey, given.origin, given.title, given.note, given.tree
    )
    return _tell_entered(root, publish_table(root, path, order), given)


def _load_folder(root: Path, folder: Path, given: argparse.Namespace) -> Manifest:
    from morph.release.publish import publish_folder

    own = read_manifest(folder)
    if given.release not in (None, own.release_id) or given.title or given.note:
        raise MorphError(
            f"{folder} is a release already, called {own.release_id!r}; it keeps its "
            "name, title and note: leave out --release, --title and --note"
        )
    return publish_folder(folder, root / "releases")


def _load_run(root: Path, given: argparse.Namespace) -> int:
    from morph.release.publish import publish_release

    folder = Path(given.run)
    if not folder.is_dir():
        folder = run_folder(root, given.run)
    return _tell_entered(root, publish_release(folder, root / "releases"), given)


def _tell_entered(root: Path, manifest: Manifest, given: argparse.Namespace) -> int:
    from data.load_or_wait import enter

    entered = enter(root, manifest.release_id, _waiting)
    result = {
        "release": manifest.release_id,
        "galaxies": manifest.galaxies,
        "origin": manifest.origin,
        "survey": manifest.survey,
        "posterior": manifest.posterior,
        "state": entered.state,
        "message": entered.message,
        "title": manifest.title,
        "note": manifest.note,
        "citation": manifest.citation,
        "report": manifest.details.report or {},
    }
    did = "Loaded" if entered.state == "loaded" else "Published"
    return _say(result, [*printing.release(result, did), entered.message], given)


def _remove(root: Path, given: argparse.Namespace) -> int:
    from data.load_or_wait import leave
    from data.tables.publish_table import withdraw

    folder = withdraw(root, given.release)
    entered = leave(root, given.release, _waiting)
    undo = shlex.join([_python(), "-m", "data", "load", str(folder)])
    result = {
        "release": given.release,
        "state": entered.state,
        "message": entered.message,
        "kept": str(folder),
        "undo": undo,
    }
    lines = [
        f"Removed {given.release}. {entered.message}",
        f"Its files are kept. To have it back: {undo}",
    ]
    return _say(result, lines, given)


def _waiting(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _python() -> str:
    """This Python as it is called from here: ``.venv/bin/python``."""
    path = Path(sys.executable)
    return str(
        path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    )


def _rebuild(root: Path, given: argparse.Namespace) -> int:
    from morph.catalogue.sync import rebuild

    done = rebuild(catalogue_path(root), root / "releases")
    result = {"releases": [asdict(one) for one in done]}
    rows = [(one.release_id, one.state, one.message) for one in done]
    nothing = ["There is no release to load."]
    _say(result, printing.aligned(rows) if rows else nothing, given)
    return 1 if any(one.state == "refused" for one in done) else 0


def _status(root: Path, given: argparse.Namespace) -> int:
    status = read_status(root)
    return _say(status, printing.status(status), given)


def _demo(root: Path, given: argparse.Namespace) -> int:
    from data.simulation.stores import write_demo  # loads torch, which status must not

    def tell(what: str, done: int, total: int) -> None:
        print(f"\r{what}: {done:,} of {total:,} galaxies", end="", file=sys.stderr)

    write_demo(root, galaxies=given.galaxies, seed=given.seed, progress=tell)
    print(file=sys.stderr)
    return 0


def _build_demo(root: Path, given: argparse.Namespace) -> int:
    from data.demo.build import run_demo

    return run_demo(root, small=given.small, serve=given.serve, port=given.port)


def _synthetic(root: Path, given: argparse.Namespace) -> int:
    from data.synthetic.release import synthetic_release

    folder = release_folder(root, given.release)
    manifest = synthetic_release(
        folder,
        galaxies=given.galaxies,
        seed=given.seed,
        release_id=given.release,
        fractions=given.fractions,
        passes=given.passes,
        votes=given.votes,
        projection=given.projection or given.features > 0,
        features=given.features,
        cutouts=(given.release,) if given.pictures else (),
    )
    if given.pictures:
        from data.synthetic.pictures import write_pictures  # loads torch

        store = cutouts_folder(root, given.release)
        write_pictures(store, folder, count=given.pictures, seed=given.seed)
    return _tell_entered(root, manifest, given)


def _say(
    result: dict[str, Any], lines: Sequence[str], given: argparse.Namespace
) -> int:
    if given.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        print("\n".join(lines))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_releases(commands)
    _add_simulated(commands)
    return parser


def _add_releases(commands: Commands) -> None:
    load = _add(
        commands, "load", _load, "a table, or a release's folder, into the catalogue"
    )
    load.add_argument("file", help="CSV, Parquet, FITS, VOTable, ECSV (.gz), folder")
    load.add_argument("--release", metavar="NAME", help="what the release is called")
    load.add_argument(
        "--survey", help="decals, bmz, ...: whose pictures were classified"
    )
    load.add_argument(
        "--origin",
        choices=ORIGINS,
        default="real",
        help="what the numbers are about (default: real galaxies)",
    )
    load.add_argument("--title", default="", help="instead of the kind of table")
    load.add_argument("--note", default="", help="what else its readers must know")
    load.add_argument("--tree", default=DEFAULT, help="decision tree of its answers")
    run = _add(commands, "load-run", _load_run, "a finished run's release")
    run.add_argument("run", help="its folder, or its name under MORPH_HOME/runs")
    _add(commands, "status", _status, "what is there and what of it is loaded")
    _add(
        commands,
        "rebuild",
        _rebuild,
        "make the catalogue again from all releases, those unloaded too",
    )
    remove = _add(commands, "remove", _remove, "take a release out; it is kept aside")
    remove.add_argument("release", metavar="NAME")


def _add_simulated(commands: Commands) -> None:
    demo = _add(commands, "demo", _demo, "simulate two surveys", json=False)
    demo.add_argument("--galaxies", type=int, default=FULL.galaxies)
    demo.add_argument("--seed", type=int, default=SEED)
    build = _add(commands, "build-demo", _build_demo, "as `make demo`", json=False)
    build.add_argument("--small", action="store_true")
    build.add_argument("--serve", action="store_true", help="and show it meanwhile")
    build.add_argument("--port", type=int, default=8501)
    made = _add(commands, "synthetic", _synthetic, "random posteriors of any size")
    made.add_argument("--release", metavar="NAME", default="synthetic")
    made.add_argument("--galaxies", "--rows", type=int, default=248_088)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument(
        "--passes", type=int, default=0, help="stochastic passes a galaxy, kept too"
    )
    made.add_argument(
        "--pictures", type=int, default=0, help="galaxies with a picture, strong bars"
    )
    made.add_argument(
        "--features", type=int, default=0, help="numbers a galaxy, and a map of them"
    )
    for name in ("fractions", "votes", "projection"):
        made.add_argument(f"--{name}", action="store_true")


def _add(
    commands: Commands, name: str, carry_out: Command, words: str, *, json: bool = True
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words)
    command.set_defaults(carry_out=carry_out)
    if json:
        command.add_argument("--json", action="store_true", help="print JSON")
    return command


if __name__ == "__main__":
    sys.exit(main())
