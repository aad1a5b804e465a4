"""Compressed tables are read within limits, and refusals say what was given."""

import bz2
import gzip
import io
import json
import lzma
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from morph.errors import UnreadableTable
from morph.tables import open_table, unpacking

CSV = b"ra,dec\n1.5,2.5\n"


def zstd(data: bytes) -> bytes:
    return pa.compress(data, "zstd", asbytes=True)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


PACKED = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
    "zip": lambda data: zipped({"t.csv": data}),
}


def refusal(path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(UnreadableTable) as caught, open_table(path) as table:
        table.read(["ra"])
    assert str(caught.value).startswith(path.name)
    return str(caught.value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


@pytest.fixture
def ra(path):
    def read(content: bytes) -> list[float]:
        path.write_bytes(content)
        with open_table(path) as table:
            return table.read(["ra"]).numbers["ra"].tolist()

    return read


@pytest.mark.parametrize("kind", PACKED)
def test_every_compression_is_read(kind, ra):
    assert ra(PACKED[kind](CSV)) == [1.5]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_files_of_several_streams_are_read_whole(kind, ra):
    assert ra(PACKED[kind](CSV) + PACKED[kind](b"3,4\n")) == [1.5, 3]


def test_a_compressed_table_in_a_zip_is_read_and_no_deeper(ra, path):
    inner = {"t.csv.gz": gzip.compress(CSV)}
    assert ra(zipped(inner)) == [1.5]
    deeper = zipped({"t.zip": zipped(inner)})
    assert "compressed more than twice" in refusal(path, deeper)


@pytest.mark.parametrize("kind", PACKED)
def test_one_that_is_cut_off_is_called_broken(kind, path):
    content = PACKED[kind](CSV * 1000)
    assert f"broken {kind}" in refusal(path, content[: len(content) // 2])


@pytest.mark.parametrize("kind", PACKED)
def test_a_bomb_is_given_up_early(kind, path, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE_EXPANDED_BYTES", 1_000_000)
    content = PACKED[kind](bytes(50_000_000))
    assert len(content) < 100_000
    assert "unzips to over" in refusal(path, content)


def test_layers_do_not_multiply_what_is_allowed(path, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE_EXPANDED_BYTES", 1_000_000)
    inner = gzip.compress(bytes(50_000_000))
    assert "unzips to over" in refusal(path, zipped({"t.gz": inner}))


def test_an_xz_file_that_asks_for_much_memory_is_refused(path, monkeypatch):
    monkeypatch.setattr(unpacking, "_XZ_MEMORY_BYTES", 1 << 20)
    assert "xz" in refusal(path, lzma.compress(CSV))


def test_what_a_mac_adds_to_a_zip_is_ignored(ra):
    assert ra(
        zipped(
            {
                "t/t.csv": CSV,
                "__MACOSX/t/._t.csv": b"\0\5\x16\7",
                "t/.DS_Store": b"\0",
                "t/Thumbs.db": b"\0",
                "t/README": b"read me",
            }
        )
    ) == [1.5]


def test_the_description_beside_a_table_is_its_header(path):
    about = {
        "provenance": "demonstration",
        "columns": {"ra": {"unit": "deg"}, "dec": {"unit": ""}},
    }
    path.write_bytes(zipped({"t.csv": CSV, "t.json": json.dumps(about).encode()}))
    with open_table(path) as table:
        assert table.header == {"PROVENANCE": "demonstration"}
        assert table.units == {"ra": "deg"}


def test_a_zip_that_is_no_table_is_told(path):
    workbook = zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""})
    assert "an Excel workbook" in refusal(path, workbook)
    assert "zip of 2 files" in refusal(path, zipped({"a.csv": CSV, "b.csv": CSV}))
    assert "zip of 0 files" in refusal(path, zipped({}))


def test_a_zip_with_a_password_is_told(path):
    content = bytearray(zipped({"t.csv": CSV}, zipfile.ZIP_STORED))
    for sign, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(sign) + at] |= 1
    assert "password" in refusal(path, bytes(content))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\n<html lang='en'>", "a web page"),
        (b'{"error": "no such file"}', "JSON"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x93NUMPY\1\0", "NumPy"),
        (b"%PDF-1.7", "PDF"),
        (b"7z\xbc\xaf'\x1c", "7-Zip"),
        ("ra,dec".encode("utf-32-le").join([b"\xff\xfe\0\0", b""]), "UTF-32"),
        (b"SQLite format 3\0", "SQLite"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_often_given_for_a_table_is_told(content, says, path):
    assert says in refusal(path, content)


def test_an_unpacked_table_leaves_nothing_behind(ra, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    ra(zipped({"t.csv.gz": gzip.compress(CSV)}))
    assert not list(folder.iterdir())


def test_a_folder_without_parquet_is_refused(tmp_path):
    pd.DataFrame({"ra": [1]}).to_csv(tmp_path / "t.csv")
    with (
        pytest.raises(UnreadableTable, match="nor a folder of Parquet"),
        open_table(tmp_path),
    ):
        pass


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_a_byte_order_mark_is_read(encoding, ra):
    text = CSV.decode() if encoding == "utf-16" else "\ufeff" + CSV.decode()
    assert ra(text.encode(encoding)) == [1.5]


def test_half_a_character_of_utf_16_is_broken(path):
    assert "broken UTF-16" in refusal(path, CSV.decode().encode("utf-16")[:-1])


def test_a_text_about_the_table_in_a_zip_is_ignored(ra):
    about = {"t/README.txt": b"a,b", "t/licence.txt": b"c,d"}
    assert ra(zipped({"t/t.csv": CSV, **about})) == [1.5]


def test_other_compressions_are_named(path):
    assert "uncompress it" in refusal(path, b"\x1f\x9d\x90" + CSV)
    assert "uncompress it" in refusal(path, lzma.compress(CSV, lzma.FORMAT_ALONE))
