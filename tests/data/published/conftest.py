"""A home whose Zenodo is a local server, with small tables as they are published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morph.published import attempts
from morph.published.addresses import ZENODO
from morph.published.catalogue_file import catalogue_called
from morph.published.download_run import begin
from morph.trees.decision_tree import GZD5
from tests.published_tables import concentrations_as_published
from tests.zenodo_server import ZenodoServer, serving_records

RECORDS = {"decals": 4573248, "desi": 8360385}


def fractions_as_published() -> pd.DataFrame:
    """Twelve galaxies as in the friendly catalogue of Galaxy Zoo DESI."""
    whole = concentrations_as_published()
    table = whole[["ra", "dec"]].copy()
    table.insert(0, "dr8_id", [f"{320_000 + i}_{i}" for i in range(len(table))])
    for question in GZD5.questions:
        alpha = whole[[f"{label}_concentration" for label in question.labels]]
        for label in question.labels:
            total = alpha.sum(axis=1)
            table[f"{label}_fraction"] = alpha[f"{label}_concentration"] / total
    return table


def external_as_published(table: pd.DataFrame) -> pd.DataFrame:
    """Measured columns of the same galaxies, in the same order."""
    rng = np.random.default_rng(9)
    columns = {"dr8_id": table["dr8_id"], "redshift": rng.uniform(0.01, 0.3, 12)}
    columns |= {f"mag_{band}_desi": rng.uniform(14, 19, 12) for band in "grz"}
    columns |= {"est_petro_th50": rng.uniform(1, 9, 12), "alfalfa": np.arange(12.0)}
    return pd.DataFrame(columns)


@pytest.fixture
def server(monkeypatch):
    with serving_records() as running:
        monkeypatch.setenv(ZENODO, running.url)
        yield running


@pytest.fixture
def root(tmp_path, monkeypatch, server) -> Path:
    """MORPH_HOME of these tests; waits between attempts are short."""
    monkeypatch.setattr(attempts.Patience, "wait_s", lambda self, failures: 0.01)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("MORPH_HOME", str(home))
    return home


@pytest.fixture
def published(tmp_path, server: ZenodoServer):
    """Publish tables by the names of their files, in a record."""

    def publish(record: int, **tables: pd.DataFrame) -> list[Path]:
        paths = [tmp_path / f"{name}.parquet" for name in tables]
        for path, table in zip(paths, tables.values(), strict=True):
            table.to_parquet(path, index=False)
        server.add(record, *paths)
        return paths

    return publish


@pytest.fixture
def automated(published) -> Path:
    """Record 4573248 with a small table of automated posteriors."""
    table = concentrations_as_published()
    for question in GZD5.questions:
        table[f"{question.name}_proportion_volunteers_asked"] = 1.0
    (path,) = published(RECORDS["decals"], gz_decals_auto_posteriors=table)
    return path


@pytest.fixture
def begun(root):
    """The folder of a new run for a catalogue."""
    return lambda name: begin(root, catalogue_called(root, name))
