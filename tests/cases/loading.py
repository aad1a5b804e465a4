"""Load a file as the command line does, into a home of its own."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pandas as pd

from data.__main__ import main


@dataclass(frozen=True)
class Loaded:
    """What a command printed, and the release that it left."""

    status: int
    told: str
    manifest: dict = field(default_factory=dict)
    galaxies: pd.DataFrame = field(default_factory=pd.DataFrame)
    posteriors: pd.DataFrame = field(default_factory=pd.DataFrame)

    def row(self, iauname: str) -> pd.Series:
        return self.galaxies.set_index("iauname").loc[iauname]


@contextmanager
def new_home() -> Iterator[Path]:
    """A home for the block, which the environment names."""
    before = os.environ.get("MORPH_HOME")
    with tempfile.TemporaryDirectory(prefix="morph-case-") as folder:
        os.environ["MORPH_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            os.environ.pop("MORPH_HOME")
            if before is not None:
                os.environ["MORPH_HOME"] = before


def load(path: Path, *options: str, survey: str = "decals") -> Loaded:
    """Load a file into a new home."""
    with new_home() as root:
        return load_into(root, path, "x", *options, survey=survey)


def load_into(
    root: Path, path: Path, name: str, *options: str, survey: str = "decals"
) -> Loaded:
    """Load a file as the release ``name``; ``survey`` is not said if it is empty."""
    told = StringIO()
    words = ["load", str(path), "--release", name, *options]
    words += ["--survey", survey] if survey else []
    with redirect_stdout(told), redirect_stderr(told):
        status = main(words)
    folder = root / "releases" / name
    if status:
        return Loaded(status, told.getvalue())
    return Loaded(
        status,
        told.getvalue(),
        json.loads((folder / "manifest.json").read_text()),
        pd.read_parquet(folder / "galaxies.parquet"),
        pd.read_parquet(folder / "posteriors.parquet"),
    )
