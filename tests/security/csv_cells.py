"""Text cells that a spreadsheet would run as a formula, in files of CSV."""

import csv
import io
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa

from morph.export.described_table import DescribedTable
from morph.export.file_formats import to_csv
from morph.subsets import match_list
from tests.security.attempts import Row

CELLS = (
    *("=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("//a.org")', "+1+1", "+cmd", "-1+1"),
    *("-cmd|x", "@SUM(1)", "@x", "\t=1", "\r=1", "\n=1", "=", "+", "-", "@"),
    *("=1\r\n=2", "'=1", "＝1", " =1", "=É", '"=1', "=1,=2", ";=1"),
)
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def row() -> Row:
    """Cells of the files of a subset and of a match report that begin as formulas."""
    found = Row("CSV cells: begin with = + - @ TAB CR")
    rows = pa.table({"iauname": pa.array(CELLS)})
    table = DescribedTable("t", rows, {"iauname": ("", "")}, {})
    read = [cell for cell in CELLS if cell.isprintable()]  # lists keep no others
    report = pd.DataFrame({"row": 1, "given": read, "separation_arcsec": 0.0})

    matched = SimpleNamespace(report=report)
    written = {
        "subset": to_csv(table),
        "match report": match_list.report_csv(matched),
    }
    for file, data in written.items():
        lines = csv.reader(io.StringIO(data.decode(), newline=""))
        for cells in list(lines)[1:]:
            for cell in cells:
                found.add(f"{file}: {cell!r}", cell.startswith(_STARTS))
    return found
