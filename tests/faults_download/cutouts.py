"""Cutouts of a table from a bad service, by a client that is killed on the way.

The server counts: every galaxy must have been asked for, be in the store once and with
its own pixels, and no good answer may have been asked for twice, except those that the
client was receiving when it was killed (they are in its journal without an answer).
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.cutouts.journal import NAME
from data.cutouts.targets import read_targets
from morph.images.store import open_store
from tests.cutout_server import FAULTS, Asked, Behaviour, CutoutServer, galaxy, serving
from tests.faults_download.part import Part

RATE = 0.05  # of each fault
SIZE = 32  # pixels
BANDS = "grz"
_RUNS = 5  # of the client after the last kill, at most
_PATIENCE_S = 900.0

SURVEY = """name = "bad"
title = "Bad service"
pixscale_arcsec = 0.262
[service]
url = "{url}"
layer = "bad"
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--targets", type=int, default=5000, help="cutouts to fetch")
    parser.add_argument("--kills", type=int, default=10, help="of their client")


def run(args: argparse.Namespace, say: Callable[[str], None]) -> Part:
    """Download that many cutouts, with so many kills; what came of it."""
    behaviour = Behaviour(faults=dict.fromkeys(FAULTS, RATE))
    with (
        tempfile.TemporaryDirectory(prefix="morph-faults-") as folder,
        serving(behaviour, seed=args.seed) as server,
    ):
        root = Path(folder)
        (root / "surveys").mkdir()
        (root / "surveys" / "bad.toml").write_text(SURVEY.format(url=server.url))
        table = _write_table(root, args.targets, args.seed)
        received: Counter[str] = Counter()
        started = time.monotonic()
        for number in range(args.kills):
            part = (number + random.Random(args.seed + number).random()) / args.kills
            _run(root, table, kill_at=(server, int(args.targets * part)))
            received.update(_in_progress(root))
            say(f"kill -9 after {len(server.log):,} requests")
        runs = _finish(root, table)
        say(f"finished by the next {runs} run{'s' if runs > 1 else ''}")
        seconds = time.monotonic() - started
        wanted = read_targets(table).places
        result = _counted(root, wanted, server.log, received, say)
        result.seconds = seconds
        result.interrupted["kill -9"] = args.kills
        return result


def _write_table(root: Path, targets: int, seed: int) -> Path:
    rng = np.random.default_rng(seed)
    ra, dec = rng.uniform(120, 250, targets), rng.uniform(0, 30, targets)
    places = pd.DataFrame({"ra": ra.round(6), "dec": dec.round(6)})
    places.to_csv(root / "targets.csv", index=False)
    return root / "targets.csv"


def _run(
    root: Path, table: Path, *, kill_at: tuple[CutoutServer, int] | None = None
) -> int:
    """Run the client; kill it when that many good answers were sent."""
    client = [sys.executable, "-m", "tests.faults_download.cutouts_client"]
    process = subprocess.Popen(
        [*client, str(root), str(table), "bad", str(SIZE)],
        env=os.environ | {"MORPH_HOME": str(root)},
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and kill_at is not None:
        server, answers = kill_at
        if sum(asked.answer == "good" for asked in list(server.log)) >= answers:
            process.send_signal(signal.SIGKILL)
            break
        if time.monotonic() > until:
            process.kill()
            raise TimeoutError("the client did not get that far")
        time.sleep(0.02)
    _, errors = process.communicate(timeout=_PATIENCE_S)
    if process.returncode not in (0, -signal.SIGKILL):
        sys.stderr.write(errors.decode(errors="replace")[-2000:])
    return process.returncode


def _in_progress(root: Path) -> list[str]:
    """Galaxies that the killed client had asked for and has no answer of."""
    path = root / "cutouts" / "bad" / NAME
    if not path.exists():
        return []
    waiting: dict[str, None] = {}
    for line in read_lines(path):
        if "ask" in line:
            waiting[line["ask"]] = None
        waiting.pop(line.get("got") or line.get("none") or "", None)
    return list(waiting)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a journal."""
    whole = path.read_bytes().rpartition(b"\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def _finish(root: Path, table: Path) -> int:
    """Run the client until no cutout failed for the service's faults."""
    for number in range(1, _RUNS + 1):
        done = _run(root, table) == 0
        lines = read_lines(root / "cutouts" / "bad" / NAME)
        last = {line.get("got") or line.get("none"): line for line in lines}
        failed = [one for one in last.values() if one.get("state") == "failed"]
        if done and not failed:
            return number
    return _RUNS


def _counted(
    root: Path,
    wanted: pd.DataFrame,
    log: list[Asked],
    received: Counter[str],
    say: Callable[[str], None],
) -> Part:
    """What came of it, by the server's log and the store."""
    store = open_store(root / "cutouts" / "bad")
    by_place = {
        (round(ra, 7), round(dec, 7)): name
        for name, ra, dec in wanted.itertuples(index=False)
    }
    good = Counter(by_place[one.place] for one in log if one.answer == "good")
    again = {name: number - 1 for name, number in good.items() if number > 1}
    unexplained = [n for n, number in again.items() if number > received[n]]
    stored = Counter(store.names)
    lost = [name for name in wanted["iauname"] if not stored[name]]
    twice = [name for name, number in stored.items() if number > 1]
    wrong = _with_other_pixels(store.index, store.pixels)
    say(f"{sum(again.values())} answers came when the client was killed; asked again")
    losses = [f"{name} is not in the store" for name in lost]
    losses += [f"{name} is in the store twice" for name in twice]
    losses += [f"{name} was asked for again after its answer" for name in unexplained]
    losses += [f"{name} has the pixels of another" for name in wrong]
    return Part(
        what="cutouts of a bad service",
        unit="cutouts",
        asked=len(wanted),
        fetched=len(wanted) - len(lost) - len(wrong),
        doubled=len(twice) + len(unexplained),
        requests=len(log),
        seconds=0.0,
        interrupted=dict(Counter(one.answer for one in log if one.answer != "good")),
        losses=losses,
    )


def _with_other_pixels(index: pd.DataFrame, pixels: np.ndarray) -> list[str]:
    """Galaxies in the store whose cutout is not what the server draws there."""
    wrong = []
    for row, line in enumerate(index.itertuples(index=False)):
        # The address has seven decimals.
        place = float(f"{line.ra:.7f}"), float(f"{line.dec:.7f}")
        drawn = galaxy(*place, BANDS, SIZE, 0.262).astype(np.float16)[:, ::-1]
        if not np.array_equal(pixels[row], drawn):
            wrong.append(line.iauname)
    return wrong
