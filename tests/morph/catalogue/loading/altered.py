"""Releases altered on purpose, and the tables that the catalogue then has."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from morph.atomic import sha256_of
from morph.release.folder import FileRecord, finish_release, read_manifest


def table(con, loaded):
    rows = con.execute(f"SELECT * FROM {loaded.table}").df()
    assert rows["iauname"].is_unique
    return rows.set_index("iauname")


def tables(con):
    return {name for (name,) in con.execute("SHOW TABLES").fetchall()}


def rewrite(folder, name, change):
    """Replace one table of a release, its manifest made true again."""
    manifest = read_manifest(folder)
    changed = change(pq.read_table(folder / f"{name}.parquet"))
    pq.write_table(changed, folder / f"{name}.parquet")
    path = folder / f"{name}.parquet"
    record = FileRecord(sha256_of(path), path.stat().st_size, changed.num_rows)
    finish_release(folder, manifest, {**manifest.files, path.name: record})


def shuffled(table, seed=0):
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


def damage(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)


def without_rows(table):
    return table.slice(1)


def with_a_row_twice(table):
    return pa.concat_tables([table.slice(1), table.slice(1, 1)])


def with_value(column, value):
    """A change that gives the first row another value in a column."""

    def change(table):
        values = [value, *table[column].to_pylist()[1:]]
        place = table.schema.get_field_index(column)
        return table.set_column(place, column, pa.array(values, table[column].type))

    return change
