"""External tables: joined row by row, and only to the same galaxies."""

import numpy as np
import pandas as pd
import pytest

from data.published.external_table import join_rows
from morph.errors import UnreadableTable


def joined(folder, main, external):
    """The joined table of two, and what is told of it."""
    paths = [folder / name for name in ("main.parquet", "external.parquet")]
    for path, table in zip(paths, (main, external), strict=True):
        table.to_parquet(path, index=False)
    target = folder / "joined.parquet"
    told = join_rows(*paths, target, lambda *_: None)
    return pd.read_parquet(target), told


@pytest.fixture
def main():
    return pd.DataFrame(
        {"dr8_id": ["1_1", None, "1_3"], "ra": [10, np.nan, 12], "dec": [1, np.nan, 3]}
    )


def test_what_neither_table_has_agrees(tmp_path, main):
    table, told = joined(tmp_path, main, main.assign(redshift=[0.1, 0.2, 0.3]))
    assert table["redshift"].tolist() == [0.1, 0.2, 0.3]
    assert told.endswith("row by row: dr8_id, ra, dec agree")


@pytest.mark.parametrize("column", ["ra", "dec"])
def test_a_position_that_one_table_lacks_does_not_agree(tmp_path, main, column):
    other = main.assign(redshift=0.1)
    other.loc[2, column] = np.nan
    with pytest.raises(UnreadableTable, match=f"{column} differs in row 3"):
        joined(tmp_path, main, other)
    assert not (tmp_path / "joined.parquet").exists()
