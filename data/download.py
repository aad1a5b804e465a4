"""``python -m data download``: list published catalogues, or download and load one."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from data import printing
from data.progress_lines import BarLine
from data.status import read_status
from morph.errors import MorphError
from morph.home import release_folder
from morph.published.catalogue_file import read_catalogues
from morph.published.download_run import begin, catalogue_in, finished_run
from morph.published.download_states import (
    CatalogueState,
    downloaded_bytes,
    read_states,
)
from morph.published.known_records import read_known
from morph.release.manifest import read_manifest
from morph.runs.active_run import EXIT_FINISHED, Run, execute
from morph.runs.run_files import STATUS, read_json
from morph.wording import command, duration, size


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", metavar="NAME", help="published catalogue")
    what.add_argument("--list", action="store_true", help="print all with their state")
    words = "a Zenodo record other than the stated one"
    command.add_argument("--record", type=int, default=0, metavar="NUMBER", help=words)
    command.add_argument("--json", action="store_true", help="print JSON")


def listed(root: Path) -> tuple[dict[str, Any], list[str]]:
    """All catalogues with their states, for JSON and as lines."""
    known, sizes = read_catalogues(root), read_known(root)
    loaded = [
        read_manifest(release_folder(root, entry["release"]))
        for entry in read_status(root)["releases"]
        if entry["state"] == "loaded"
        and release_folder(root, entry["release"]).is_dir()
    ]
    states = read_states(root, list(known.by_name.values()), loaded)
    rows = [("name", "rows", "size", "state", "licence", "title")]
    rows += [_row(one, sizes) for one in states]
    result = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    lines = printing.aligned(rows, right=(1, 2))
    problems = [f"Left out: {problem}" for problem in known.problems]
    return {"catalogues": result, "problems": known.problems}, lines + problems


def downloaded(root: Path, args: argparse.Namespace) -> Path | None:
    """Download in this process, with a progress bar; the run, None if it was stopped.

    A run that has finished is not repeated. MorphError if the download failed.
    """
    from data.published.download_stages import download  # slow to import

    catalogue = catalogue_in(root, args.name, args.record)
    if (done := finished_run(root, catalogue)) is not None:
        return done
    folder, line = begin(root, catalogue), BarLine()
    status = execute(
        folder, lambda run: download(_Shown(run, line)), log_in_terminal=False
    )
    line.end()
    if status == EXIT_FINISHED:
        return folder
    state = read_json(folder / STATUS)
    if state.get("state") == "cancelled":
        again = command("download", args.name)
        print(f"Stopped. To continue: {again}", file=sys.stderr)
        return None
    raise MorphError(str(state.get("error") or "the download failed; see its log"))


class _Shown:
    """A run whose progress is shown in the terminal too."""

    def __init__(self, run: Run, line: BarLine) -> None:
        self._run, self._line = run, line
        self.folder, self.root, self.config = run.folder, run.root, run.config
        self.plan = run.plan

    def stage(self, name: str, work: Callable[[], None]) -> None:
        self._run.stage(name, work)

    def event(self, name: str, *, durable: bool = False, **values: Any) -> None:
        self._run.event(name, durable=durable, **values)
        if says := values.get("says"):
            self._line.end()
            print(says, file=sys.stderr, flush=True)

    def progress(self, step: int, total: int, message: str = "") -> None:
        self._run.progress(step, total, message)
        self._line.tell(step / total if total else 0.0, message)


def _row(one: CatalogueState, sizes: dict[str, Any]) -> Sequence[str]:
    catalogue, known = one.catalogue, sizes.get(one.catalogue.name)
    amount = downloaded_bytes(one.release) or (known.bytes if known else None)
    return (
        catalogue.name,
        f"{catalogue.rows:,}" if catalogue.rows else "unknown",
        size(amount) if amount else "unknown",
        _state(one),
        catalogue.licence,
        catalogue.title,
    )


def _state(one: CatalogueState) -> str:
    if one.state == "needs tree":
        return f"unknown decision tree {one.catalogue.tree}"
    if one.state == "downloading" and one.run is not None:
        left = f", {duration(one.run.eta_s)} left" if one.run.eta_s else ""
        return f"downloading {one.run.progress:.0%}{left}"
    words = {"not here": "not downloaded", "here": "downloaded"}
    return words.get(one.state, one.state)


def print_list(root: Path, args: argparse.Namespace) -> int:
    """Print all catalogues; the exit status."""
    result, lines = listed(root)
    return printing.answer(result, lines, args)
