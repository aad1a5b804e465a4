"""Times of runs: start, the page, loading and rebuilding, compared with the bare parts.

``python -m tests.benchmarks.runs``; with --check it exits 1 if a goal is missed.
--releases is the number of releases of the rebuilt catalogue, --rows their galaxies.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from streamlit.testing.v1 import AppTest

from data.synthetic.release import synthetic_release
from morph.atomic import write_json
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.catalogue.sync import rebuild
from morph.home import catalogue_path, release_folder
from morph.new_run.ingredients import ingredients
from morph.new_run.presets import PRESETS
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import create_run, start_run
from morph.runs.run_files import (
    LOCK,
    STATUS,
    append_event,
    read_events,
    take_lock,
)
from morph.wording import utc_now
from tests.benchmarks import report
from tests.morph.new_run.small_home import fill

GALAXIES, RELEASES = 248_088, 6
PAST, LIVE = 200, 3
PAGE_MS, REFRESH_MS, LOAD_S = 200, 100, 20
SHELL = Path(__file__).resolve().parents[2] / "pages" / "common" / "frame" / "shell.py"
_PATIENCE_S = 120.0

Row = dict[str, object]


def row(
    what: str, seconds: float, instead: str, other: float, goal: float | None
) -> Row:
    """One line of the table; seconds."""
    return {
        "what": what,
        "s": seconds,
        "instead": instead,
        "instead s": other,
        "ratio": seconds / other,
        "goal s": goal or "-",
        "missed": "missed" if goal and seconds > goal else "",
    }


def first_event(root: Path) -> Row:
    """From the press of Start until the run has begun its first stage."""
    fill(root)
    config = PRESETS["smoke"].make(ingredients(root))
    began = time.perf_counter()
    folder = create_run(root, "timed", config)
    start_run(folder)
    while not any(e["event"] == "stage_started" for e in read_events(folder)):
        if time.perf_counter() - began > _PATIENCE_S:
            raise RuntimeError("the run has not begun")
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    stop_run(folder)
    bare = _seconds(
        lambda: subprocess.run([sys.executable, "-c", "import torch"], check=True)
    )
    return row("start until the first stage", seconds, "import torch", bare, None)


def refresh(root: Path) -> list[Row]:
    """A script run of Runs with live and past runs, and of its refreshed part."""
    os.environ["MORPH_HOME"] = str(root)
    for number in range(PAST):
        _past_run(root, f"past-{number}", {"state": "finished", "finished": utc_now()})
    locks = []
    for number in range(LIVE):
        status = {"state": "running", "stage": "fit", "step": 3, "total": 9}
        folder = _past_run(root, f"live-{number}", status)
        locks.append(take_lock(folder / LOCK))
    whole = AppTest.from_file(str(SHELL), default_timeout=60)
    whole.switch_page("../../runs/runs.py")
    cards = AppTest.from_function(_cards, default_timeout=60)
    drawn_again = partial(_after_an_epoch, root, cards)
    runs = (whole.run, cards.run, drawn_again)
    times = [report.median_ms(one, 9) / 1000 for one in runs]
    assert not whole.exception, whole.exception
    assert not cards.exception, cards.exception
    empty = AppTest.from_string("import streamlit as st\nst.title('Runs')")
    bare = report.median_ms(empty.run, 9) / 1000
    for lock in locks:
        os.close(lock)
    of = f"with {LIVE} live and {PAST} past runs"
    title = "a page with a title"
    return [
        row(f"Runs {of}: the whole page", times[0], title, bare, PAGE_MS / 1000),
        row(f"Runs {of}: a refresh", times[1], title, bare, REFRESH_MS / 1000),
        row("... when each live run has a new epoch", times[2], title, bare, None),
    ]


def _after_an_epoch(root: Path, cards: AppTest) -> None:
    """A refresh for which the curves of the live runs are drawn again."""
    for number in range(LIVE):
        epoch = len(read_events(root / "runs" / f"live-{number}")) + 1
        append_event(
            root / "runs" / f"live-{number}",
            "epoch",
            fit="source",
            epoch=epoch,
            loss=20 - epoch / 10,
        )
    cards.run()


def _cards() -> None:
    """The script of what is refreshed every two seconds."""
    import streamlit as st

    from morph.home import home
    from morph.runs.lifecycle import list_runs
    from pages.runs import all_runs

    if "states" not in st.session_state:
        states = all_runs.states_in_words(home(), list_runs(home()))
        st.session_state["states"] = states
    all_runs.cards(home(), None, st.session_state["states"])


def _past_run(root: Path, name: str, status: dict[str, Any]) -> Path:
    config = {"kind": "source", "stores": ["decals"], "fit": {"epochs": 20}}
    folder = create_run(root, name, config)
    times = {"started": utc_now(), "heartbeat": utc_now(), "stages": ["fit"]}
    write_json(folder / STATUS, times | status)
    epochs = [
        {"event": "epoch", "fit": "source", "epoch": n, "loss": 20 - n / 10}
        for n in range(1, 21)
    ]
    lines = [json.dumps(epoch) + "\n" for epoch in epochs]
    (folder / "events.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "log.txt").write_text("a line\n" * 200, encoding="utf-8")
    return folder


def loads(root: Path, galaxies: int, releases: int) -> list[Row]:
    """Load one release; rebuild the catalogue of several."""
    first = release_folder(root, "synthetic-0")
    synthetic_release(first, galaxies=galaxies, release_id="synthetic-0")
    bare = _seconds(lambda: _copied(first))
    with connect(catalogue_path(root)) as con:
        loaded = _seconds(lambda: load_release(con, first))
    for number in range(1, releases):
        name = f"synthetic-{number}"
        folder = shutil.copytree(first, release_folder(root, name))
        manifest = json.loads((folder / "manifest.json").read_text())
        write_json(folder / "manifest.json", manifest | {"release_id": name})
    done = _seconds(lambda: rebuild(catalogue_path(root), root / "releases"))
    copy = "COPY of the same files"
    return [
        row(f"load {galaxies:,} galaxies", loaded, copy, bare, LOAD_S),
        row(f"rebuild {releases} of them", done, copy, releases * bare, None),
    ]


def _copied(folder: Path) -> None:
    """DuckDB's own copy of the Parquet files of a release into a database."""
    with (
        tempfile.TemporaryDirectory() as other,
        duckdb.connect(str(Path(other) / "bare.duckdb")) as con,
    ):
        for path in folder.glob("*.parquet"):
            con.execute(f"CREATE TABLE \"{path.stem}\" AS FROM '{path}'")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=GALAXIES)
    parser.add_argument("--releases", type=int, default=RELEASES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        rows = [first_event(home / "a"), *refresh(home / "b")]
        rows += loads(home / "c", options.rows, options.releases)
    report.print_table(rows, json=options.json)
    return 1 if options.check and any(one["missed"] for one in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
