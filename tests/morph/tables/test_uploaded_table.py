"""Uploads are read in a process that may fail alone: broken, hostile and huge ones."""

import bz2
import gzip
import lzma
import resource
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn
from astropy.table import Table as AstropyTable

from morph import sandbox
from morph.errors import UnreadableTable
from morph.tables import table_child, uploaded_table
from morph.tables.table_child import Wanted
from morph.tables.uploaded_table import read_cells

ALL = Wanted(first=100)


@pytest.fixture
def read(tmp_path):
    """What the child does, in this process: starting one takes a second."""

    def read(data: bytes, wanted: Wanted = ALL) -> tuple[dict, pd.DataFrame]:
        path = tmp_path / "given"
        path.write_bytes(data)
        about, cells = table_child.read(path, "list", wanted)
        return about, cells.to_pandas()

    return read


@pytest.mark.parametrize("format", ["ascii.ecsv", "parquet"])
def test_masked_cells_of_astropy_are_empty(format, read, tmp_path):
    ids = MaskedColumn([5, 0, 7], mask=[False, True, False])
    path = tmp_path / "table"
    kept = {"serialize_method": "data_mask"} if format == "ascii.ecsv" else {}
    AstropyTable({"id": ids}).write(path, format=format, **kept)
    _, cells = read(path.read_bytes())
    assert cells["id"].tolist() == ["5", "", "7"]


def refusal(data: bytes, name: str = "my list.csv") -> str:
    with pytest.raises(UnreadableTable) as caught:
        read_cells(data, name, ALL)
    message = str(caught.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "iauname": ["J000000.80+004200.0", "J112953.88-000427.4"],
            "id": np.array([12345678901234567, 3]),
            "ra": [0.1 + 0.2, 172.47450000000001],
        }
    )


def written(table: pd.DataFrame, kind: str, path) -> bytes:
    plain = {c: table[c].to_numpy() for c in table}
    plain = {c: v.astype(str) if v.dtype == object else v for c, v in plain.items()}
    if kind == "csv":
        table.to_csv(path, index=False)
    elif kind == "parquet":
        table.to_parquet(path)
    else:
        AstropyTable(plain).write(path, format=kind)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["csv", "ascii.ecsv", "parquet", "fits", "votable"])
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_every_format_gives_the_same_texts(kind, zipped, table, read, tmp_path):
    data = written(table, kind, tmp_path / "table")
    _, found = read(gzip.compress(data) if zipped else data)
    assert found["row"].tolist() == [1, 2]
    assert found["iauname"].tolist() == table["iauname"].tolist()
    assert found["id"].tolist() == ["12345678901234567", "3"]
    assert [float(cell) for cell in found["ra"]] == table["ra"].tolist()


@pytest.mark.parametrize("kind", ["csv", "fits"])
def test_only_the_wanted_columns_are_read(kind, read, tmp_path):
    table = pd.DataFrame({"a": [1], "RA_J2000": [2], "Dec": [3], "b": [4]})
    data = written(table, kind, tmp_path / "table")
    about, found = read(data, Wanted(exactly=["Dec"], spelt=["raj2000"]))
    assert about["columns"] == ["a", "RA_J2000", "Dec", "b"]
    assert found.columns.tolist() == ["row", "RA_J2000", "Dec"]
    about, found = read(data, Wanted())
    assert found.columns.tolist() == ["row"]


def test_the_child_tells_what_it_read():
    found = read_cells(b"a,ra,ra\n1,2,3\n4\n", "list", Wanted(exactly=["a"]))
    assert (found.format, found.columns) == ("CSV", ("a", "ra"))
    assert found.rows.to_dict("list") == {"row": [1], "a": ["1"]}
    assert found.unreadable == ((2, "1 cells, but the header has 3"),)


def test_a_wrong_row_costs_that_row_alone(read):
    data = (
        b"# a comment\n\niauname,ra\nJ1,1\nJ2\nJ3,3,3\n"
        b'"J4,4\nJ5\xff\xfe,5\nJ6,"6"\nJ7\x1b[31m,7\n'
    )
    about, found = read(data)
    assert about["unreadable"] == [
        (2, "1 cells, but the header has 2"),
        (3, "3 cells, but the header has 2"),
        (4, "1 cells, but the header has 2"),
    ]
    assert found["row"].tolist() == [1, 5, 6, 7]
    assert found["ra"].tolist() == ["1", "5", "6", "7"]
    assert found["iauname"].iloc[-1] == "J7?[31m"  # nothing a terminal would run


