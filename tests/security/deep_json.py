"""JSON that is nested very deep, wherever the program reads JSON from outside."""

import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from morph.errors import MorphError
from morph.images.store_manifest import read_store_manifest
from morph.release.manifest import read_manifest
from morph.release.packed import unpack
from morph.runs.lifecycle import read_run
from morph.runs.run_files import read_choice, read_events
from morph.tables.opening import open_table
from tests.pages.conftest import SHELL
from tests.pages.opening import opened
from tests.security.attempts import Row

DEPTHS = (100_000, 900, 300)  # beyond what Python reads, just below, and far below
CPU_S = 10.0


def row(root: Path) -> Row:
    """Places where deep JSON ended in an error of the program, or took long."""
    found = Row(f"deep JSON: an error of the program, over {CPU_S:.0f} s")
    work = root.parent / "deep"
    work.mkdir()
    most = 0.0
    for depth in DEPTHS:
        for kind, text in _texts(depth).items():
            for place, read in PLACES.items():
                began = time.process_time()
                problem = _problem(lambda: read(work, text))  # noqa: B023 (at once)
                spent = time.process_time() - began
                most = max(most, spent)
                attempt = f"{place}, {depth:,} {kind}: {problem or f'{spent:.1f} s'}"
                found.add(attempt, bool(problem) or spent > CPU_S)
        for place in ("address", "editor"):
            problem = _draft(_texts(depth)["objects"], place)
            found.add(f"draft in the {place}, {depth:,}: {problem}", bool(problem))
    found.note = f"at most {most:.1f} s of CPU"
    return found


def _texts(depth: int) -> dict[str, str]:
    return {
        "lists": "[" * depth + "]" * depth,
        "objects": '{"kind":' * depth + "1" + "}" * depth,
        "open": '{"kind":' * depth,
    }


def _problem(read: Callable[[], object]) -> str:
    try:
        read()
    except MorphError:
        return ""
    except Exception as error:
        return repr(error)[:100]
    return ""


def _manifest(work: Path, text: str) -> None:
    _fresh(work / "release", "manifest.json", text)
    read_manifest(work / "release")


def _store(work: Path, text: str) -> None:
    _fresh(work / "store", "manifest.json", text)
    read_store_manifest(work / "store")


def _run(work: Path, text: str) -> None:
    for file in ("config.json", "status.json", "slurm.json"):
        folder = _fresh(work / "runs" / "deep", file, text)
        if file != "config.json":
            (folder / "config.json").write_text('{"kind": "source"}')
        read_run(folder)


def _events(work: Path, text: str) -> None:
    read_events(_fresh(work / "run", "events.jsonl", f"{text}\n"))


def _choice(work: Path, text: str) -> None:
    read_choice(_fresh(work / "run", "choice.json", text))


def _model(work: Path, text: str) -> None:
    from training.network.checkpoints import load_model

    load_model(_fresh(work / "model", "model.json", text))


def _packed(work: Path, text: str) -> None:
    path = work / "deep.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", text)
    unpack(path, work / "releases")


def _beside_a_table(work: Path, text: str) -> None:
    path = work / "table.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.csv", "ra,dec\n1,2\n")
        archive.writestr("table_readme.json", text)
    with open_table(path) as table:
        table.read(["ra"])


PLACES = {
    "a release's manifest": _manifest,
    "a store's manifest": _store,
    "a run": _run,
    "a run's events": _events,
    "a run's choice": _choice,
    "a model": _model,
    "a packed release": _packed,
    "beside a table in a zip": _beside_a_table,
}


def _fresh(folder: Path, name: str, text: str) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    return folder


def _draft(text: str, place: str) -> str:
    """What the page of a new run ended in, if not in a sentence."""
    page = AppTest.from_file(SHELL, default_timeout=60)
    query = {"runs_view": "New run", "new": "Smoke test"}
    if place == "address":
        query["draft"] = text
    try:
        opened(page, "runs/runs.py", query)
        if place == "editor":
            page.session_state["draft_text"] = text
            page.run()
    except Exception as error:
        return repr(error)[:100]
    told = [*(one.message for one in page.exception), *(e.value for e in page.error)]
    shown = any(title.value == "Runs" for title in page.title)
    defect = bool(page.exception) or any("Internal error" in one for one in told)
    return f"{told}"[:200] if defect or not shown else ""
