"""Configs, checkpoints, releases, packed files and run folders made to do harm."""

import hashlib
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from morph.catalogue import sync
from morph.errors import MorphError
from morph.release.packed import pack, unpack
from morph.runs.config import read_config
from morph.runs.lifecycle import list_runs
from morph.runs.run_files import tail_log
from pages.common.server import database
from tests.security.attempts import Row
from tests.security.served_home import SECRET

_NAMES = ("../outside", "/etc", "a/b", "..", "", "$(touch ran)", "`id`", "a;b", "-x")


class _Runs:
    """What runs a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def row(root: Path) -> Row:
    """What was accepted, ran, or was read outside of its folder."""
    found = Row("crafted config, checkpoint, release, zip, run")
    work = root.parent / "crafted"
    work.mkdir()
    _configs(found)
    _checkpoints(found, work)
    _weights(found, work)
    _packed(found, root, work)
    _releases(found, root, work)
    _runs(found, work)
    return found


def _refused(found: Row, attempt: str, do: Callable[[], object]) -> None:
    try:
        do()
    except MorphError:
        found.add(attempt, through=False)
    else:
        found.add(attempt, through=True)


def _configs(found: Row) -> None:
    for name in _NAMES:
        good = {"release_id": "a", "stores": ["b"]}
        for kind, model, release in (
            ("predict", name, good),
            ("predict", "a", good | {"stores": [name]}),
            ("predict", "a", good | {"release_id": name}),
            (name, "a", good),
        ):
            config = {"kind": kind, "model_run": model, "release": release}
            _refused(found, f"config {config}", lambda c=config: read_config(c))


def _checkpoints(found: Row, work: Path) -> None:
    from training.network.checkpoints import load_model

    marker = work / "ran"
    harm = pickle.dumps(_Runs(marker))
    claims = (10**15).to_bytes(8, "little")
    head = json.dumps(
        {"w": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}}
    ).encode()
    for number, data in enumerate(
        (harm, claims, len(head).to_bytes(8, "little") + head + b"0000", b"PK\3\4", b"")
    ):
        folder = work / f"model-{number}"
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(data)
        card = json.loads(
            Path("data/demo/models/demo-source/checkpoints/model.json").read_text()
        )
        card["sha256"] = hashlib.sha256(data).hexdigest()
        (folder / "model.json").write_text(json.dumps(card))
        _refused(found, f"checkpoint {number}", lambda f=folder: load_model(f))
    found.add("a checkpoint ran a command", marker.exists())


def _weights(found: Row, work: Path) -> None:
    """Pickles that are given to the converter of published weights."""
    from training.convert.converted_file import Origin, convert
    from training.network.input_recipe import ZOOBOT

    marker, origin = work / "converted", Origin("test_convnext", ZOOBOT)
    harm = pickle.dumps({"w": _Runs(marker)}, protocol=2)
    for number, (data, kind) in enumerate(
        (
            (harm, None),
            (harm, zipfile.ZIP_STORED),
            (bytes(10**8), zipfile.ZIP_DEFLATED),
            (pickle.dumps({"w": _Runs(marker)}, protocol=4), zipfile.ZIP_STORED),
        )
    ):
        file, out = work / f"weights-{number}.ckpt", work / f"{number}.safetensors"
        file.write_bytes(data)
        if kind is not None:
            with zipfile.ZipFile(file, "w", kind) as archive:
                archive.writestr("archive/data.pkl", data)
                archive.writestr("archive/version", "3\n")
        _refused(
            found,
            f"weights {number}",
            lambda f=file, o=out: convert(f, o, origin, date=""),
        )
    found.add("weights ran a command", marker.exists())


def _packed(found: Row, root: Path, work: Path) -> None:
    good = pack(root / "releases" / "small-demo", work)
    with zipfile.ZipFile(good) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in ("../out.parquet", str(work / "out.parquet"), ".hidden", "a/b", ""):
        manifest = json.loads(members["manifest.json"])
        manifest["files"][name] = manifest["files"]["galaxies.parquet"]
        changed = members | {name: members["galaxies.parquet"]}
        changed["manifest.json"] = json.dumps(manifest).encode()
        target = work / "changed.morph.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for one, content in changed.items():
                archive.writestr(zipfile.ZipInfo(one or "empty"), content)
        _refused(
            found, f"zip with {name!r}", lambda t=target: unpack(t, work / "there")
        )
    found.add("a file was written outside", any(work.rglob("out.parquet")))


def _releases(found: Row, root: Path, work: Path) -> None:
    """Releases whose files are links to outside, or are named there."""
    home = work / "home"
    good = root / "releases" / "small-demo"
    linked, named, folder = (home / "releases" / n for n in ("file", "named", "folder"))
    shutil.copytree(good, linked)
    shutil.copy(linked / "galaxies.parquet", work / "galaxies.parquet")
    (linked / "galaxies.parquet").unlink()
    (linked / "galaxies.parquet").symlink_to(work / "galaxies.parquet")
    shutil.copytree(good, named)
    manifest = json.loads((named / "manifest.json").read_text())
    record = manifest["files"].pop("galaxies.parquet")
    manifest["files"]["../../../galaxies.parquet"] = record
    (named / "manifest.json").write_text(json.dumps(manifest))
    shutil.copytree(good, work / "elsewhere")
    folder.symlink_to(work / "elsewhere", target_is_directory=True)
    for path in (linked, named, work / "elsewhere"):
        text = json.loads((path / "manifest.json").read_text())
        text["release_id"] = {"elsewhere": "folder"}.get(path.name, path.name)
        (path / "manifest.json").write_text(json.dumps(text))
    with database.cursor(home) as con:
        results = sync.sync(con, home / "releases")
    for one in results:
        found.add(f"release {one.release_id}: {one.message}", one.state == "loaded")
    database.close(home)


def _runs(found: Row, work: Path) -> None:
    """Run folders with files that are links, deep, of another type, or cut off."""
    secret = work / "secret"
    secret.write_text(f"{SECRET}\n" * 5)
    files = ("config.json", "status.json", "log.txt", "events.jsonl")
    contents = ("[" * 100_000, "5", '{"kind": {}}', '{"state": [1]', "\0")
    for number, text in enumerate(contents):
        folder = work / "runs" / f"odd-{number}"
        folder.mkdir(parents=True)
        for name in files:
            (folder / name).write_text(text)
    for name in files:
        folder = work / "runs" / f"linked-{name.split('.')[0]}"
        folder.mkdir()
        (folder / "config.json").write_text('{"kind": "source"}')
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(secret)
    try:
        listed = repr(list_runs(work))
    except Exception as error:
        listed = ""
        found.add(f"listing runs: {error!r}", through=True)
    found.add("a list of runs", SECRET in listed)
    for folder in sorted((work / "runs").iterdir()):
        found.add(f"the log of {folder.name}", SECRET in _read_log(folder))


def _read_log(folder: Path) -> str:
    """What a card shows of a run's log; a refusal shows nothing."""
    try:
        return repr(tail_log(folder))
    except MorphError:
        return ""