@pytest.mark.parametrize(
    ("data", "columns", "first"),
    [
        (b"iauname\nJ000000.80+004200.0\n", ["iauname"], ["J000000.80+004200.0"]),
        (b"J000000.80+004200.0\nJ1\n", ["column 1"], ["J000000.80+004200.0"]),
        (b"184.1 11.7\n184.2 -3\n", ["column 1", "column 2"], ["184.1", "11.7"]),
        (b"ra\tdec\r\n1\t2\r\n", ["ra", "dec"], ["1", "2"]),
        (b"# my galaxies\n184.1 11.7\n", ["column 1", "column 2"], ["184.1", "11.7"]),
        (b"\xef\xbb\xbfra;dec\n1;2\n", ["ra", "dec"], ["1", "2"]),
        (b"name of it\nNGC 1\n", ["name of it"], ["NGC 1"]),
        (b"ra dec\n1 2\n", ["ra", "dec"], ["1", "2"]),
    ],
)
def test_lists_are_written_in_many_ways(data, columns, first, read):
    about, found = read(data)
    assert about["columns"] == columns
    assert found.iloc[0, 1:].tolist() == first


@pytest.mark.parametrize(
    ("data", "columns", "rows"),
    [
        (b"# id ra dec\n1 184.1 11.7\n2 184.2 -3\n", ["id", "ra", "dec"], ["2"]),
        (b"#  RA \t DEC\n 12:18:42 \t+11:43\n 12:19:00  -3:00", ["RA", "DEC"], []),
        (b"id;ra;dec\n1;184,1;11,7\n2;184,2;-3\n", ["id", "ra", "dec"], ["2"]),
        (b'id,note,ra\n1,"one\ntwo",3\n2,b,4\n', ["id", "note", "ra"], ["2"]),
        (b"id, ra, a name of words\n1, 2, 3\n2, 3, 4\n", ["id", "ra"], ["2"]),
    ],
)
def test_the_layout_of_a_list_is_found(data, columns, rows, read):
    about, found = read(data)
    assert about["columns"][: len(columns)] == columns
    assert about["unreadable"] == []
    assert len(found) == 2
    assert found.iloc[1:, 1].tolist() == (rows or found.iloc[1:, 1].tolist())


def test_signs_of_documents_are_read_as_plain_ones(read):
    data = "name,ra,dec\nSDSS\u00a0J1,\u00a010.5,\u22120.5\u200b\n"
    _, found = read(data.encode())
    assert found.iloc[0, 1:].tolist() == ["SDSS J1", "10.5", "-0.5"]


def test_decimal_commas_are_points(read):
    _, found = read(b"ra;dec\n184,1;11,7\n-3;4\n")
    assert found["ra"].tolist() == ["184.1", "-3"]


def test_what_the_file_states_comes_out_of_the_child(tmp_path):
    path = tmp_path / "table.fits"
    columns = [fits.Column("RA", "D", "rad", array=np.ones(2))]
    others = [fits.Column(name, "D", array=np.ones(1)) for name in "xyz"]
    other = fits.BinTableHDU.from_columns(others)
    hdu = fits.BinTableHDU.from_columns(columns, name="CAT")
    hdu.header.update({"RADESYS": "FK5", "SURVEY": "bmz"})
    fits.HDUList([fits.PrimaryHDU(), other, hdu]).writeto(path)
    found = read_cells(path.read_bytes(), "list", Wanted(spelt=["ra"], first=12))
    assert found.columns == ("RA",)
    assert (found.units, found.frame) == ({"RA": "rad"}, "FK5")
    assert found.header["SURVEY"] == "bmz"
    assert "its columns are x, y, z" in found.left_out[0]


