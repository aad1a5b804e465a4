"""Read an exported CSV file: alone, or zipped with its JSON as that says."""

import io
import json
import zipfile

import pandas as pd
import pyarrow as pa
from pyarrow import csv

TYPES = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}


def read_csv(data: bytes) -> pd.DataFrame:
    """The rows of a CSV alone, with their original texts."""
    texts = {"iauname": str, "source_id": str}
    rows = pd.read_csv(io.BytesIO(data), dtype=texts)
    for name in rows.select_dtypes("str"):
        rows[name] = rows[name].str.removeprefix("'")
    return rows


def read_csv_zip(data: bytes) -> pd.DataFrame:
    """The rows with their original texts: one quote in front is removed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text, readme = (
            next(archive.read(n) for n in archive.namelist() if n.endswith(suffix))
            for suffix in (".csv", ".json")
        )
    types = {n: column["type"] for n, column in json.loads(readme)["columns"].items()}
    convert = csv.ConvertOptions(
        column_types={name: TYPES[kind] for name, kind in types.items()},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parse = csv.ParseOptions(newlines_in_values=True)
    table = csv.read_csv(io.BytesIO(text), parse_options=parse, convert_options=convert)
    rows = table.to_pandas()
    for name, kind in types.items():
        if kind == "text":
            rows[name] = rows[name].str.removeprefix("'")
    return rows
