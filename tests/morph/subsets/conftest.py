"""Lists are read in the process of the test."""

import pytest

from morph.subsets import uploaded_list
from morph.tables.table_child import read
from morph.tables.uploaded_table import Cells


@pytest.fixture
def in_this_process(monkeypatch, tmp_path):
    """Starting a child takes a second; that it is one, test_upload.py holds."""

    def read_here(data, name, wanted):
        path = tmp_path / "given"
        path.write_bytes(data)
        about, cells = read(path, name, wanted)
        return Cells(
            about["format"],
            tuple(about["columns"]),
            cells.to_pandas(),
            tuple(about["unreadable"]),
            about.get("units", {}),
            about.get("frame", ""),
        )

    monkeypatch.setattr(uploaded_list, "read_cells", read_here)