def test_columns_that_are_no_cells_do_not_hinder_the_others(read, tmp_path):
    path = tmp_path / "table.parquet"
    nested = pa.array([{"a": 1}, {"a": 2}])
    pq.write_table(pa.table({"s": nested, "t": [["a"], []], "ra": [1.5, 2]}), path)
    about, found = read(path.read_bytes())
    assert about["columns"] == ["ra"]
    ragged = np.array([np.ones(2), np.ones(3)], dtype=object)
    columns = [fits.Column("a", "PD()", array=ragged)]
    columns += [fits.Column("ra", "D", array=np.ones(2))]
    fits.BinTableHDU.from_columns(columns).writeto(path, overwrite=True)
    about, found = read(path.read_bytes())
    assert about["columns"] == ["ra"] and found["ra"].tolist() == ["1", "1"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"# only a comment", "has no lines"),
        (b"PAR1 not really", "broken Parquet"),
        (b"SIMPLE  = not really", "FITS"),
        (b"<VOTABLE><RESOURCE>", "broken XML"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "an image"),
        (b"\x1f\x8b not really", "broken gzip"),
        (b",".join(b"c%d" % i for i in range(20_000)), "20,000 columns"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_table_is_refused_in_a_sentence(data, says, read):
    with pytest.raises(UnreadableTable, match=says) as caught:
        read(data)
    assert str(caught.value).startswith("list ")
    assert "\n" not in str(caught.value)


def test_a_refusal_comes_out_of_the_child():
    assert "my list.csv is a broken Parquet" in refusal(b"PAR1 not really")


def test_a_file_over_the_limit_is_not_even_written(monkeypatch):
    monkeypatch.setattr(uploaded_table, "MAX_BYTES", 10)
    monkeypatch.setattr(sandbox, "run", None)
    assert "can be uploaded" in refusal(b"x" * 11)


@pytest.mark.parametrize(
    "name", ["../../tmp/a\nb\x1b[31m", "", "ü" * 300 + ".csv", "--help", ".."]
)
def test_the_name_of_a_file_is_only_said(name):
    with pytest.raises(UnreadableTable) as caught:
        read_cells(b"", name, ALL)
    assert str(caught.value).isprintable()


def votable(body: str) -> bytes:
    return (
        '<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE><TABLE>'
        f'<FIELD name="ra" datatype="double"/>{body}</TABLE></RESOURCE></VOTABLE>'
    ).encode()


def fits_that_claims(rows: int) -> bytes:
    header = fits.BinTableHDU.from_columns(
        [fits.Column("ra", "D", array=np.zeros(1))]
    ).header
    header["NAXIS2"] = rows
    return (fits.PrimaryHDU().header.tostring() + header.tostring()).encode() + bytes(
        2880
    )


def parquet_bomb() -> bytes:
    """Sixty million equal numbers and texts in some kilobytes."""
    sink = pa.BufferOutputStream()
    text = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(3_000_000, np.int32)), pa.array(["x" * 100])
    )
    table = pa.table({f"c{i}": text for i in range(20)})
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


