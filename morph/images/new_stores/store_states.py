"""Cutout stores and the runs that make them: how far each is, and what is missing."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa

from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.new_stores.cutouts_run import RESULT
from morph.images.store_manifest import StoreManifest, read_store_manifest
from morph.runs.data_runs.kinds import MAKE_STORES
from morph.runs.lifecycle import RunState, list_runs
from morph.runs.run_files import read_json
from morph.tables.cells import guarded

PROBLEMS = "problems.parquet"
# States of galaxies that can be tried again: of a request or a broken file; and, of
# bricks, without a file that is needed.
FAILED, NO_FILE = AGAIN = ("failed", "no file")
LEFT_OUT = "refused.csv"  # images that a store from a folder does not have

State = Literal["making", "stopped", "finished"]


@dataclass(frozen=True)
class StoreState:
    """How far a store is: its newest run, and its manifest once it is finished."""

    name: str
    state: State
    run: RunState | None = None
    manifest: StoreManifest | None = None
    problems: Mapping[str, int] = field(default_factory=dict)  # galaxies by state

    @property
    def failed(self) -> int:
        """Galaxies that can be tried again."""
        return sum(self.problems.get(state, 0) for state in AGAIN)


def read_stores(root: Path) -> list[StoreState]:
    """The stores that runs make or have made, and all others; the newest runs first."""
    runs: dict[str, RunState] = {}
    for run in list_runs(root):
        store = run.config.get("store")
        if run.config.get("kind") in MAKE_STORES and isinstance(store, str):
            runs.setdefault(store, run)
    folders = sorted((root / "cutouts").glob("[!.]*/"))
    names = dict.fromkeys([*runs, *(folder.name for folder in folders)])
    states = (_state(root, name, runs.get(name)) for name in names)
    return [one for one in states if one is not None]


def read_problems(root: Path, store: str) -> pd.DataFrame:
    """The table of problems of a store: iauname, ra, dec, missing, state, why.

    It is empty if there is none; MorphError if it cannot be read.
    """
    folder = cutouts_folder(root, store)
    of_images = (folder / LEFT_OUT).is_file()
    path = folder / (LEFT_OUT if of_images else PROBLEMS)
    if not path.is_file():
        return pd.DataFrame(columns=["iauname", "ra", "dec", "missing", "state", "why"])
    try:
        table = _images_left_out(path) if of_images else pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise MorphError(
            f"{path} cannot be read ({error}); make the store again"
        ) from error
    lacking = {"iauname", "state", "why"} - set(table.columns)
    if lacking:
        raise MorphError(f"{path} has no column {min(lacking)}; make the store again")
    return table


def _images_left_out(path: Path) -> pd.DataFrame:
    """The list of images that a store does not have, as a table of problems."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    names = {"file": "iauname", "reason": "why"}
    return table.rename(columns=names).assign(state="left out")


def failed_names(root: Path, store: str) -> list[str]:
    """The galaxies that can be tried again."""
    table = read_problems(root, store)
    return table.loc[table["state"].isin(AGAIN), "iauname"].tolist()


def made_by(run: RunState) -> str:
    """What a finished run put into its store, in a sentence; "" if it has none."""
    made = (run.folder / RESULT).is_file()
    if run.config.get("kind") not in MAKE_STORES or not made:
        return ""
    counts = read_json(run.folder / RESULT).get("counts")
    counts = counts if isinstance(counts, dict) else {}
    parts = [f"{what} {n:,}" for what, n in counts.items() if isinstance(n, int) and n]
    return f"Cutout store {run.config.get('store')}: {', '.join(parts)}"


def problems_csv(root: Path, store: str) -> str:
    """The table of problems as CSV, safe to open in a spreadsheet."""
    table = read_problems(root, store)
    for column in ("iauname", "state", "why"):
        table[column] = [guarded(str(cell)) for cell in table[column]]
    return table.to_csv(index=False)


def _state(root: Path, name: str, run: RunState | None) -> StoreState | None:
    """None for a folder that is no store yet and that no run makes."""
    manifest, counts = None, {}
    with suppress(MorphError):  # a run may have any name, and a store be unfinished
        folder = cutouts_folder(root, name)
        manifest = read_store_manifest(folder)
    with suppress(MorphError):
        counts = read_problems(root, name).get("state").value_counts().to_dict()
    if run is not None and run.active:
        return StoreState(name, "making", run, manifest, counts)
    if run is not None and run.state != "finished":
        return StoreState(name, "stopped", run, manifest, counts)
    if manifest is None:
        return None
    return StoreState(name, "finished", run, manifest, counts)
