"""``python -m data runs COMMAND``: start, watch, cancel, delete, compare, pack runs."""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from data import new_run, printing
from data.progress_lines import BarLine
from morph.errors import RunError
from morph.home import run_folder
from morph.release.manifest import MANIFEST
from morph.runs import bin as run_bin
from morph.runs import lifecycle, slots
from morph.runs.config import TITLES, read_config
from morph.runs.config_parts import DeviceConfig
from morph.runs.lifecycle import RunState
from morph.runs.run_files import CONFIG, read_json
from morph.runs.settings import differences, value_at
from morph.runs.slurm.job import SlurmRun, device_of, read_slurm_run, use_slurm
from morph.runs.slurm.job_settings import (
    SlurmSettings,
    changed,
    check_device,
    settings_for,
)
from morph.wording import command, duration, minute, size

_LOOK_EVERY_S = 1.0


def add_arguments(runs: argparse.ArgumentParser) -> None:
    """The arguments of every command of ``python -m data runs``."""
    commands = runs.add_subparsers(dest="what", required=True, metavar="COMMAND")

    def add(name: str, words: str, *names: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("--json", action="store_true", help="print JSON")
        for one in names:
            command.add_argument(one, metavar="RUN")
        return command

    add("list", "list runs, newest first")
    new = add("new", "make a run from a preset or a file, and start it")
    new_run.add_arguments(new)
    start = add("start", "start or resume a run", "run")
    for one in (new, start):
        one.add_argument(
            "--slurm",
            nargs="*",
            metavar="NAME=VALUE",
            help="start it as a Slurm job with these settings",
        )
    add("watch", "follow a run until it ends", "run")
    add("cancel", "stop a run; it can be resumed", "run")
    add("delete", "move a run to the bin", "run")
    compare = add("compare", "settings and errors of several runs")
    compare.add_argument("runs", nargs="+", metavar="RUN")
    pack = add("pack", "write the release of a run, or a release, to one file", "run")
    pack.add_argument("file", type=Path, nargs="?", default=Path())


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Carry out a command; its exit status."""
    return _COMMANDS[args.what](root, args)


def _list(root: Path, args: argparse.Namespace) -> int:
    from morph.catalogue.contents import loaded_manifests, state_in_words

    runs, loaded = lifecycle.list_runs(root), loaded_manifests(root)
    waiting = slots.queue(root / "runs")
    result = [_described(run, waiting) for run in runs]
    rows = [("name", "kind", "state", "created", "progress")]
    rows += [
        (
            run.run_id,
            TITLES.get(str(run.config.get("kind")), "?"),
            state_in_words(run, loaded),
            minute(run.created),
            _how_far(run),
        )
        for run in runs
    ]
    return printing.answer({"runs": result}, printing.aligned(rows), args)


def _how_far(run: RunState) -> str:
    if run.state == "queued":
        return run.message
    return f"{run.progress:.0%} {run.stage or ''}".strip() if run.active else ""


def _new(root: Path, args: argparse.Namespace) -> int:
    from morph.new_run.ingredients import ingredients, next_name

    found = ingredients(root)
    like = _folder(root, args.like) if args.like else None
    config, called = new_run.configured(found, args, like)
    new_run.say_simulated(config, found)
    if args.print:
        print(json.dumps(config, indent=2, ensure_ascii=False))
        return 0
    name = args.name or next_name(called, set(found.runs))
    new_run.check(root, found, name, config, args)
    job = _job(read_config(config).device, args.slurm)
    folder = lifecycle.create_run(root, name, config)
    if job is not None:
        use_slurm(folder, job)
    lifecycle.start_run(folder)
    if args.watch:
        return _watch(root, argparse.Namespace(run=name, json=args.json))
    follow = ("runs", "watch", name)
    lines = [f"Started {name}. Follow it: {command(*follow)}"]
    return printing.answer({"run": name, "folder": str(folder)}, lines, args)


def _job(
    device: DeviceConfig, given: Sequence[str] | None, before: SlurmRun | None = None
) -> SlurmSettings | None:
    """The settings of the job of a run, or None if none are given."""
    if given is None:
        return None
    settings = settings_for(device) if before is None else before.settings
    job = changed(settings, given)
    check_device(job, device)
    return job


def _start(root: Path, args: argparse.Namespace) -> int:
    folder = _folder(root, args.run)
    if lifecycle.read_run(folder).startable:  # else `start_run` says why not
        job = _job(device_of(folder), args.slurm, read_slurm_run(folder))
        if job is not None:
            use_slurm(folder, job)
    lifecycle.start_run(folder)
    lines = [f"Started {args.run}."]
    return printing.answer({"run": args.run, "state": "queued"}, lines, args)


def _watch(root: Path, args: argparse.Namespace) -> int:
    """Follow a run; exit status 0 if it finished, 1 if not."""
    folder, line = _folder(root, args.run), BarLine()
    while (run := lifecycle.read_run(folder)).active:
        if not args.json:
            line.tell(run.progress, _words(run))
        time.sleep(_LOOK_EVERY_S)
    line.end()
    error = f"; {run.error}" if run.error else ""
    ended = f"the state of {run.run_id} is: {run.state}{error}"
    printing.answer(_described(run, []), [ended], args)
    return 0 if run.state == "finished" else 1


def _words(run: RunState) -> str:
    """The stage of a run, its message and the time left."""
    left = f"{duration(run.eta_s)} left in this stage" if run.eta_s else ""
    parts = (run.stage or run.state, run.message, left)
    return " · ".join(part for part in parts if part)


def _cancel(root: Path, args: argparse.Namespace) -> int:
    lifecycle.cancel_run(_folder(root, args.run))
    resume = command("runs", "start", args.run)
    lines = [f"Stopping {args.run}. To resume: {resume}"]
    return printing.answer({"run": args.run, "state": "cancelling"}, lines, args)


def _delete(root: Path, args: argparse.Namespace) -> int:
    folder = run_bin.delete(root, args.run)
    lines = [f"Moved {args.run} ({size(run_bin.size_of(folder))}) to {folder}"]
    return printing.answer({"run": args.run, "kept": str(folder)}, lines, args)


def _compare(root: Path, args: argparse.Namespace) -> int:
    import pandas as pd

    from morph.runs.evaluation_file import mean_rmse

    configs = {name: read_json(_folder(root, name) / CONFIG) for name in args.runs}
    first = configs[args.runs[0]]
    paths: dict[str, None] = {}
    for config in configs.values():
        paths |= dict.fromkeys(differences(first, config))
    table = {
        name: {path: value_at(config, path) for path in paths}
        | {"mean RMSE": mean_rmse(_folder(root, name))}
        for name, config in configs.items()
    }
    frame = pd.DataFrame(table)
    return printing.answer(table, frame.to_string(na_rep="").splitlines(), args)


def _pack(root: Path, args: argparse.Namespace) -> int:
    from morph.release.packed import pack

    folders = (root / "runs" / args.run / "release", root / "releases" / args.run)
    folder = next((one for one in folders if (one / MANIFEST).is_file()), None)
    if folder is None:
        raise RunError(f"there is no run with a release, and no release, {args.run!r}")
    path = pack(folder, args.file)
    lines = [f"Wrote {path} ({size(path.stat().st_size)}). On the other computer:"]
    lines.append(command("load", path.name))
    return printing.answer({"file": str(path)}, lines, args)


def _folder(root: Path, name: str) -> Path:
    folder = run_folder(root, name)
    if not folder.is_dir():
        known = ", ".join(run.run_id for run in lifecycle.list_runs(root)) or "none"
        raise RunError(f"there is no run {name!r}; runs: {known}")
    return folder


def _described(run: RunState, waiting: list[str]) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "kind": run.config.get("kind"),
        "state": run.state,
        "created": run.created,
        "stage": run.stage,
        "progress": round(run.progress, 4),
        "message": run.message,
        "eta_s": run.eta_s,
        "error": run.error,
        "place": waiting.index(run.run_id) + 1 if run.run_id in waiting else None,
    }


_COMMANDS: dict[str, Callable[[Path, argparse.Namespace], int]] = {
    "list": _list,
    "new": _new,
    "start": _start,
    "watch": _watch,
    "cancel": _cancel,
    "delete": _delete,
    "compare": _compare,
    "pack": _pack,
}