BOMBS = {
    "gzip of nothing but zeros": lambda: gzip.compress(bytes(1_500_000_000), 1),
    "gzip of one endless line": lambda: gzip.compress(b"ra,dec\n" + b"1" * 400_000_000),
    "gzip of many rows": lambda: gzip.compress(b"ra,dec\n" + b"1,2\n" * 30_000_000),
    "Parquet of a repeated text": parquet_bomb,
    "FITS that claims many rows": lambda: fits_that_claims(10**12),
    "VOTable that claims many rows": lambda: votable(
        '<DATA nrows="9"><TABLEDATA></TABLEDATA></DATA>'
    ).replace(b"<TABLE>", b'<TABLE nrows="99999999999">'),
    "VOTable that fetches a file": lambda: votable(
        '<DATA><BINARY><STREAM href="file:///etc/passwd"/></BINARY></DATA>'
    ),
    "XML of a billion laughs": lambda: (
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    ),
    "XML nested without end": lambda: b"<a>" * 2_000_000,
    "bzip2 of nothing but zeros": lambda: bz2.compress(bytes(300_000_000), 1),
    "xz of nothing but zeros": lambda: lzma.compress(bytes(300_000_000), preset=0),
    "zstd of nothing but zeros": lambda: pa.compress(
        bytes(1_500_000_000), "zstd", asbytes=True
    ),
    "a rule without end": lambda: b"ra dec\n" + b"-" * 40_000_000,
    "a blank without end": lambda: b"ra dec\n1 2\n" + b" " * 40_000_000 + b"3",
    "a quote in every line": lambda: b"ra,dec\n" + b'"\n' * 200_000,
    "YAML of a billion laughs": lambda: (
        "# %ECSV 1.0\n# b0: &b0 [ha]\n"
        + "".join(f"# b{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, 99))
        + "ra dec\n1 2\n"
    ).encode(),
    "a text of one cell": lambda: b"ra,dec\n" + b"9" * 40_000_000,
    "quotes that never close": lambda: b'ra,dec\n"' + b"\n" * 20_000_000,
}


@contextmanager
def memory_watched() -> Iterator[list[int]]:
    """Resident bytes of this process, again and again while the block runs."""
    seen, over = [psutil.Process().memory_info().rss], threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            seen.append(psutil.Process().memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_seconds_and_costs_us_no_memory(bomb):
    data, before = BOMBS[bomb](), cpu_of_children_s()
    with memory_watched() as seen:
        try:
            found = read_cells(data, "bomb", ALL)
            assert len(found.rows) < 100
        except UnreadableTable as error:
            assert "\n" not in str(error)
    assert len(seen) > 2  # a busy machine looks seldom
    assert max(seen) - seen[0] < 200e6
    assert cpu_of_children_s() - before < 15


CHILDREN = {
    "memory": ("x = bytearray(8 << 30)", "4 GB of memory"),
    "time": ("while True: pass", "60 s"),
    "a bug": ("raise RuntimeError('secret detail')", "cannot be read"),
    "a kill": ("import os; os.kill(os.getpid(), 9)", "4 GB of memory"),
}


@pytest.mark.parametrize("what", CHILDREN)
def test_a_child_that_dies_is_told_in_a_sentence(what, monkeypatch, tmp_path):
    code, says = CHILDREN[what]
    fake = tmp_path / "fake.py"
    fake.write_text(
        "from morph import sandbox\n"
        f"sandbox.limit(memory_bytes=4 << 30, cpu_s=1, file_bytes=1 << 20)\n{code}\n"
    )
    run = sandbox.subprocess.run
    monkeypatch.setattr(
        sandbox.subprocess,
        "run",
        lambda command, **rest: run([command[0], "-c", fake.read_text()], **rest),
    )
    message = refusal(b"ra,dec\n1,2\n")
    assert says in message
    assert "secret" not in message


@pytest.mark.parametrize("about", ["", '{"format": "C', "[]", "{}", '{"columns": 3}'])
@pytest.mark.parametrize("status", [0, sandbox.REFUSED])
def test_what_a_child_wrote_by_half_is_told_in_a_sentence(monkeypatch, about, status):
    def broken_off(command, **_limits):
        folder = Path(command[2])
        (folder / "about.json").write_text(about)
        with pa.OSFile(str(folder / "cells.arrow"), "wb") as file:
            pa.ipc.new_file(file, pa.schema([])).close()
        return subprocess.CompletedProcess(command, status, "", "")

    monkeypatch.setattr(sandbox, "run", broken_off)
    assert "list.csv cannot be read" in refusal(b"ra,dec\n1,2\n")


def test_rows_that_a_child_wrote_by_half_are_told_in_a_sentence(monkeypatch):
    def broken_off(command, **_limits):
        folder = Path(command[2])
        text = '{"format": "CSV", "columns": ["ra"], "unreadable": []}'
        (folder / "about.json").write_text(text)
        (folder / "cells.arrow").write_bytes(b"ARROW1\0\0")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(sandbox, "run", broken_off)
    assert "list.csv cannot be read" in refusal(b"ra,dec\n1,2\n")


def test_the_child_has_no_secrets_of_ours(monkeypatch):
    seen = {}
    run = sandbox.subprocess.run

    def spy(command, **rest):
        seen.update(rest["env"])
        return run(command, **rest)

    monkeypatch.setenv("SOME_TOKEN", "secret")
    monkeypatch.setattr(sandbox.subprocess, "run", spy)
    read_cells(b"ra,dec\n1,2\n", "list", ALL)
    assert "SOME_TOKEN" not in seen
    assert seen["TMPDIR"]
