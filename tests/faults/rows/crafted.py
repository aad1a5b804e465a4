"""Configurations, checkpoints and releases made to execute code or to read outside."""

import json
import re
import shutil
from functools import partial
from pathlib import Path

import pyarrow as pa

from morph.atomic import sha256_of
from morph.catalogue.connection import connect
from morph.catalogue.sync import waiting
from morph.errors import MorphError
from morph.home import catalogue_path
from morph.runs.active_run import EXIT_FAILED
from morph.runs.lifecycle import create_run, read_run, start_run
from pages.common.server import database
from tests.faults.homes import FIRST, SECOND, add_release, loaded, small_home
from tests.faults.processes import train_here
from tests.faults.rows.killed_trainer import MODEL, with_model
from tests.faults.trials import Fault, Trial
from tests.morph.catalogue.loading.altered import rewrite

OUTSIDE = "a line of a file outside"
_RELEASE = {"release_id": "r", "stores": ["target"], "projection": None}
PREDICT = {"kind": "predict", "model_run": MODEL, "release": _RELEASE}


def pickled(marker: Path) -> bytes:
    """A pickle that makes the file ``marker`` when it is loaded."""
    return f"cposix\nsystem\n(S'touch {marker}'\ntR.".encode()


CONFIGS = {
    "a shell command as kind": {"kind": "predict; touch {marker}"},
    "a model outside": PREDICT | {"model_run": "../../outside"},
    "a model by its path": PREDICT | {"model_run": "{outside}"},
    "a store outside": PREDICT | {"release": _RELEASE | {"stores": ["../outside"]}},
    "a release outside": PREDICT | {"release": _RELEASE | {"release_id": "../../r"}},
    "an object": PREDICT | {"model_run": {"__reduce__": ["os.system", "{marker}"]}},
    "an expression": PREDICT | {"seed": "__import__('os').system('touch {marker}')"},
}


def config(trial: Trial, name: str) -> None:
    """A run with such a configuration fails with a sentence and does nothing."""
    root = home_with_outside(trial)
    text = json.dumps(CONFIGS[name])
    text = text.replace("{marker}", str(trial.root / "marker"))
    text = text.replace("{outside}", str(trial.root / "outside"))
    folder = create_run(root, "crafted", json.loads(text))
    fails(folder, trial)
    assert not (folder / "release").exists()


def home_with_outside(trial: Trial) -> Path:
    """A home with a fitted model, beside a file that no run may read."""
    (trial.root / "outside").write_text(OUTSIDE)
    return shutil.copytree(with_model(trial.shared), trial.root / "home")


def fails(folder: Path, trial: Trial) -> None:
    """The run fails with a sentence; nothing was executed, and nothing read outside."""
    assert train_here(folder) == EXIT_FAILED
    state = read_run(folder)
    trial.say(f"told: {state.error}")
    assert state.state == "failed" and OUTSIDE not in str(state.error), state
    assert not re.match(r"\w+(Error|Exception): ", state.error), state.error
    assert not (trial.root / "marker").exists(), "its code was executed"


def _pickle_in_schema(folder: Path, trial: Trial) -> None:
    """A column of a type that older pyarrow unpickled from the file's schema."""

    def change(table: pa.Table) -> pa.Table:
        crafted = {
            b"ARROW:extension:name": b"arrow.py_extension_type",
            b"ARROW:extension:metadata": pickled(trial.root / "marker"),
        }
        last = table.schema.field(len(table.schema) - 1).with_metadata(crafted)
        return table.cast(table.schema.set(len(table.schema) - 1, last))

    rewrite(folder, "posteriors", change)


def _pickle_as_table(folder: Path, trial: Trial) -> None:
    path = folder / "posteriors.parquet"
    path.write_bytes(pickled(trial.root / "marker"))
    _list_file(folder, path.name, path)


def _list_file(folder: Path, name: str, path: Path) -> None:
    """List a file in the manifest with its right checksum."""
    manifest = folder / "manifest.json"
    value = json.loads(manifest.read_text())
    record = {"sha256": sha256_of(path), "bytes": path.stat().st_size, "rows": None}
    value["files"][name] = record
    manifest.write_text(json.dumps(value))


def _file_by_its_path(folder: Path, trial: Trial) -> None:
    _list_file(folder, str(trial.root / "outside"), trial.root / "outside")


def _file_above(folder: Path, trial: Trial) -> None:
    _list_file(folder, "../../../outside", trial.root / "outside")


def _sql_as_name(folder: Path, trial: Trial) -> None:
    path = folder / "manifest.json"
    value = json.loads(path.read_text())
    value["tree"] = f"gzd5; COPY loaded TO '{trial.root}/marker'"
    path.write_text(json.dumps(value))


def _link_as_manifest(folder: Path, trial: Trial) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").symlink_to(trial.root / "outside")


RELEASES = {
    "a pickle in the schema of a table": _pickle_in_schema,
    "a pickle as a table": _pickle_as_table,
    "a file outside by its path": _file_by_its_path,
    "a file outside by its place": _file_above,
    "SQL as the name of the tree": _sql_as_name,
    "a link as manifest": _link_as_manifest,
}


def release(trial: Trial, name: str) -> None:
    """The release is refused, or loaded as numbers alone; nothing is executed."""
    root = small_home(trial.root / "home")
    before = loaded(root)
    (trial.root / "outside").write_text(OUTSIDE)
    RELEASES[name](add_release(root, SECOND), trial)
    database.load_new_releases(root)
    database.close(root)
    assert not (trial.root / "marker").exists(), "its code was executed"
    found = loaded(root)
    assert found[FIRST] == before[FIRST]
    with connect(catalogue_path(root)) as con:
        told = [one.message for one in waiting(con, root / "releases")]
    trial.say(f"told: {told}" if told else "loaded as numbers")
    assert OUTSIDE not in str(told)
    assert (SECOND in found) != bool(told)


def linked_run(trial: Trial, file: str) -> None:
    """A run whose file is a link to outside is not read, started or shown."""
    root = home_with_outside(trial)
    folder = create_run(root, "crafted", PREDICT)
    (folder / file).unlink(missing_ok=True)
    (folder / file).symlink_to(trial.root / "outside")
    state = read_run(folder)
    trial.say(f"told: {state.error}")
    assert state.state == "unreadable" and OUTSIDE not in str(state.error)
    try:
        start_run(folder)
    except MorphError:
        assert (trial.root / "outside").read_text() == OUTSIDE
    else:
        raise AssertionError("it was started")


FAULTS = (
    *(
        Fault(f"config: {one}", partial(config, name=one), random=False)
        for one in CONFIGS
    ),
    *(
        Fault(f"release: {one}", partial(release, name=one), random=False)
        for one in RELEASES
    ),
    *(
        Fault(f"run: {one} is a link", partial(linked_run, file=one), random=False)
        for one in ("config.json", "status.json", "events.jsonl", "log.txt")
    ),
)
