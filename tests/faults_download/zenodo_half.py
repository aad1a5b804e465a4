"""A table from a record of Zenodo, interrupted by SIGKILL and by faults of the server.

The download is a detached run, as the page Data starts it. When it has finished, its
file is compared with the original byte by byte, and its release is verified.
"""

import argparse
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from morph.published.addresses import ZENODO
from morph.published.catalogue_file import catalogue_called
from morph.published.download_run import FILES, begin
from morph.release.folder import verify_release
from morph.runs.lifecycle import read_run, start_run
from morph.sky import iauname_from_position, unique_names
from morph.trees.decision_tree import GZD5
from tests.faults.trials import empty_folder
from tests.faults_download.part import Part
from tests.zenodo_server import Fault, ZenodoServer, serving_records

CATALOGUE = "gz-decals-auto"
FILE = "gz_decals_auto_posteriors.parquet"
_UNDISTURBED_S = 5.0  # how long the download would take
_PATIENCE_S = 600.0
# Faults of the server: what ends the connection, and how the next request is answered.
_SERVER = (
    ("cut",),
    ("reset",),
    ("cut", "429"),
    ("cut", "503"),
    ("cut", "page"),
    ("cut", "wrong size"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--megabytes", type=int, default=200, help="size of the record")
    parser.add_argument(
        "--interruptions", type=int, default=20, help="half of them are kill -9"
    )


def run(args: argparse.Namespace, say: Callable[[str], None]) -> Part:
    """Download a record with its interruptions; what came of it."""
    with empty_folder() as folder, serving_records() as server, _zenodo(server.url):
        table = folder / FILE
        rows = _write_table(table, args.megabytes * 10**6, args.seed)
        record = catalogue_called(folder, CATALOGUE).record
        server.add(record, table)
        server.bytes_per_s = table.stat().st_size / _UNDISTURBED_S
        killed = threading.Event()
        kinds = _plan(server, args, table.stat().st_size, killed)
        since = time.monotonic()
        run_folder = _downloaded(folder / "home", killed, say)
        seconds = time.monotonic() - since
        return _counted(run_folder, table, rows, server, kinds, seconds)


def _plan(
    server: ZenodoServer,
    args: argparse.Namespace,
    size: int,
    killed: threading.Event,
) -> Counter[str]:
    """Plan interruptions at random bytes, every second one a kill; how many of each."""
    chance = random.Random(args.seed)
    places = sorted(
        chance.uniform(0.02, 0.98) * size for _ in range(args.interruptions)
    )
    kinds: Counter[str] = Counter()
    for number, place in enumerate(places):
        at = int(place)
        if number % 2 == 0:
            server.faults.append(Fault("kill", at, then=killed.set))
            kinds["kill -9"] += 1
            continue
        names = _SERVER[number // 2 % len(_SERVER)]
        server.faults.append(Fault(names[0], at))
        server.faults += [Fault(name, retry_after="1") for name in names[1:]]
        kinds[", then ".join(names)] += 1
    return kinds


def _downloaded(
    home: Path, killed: threading.Event, say: Callable[[str], None]
) -> Path:
    """Start the run, kill it when told to, start it again until it has finished."""
    folder = begin(home, catalogue_called(home, CATALOGUE))
    start_run(folder)
    end = time.monotonic() + _PATIENCE_S
    while (state := read_run(folder)).state != "finished":
        if time.monotonic() > end or state.state == "failed":
            say(f"{state.state}: {state.error}")
            return folder
        if killed.is_set() and state.pid is not None:
            os.kill(state.pid, signal.SIGKILL)
            say(f"killed at {state.message}")
            _wait_until(lambda: read_run(folder).state == "lost")
            killed.clear()
            start_run(folder)
        time.sleep(0.01)
    return folder


def _counted(
    folder: Path,
    table: Path,
    rows: int,
    server: ZenodoServer,
    kinds: Counter[str],
    seconds: float,
) -> Part:
    size, right = table.stat().st_size, _equal_bytes(table, folder / FILES / FILE)
    requests = server.files_sent()
    sent = sum(one.sent for one in requests)
    part = Part(
        "catalogue from Zenodo",
        "bytes",
        size,
        right,
        max(sent - size, 0),
        len(requests),
        seconds,
        dict(kinds),
    )
    state = read_run(folder)
    if right < size:
        part.losses.append(f"{size - right:,} bytes of {table.name}")
    if server.faults:
        part.losses.append(f"{len(server.faults)} interruptions did not happen")
    if state.state != "finished":
        part.losses.append(f"the run is {state.state}: {state.error}")
        return part
    manifest = verify_release(folder / "release")
    if manifest.galaxies != rows:
        part.losses.append(
            f"the release has {manifest.galaxies:,} of {rows:,} galaxies"
        )
    return part


def _equal_bytes(one: Path, other: Path) -> int:
    """How many bytes of a file are the same in another."""
    if not other.is_file():
        return 0
    a, b = (np.memmap(path, np.uint8, "r") for path in (one, other))
    length = min(len(a), len(b))
    return int((a[:length] == b[:length]).sum()) if len(a) >= len(b) else 0


def _write_table(path: Path, size: int, seed: int) -> int:
    """Write a table of posteriors of about this size; its number of rows."""
    columns = [f"{label}_concentration" for label in GZD5.labels]
    columns += [f"{label}_fraction" for label in GZD5.labels]
    columns += [f"{q.name}_proportion_volunteers_asked" for q in GZD5.questions]
    rows = size // (8 * (len(columns) + 2) + 20)
    rng = np.random.default_rng(seed)
    ra, dec = rng.uniform(0, 360, rows), rng.uniform(-30, 30, rows)
    names = unique_names(iauname_from_position(ra, dec))
    table = {"iauname": pa.array(names, pa.string()), "ra": ra, "dec": dec}
    for name in columns:
        low = 1.0 if name.endswith("_concentration") else 0.0
        table[name] = rng.uniform(low, 100.0 if low else 1.0, rows)
    pq.write_table(pa.table(table), path, compression="none", use_dictionary=False)
    return rows


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("a killed process has not ended")
        time.sleep(0.01)


@contextmanager
def _zenodo(address: str) -> Iterator[None]:
    """Let runs ask this server instead of Zenodo."""
    before = os.environ.get(ZENODO)
    os.environ[ZENODO] = address
    try:
        yield
    finally:
        os.environ.pop(ZENODO)
        if before is not None:
            os.environ[ZENODO] = before
