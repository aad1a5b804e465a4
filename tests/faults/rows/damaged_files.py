"""Damaged, altered and foreign files in releases and checkpoints."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from morph.catalogue.connection import connect
from morph.catalogue.sync import waiting
from morph.home import catalogue_path
from morph.runs.active_run import EXIT_FAILED, EXIT_FINISHED
from morph.runs.lifecycle import create_run, read_run
from pages.common.server import database
from tests.faults.homes import FIRST, SECOND, add_release, loaded, small_home
from tests.faults.processes import train_here
from tests.faults.rows.killed_trainer import MODEL, with_model
from tests.faults.trials import Fault, Trial
from tests.morph.catalogue.loading.altered import (
    rewrite,
    with_a_row_twice,
    with_value,
    without_rows,
)

Damage = Callable[[Path, Trial], None]  # of a release folder


def _any_table(folder: Path, trial: Trial) -> Path:
    path = trial.moments.choice(sorted(folder.glob("*.parquet")))
    trial.say(path.name)
    return path


def truncated(folder: Path, trial: Trial) -> None:
    path = _any_table(folder, trial)
    data = path.read_bytes()
    path.write_bytes(data[: trial.moments.randrange(len(data))])


def flipped(folder: Path, trial: Trial) -> None:
    path = _any_table(folder, trial)
    data = bytearray(path.read_bytes())
    byte = trial.moments.randrange(len(data))
    trial.say(f"byte {byte}")
    data[byte] ^= 1 << trial.moments.randrange(8)
    path.write_bytes(bytes(data))


def not_numbers(folder: Path, trial: Trial) -> None:
    """Half the concentrations NaN, with a manifest that has the right checksum."""

    def change(table: pa.Table) -> pa.Table:
        column = table.column_names[-1]
        values = table[column].to_numpy().copy()
        values[::2] = np.nan
        where = table.schema.get_field_index(column)
        return table.set_column(where, column, pa.array(values, table[column].type))

    rewrite(folder, "posteriors", change)


def manifest(folder: Path, trial: Trial, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def file_outside(folder: Path, trial: Trial) -> None:
    """The manifest lists a file by a way out of the folder."""
    files = json.loads((folder / "manifest.json").read_text())["files"]
    shutil.copy(folder / "galaxies.parquet", folder.parent.parent / "galaxies.parquet")
    files["../../galaxies.parquet"] = files["galaxies.parquet"]
    manifest(folder, trial, files=files)


def linked(folder: Path, trial: Trial, *, file: str) -> None:
    """A file of the release, or the release itself, is elsewhere."""
    path = folder / file
    outside = folder.parent.parent / "outside"
    path.rename(outside)
    path.symlink_to(outside)


DAMAGES: dict[str, tuple[Damage, bool]] = {  # and whether it is random
    "a truncated table": (truncated, True),
    "a flipped bit": (flipped, True),
    "NaN in a table": (not_numbers, False),
    "another tree": (partial(manifest, tree="nobody-s"), False),
    "another tree that exists": (partial(manifest, tree="gz2"), False),
    "the name of another release": (partial(manifest, release_id="other"), False),
    "a galaxy twice": (
        lambda folder, trial: rewrite(folder, "galaxies", with_a_row_twice),
        False,
    ),
    "an unknown galaxy": (
        lambda folder, trial: rewrite(
            folder, "posteriors", with_value("iauname", "J000000.00+000000.0")
        ),
        False,
    ),
    "a galaxy without answers": (
        lambda folder, trial: rewrite(folder, "posteriors", without_rows),
        False,
    ),
    "a file outside": (file_outside, False),
    "a table that is a link": (partial(linked, file="posteriors.parquet"), False),
    "a manifest that is a link": (partial(linked, file="manifest.json"), False),
    "a folder that is a link": (partial(linked, file=""), False),
}


def release(trial: Trial, damage: Damage) -> None:
    """The release is refused, no other changes, and mended it is loaded."""
    root = small_home(trial.root / "home")
    before = loaded(root)
    folder = add_release(root, SECOND)
    kept = shutil.copytree(folder, trial.root / "kept")
    damage(folder, trial)
    database.load_new_releases(root)
    database.close(root)
    assert loaded(root) == before and database.health.problem == ""
    with connect(catalogue_path(root)) as con:
        (refused,) = waiting(con, root / "releases")
    trial.say(f"told: {refused.message}")
    assert refused.reason == "refused" and len(refused.message) > 40
    assert not any(word in refused.message for word in ("Traceback", "Exception"))
    folder.unlink() if folder.is_symlink() else shutil.rmtree(folder)
    shutil.copytree(kept, folder)
    database.load_new_releases(root)
    database.close(root)
    assert set(loaded(root)) == {FIRST, SECOND}


def checkpoint(trial: Trial) -> None:
    """A run that applies a damaged model fails with a sentence; mended, it ends."""
    root = shutil.copytree(with_model(trial.shared), trial.root / "home")
    path = root / "runs" / MODEL / "checkpoints" / "model.safetensors"
    whole = path.read_bytes()
    byte = trial.moments.randrange(len(whole))
    trial.say(f"byte {byte}")
    path.write_bytes(whole[:byte] + bytes([whole[byte] ^ 1]) + whole[byte + 1 :])
    release_config = {"release_id": "r", "stores": ["target"], "projection": None}
    config = {"kind": "predict", "model_run": MODEL, "release": release_config}
    folder = create_run(root, "predicted", config)
    assert train_here(folder) == EXIT_FAILED
    state = read_run(folder)
    trial.say(f"told: {state.error}")
    assert state.state == "failed" and "not the file its JSON describes" in state.error
    path.write_bytes(whole)
    assert train_here(folder) == EXIT_FINISHED


FAULTS = (
    *(
        Fault(name, partial(release, damage=damage), random=is_random)
        for name, (damage, is_random) in DAMAGES.items()
    ),
    Fault("a damaged checkpoint", checkpoint, random=False),
)
