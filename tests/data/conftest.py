"""Tables as surveys publish them, made small."""

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table as AstropyTable

from data.tables.read import read_published
from morph.errors import UnreadableTable
from morph.sky import iauname_from_position
from morph.tables import open_table
from morph.trees.decision_tree import GZD5
from tests.published_tables import concentrations_as_published


@pytest.fixture
def concentrations() -> pd.DataFrame:
    return concentrations_as_published()


@pytest.fixture
def votes() -> pd.DataFrame:
    """Eight galaxies of campaign 5: totals, counts, fractions, debiased fractions."""
    rng = np.random.default_rng(6)
    ra, dec = rng.uniform(0, 360, 8), rng.uniform(-60, 60, 8)
    table = {"iauname": iauname_from_position(ra, dec), "ra": ra, "dec": dec}
    for question in GZD5.questions:
        counts = rng.integers(0, 9, (8, len(question.answers)))
        counts[0] = 0  # nobody was asked
        total = counts.sum(axis=1)
        table[f"{question.name}_total-votes"] = total
        for label, count in zip(question.labels, counts.T, strict=True):
            table[label] = count
            table[f"{label}_fraction"] = count / np.where(total, total, np.nan)
            table[f"{label}_debiased"] = np.nan
    return pd.DataFrame(table)


@pytest.fixture
def read(tmp_path):
    """Write a DataFrame as CSV (or as the file ``name`` says) and read it."""

    def write_and_read(table: pd.DataFrame, name: str = "table.csv"):
        path = tmp_path / name
        if name.endswith(".parquet"):
            table.to_parquet(path)
        elif name.endswith(".fits"):
            texts = {"iauname": table["iauname"].astype(str).to_numpy(str)}
            columns = {c: table[c].to_numpy() for c in table} | texts
            AstropyTable(columns).write(path)
        else:
            table.to_csv(path, index=False)
        with open_table(path) as opened:
            return read_published(opened, GZD5)

    return write_and_read


@pytest.fixture
def refusal(read):
    def refuse(table: pd.DataFrame, name: str = "table.csv") -> str:
        with pytest.raises(UnreadableTable) as caught:
            read(table, name)
        return str(caught.value)

    return refuse
