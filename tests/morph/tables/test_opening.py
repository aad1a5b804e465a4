"""Every format gives the same columns; what is broken is refused in a sentence."""

import gzip
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table as AstropyTable

from morph.errors import UnreadableTable
from morph.tables import limits, open_table, unpacking
from morph.tables.readers import text

FORMATS = {
    "table.csv": lambda t, p: t.to_csv(p, index=False),
    "table.tsv": lambda t, p: t.to_csv(p, index=False, sep="\t"),
    "table.txt": lambda t, p: t.to_csv(p, index=False, sep=" "),
    "table.parquet": lambda t, p: t.to_parquet(p, index=False),
    "table.fits": lambda t, p: _astropy(t).write(p, format="fits"),
    "table.xml": lambda t, p: _votable(t, p, "tabledata"),
    "table.vot": lambda t, p: _votable(t, p, "binary2"),
    "table.ecsv": lambda t, p: _astropy(t).write(p, format="ascii.ecsv"),
}


def _astropy(table: pd.DataFrame) -> AstropyTable:
    plain = {c: table[c].to_numpy() for c in table}
    texts = {c: v.astype(str) for c, v in plain.items() if v.dtype == object}
    return AstropyTable(plain | texts)


def _votable(table, path, tabledata_format):
    _astropy(table).write(path, format="votable", tabledata_format=tabledata_format)


def _read(path, numbers=(), texts=()):
    with open_table(path) as table:
        return table.read(list(numbers), list(texts))


def _refusal(path, numbers=("ra",), texts=()) -> str:
    with pytest.raises(UnreadableTable) as caught:
        _read(path, numbers, texts)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


@pytest.fixture
def small():
    return pd.DataFrame(
        {
            "iauname": ["J000000.80+004200.0", "J112953.88-000427.4"],
            "id": np.array([12345678901234567, 3]),
            "ra": [0.1 + 0.2, 172.47450000000001],
            "bar_no": [1.5, np.nan],
        }
    )


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_keeps_numbers_to_the_last_bit_and_ids_as_text(
    name, zipped, small, tmp_path
):
    path = tmp_path / name
    FORMATS[name](small, path)
    if zipped:
        path.with_name(f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_name(f"{name}.gz")
    found = _read(path, ["ra", "bar_no"], ["iauname", "id"])
    assert found.rows == 2
    assert found.numbers["ra"].tolist() == small["ra"].tolist()
    np.testing.assert_array_equal(found.numbers["bar_no"], small["bar_no"])
    assert found.texts["iauname"].tolist() == small["iauname"].tolist()
    assert found.texts["id"].tolist() == ["12345678901234567", "3"]


def test_the_name_of_a_file_does_not_decide_its_format(small, tmp_path):
    path = tmp_path / "table.csv"
    small.to_parquet(path)
    with open_table(path) as table:
        assert table.format == "Parquet"


def test_missing_texts_are_empty_and_missing_integers_are_nan(tmp_path):
    path = tmp_path / "table.parquet"
    counts = pd.array([1, None], dtype="Int64")
    pd.DataFrame({"iauname": ["J1", None], "n": counts}).to_parquet(path)
    found = _read(path, ["n"], ["iauname"])
    assert found.texts["iauname"].tolist() == ["J1", ""]
    np.testing.assert_array_equal(found.numbers["n"], [1, np.nan])


def test_an_undefined_integer_of_fits_is_nan(tmp_path):
    column = fits.Column("n", "J", null=-99, array=np.array([4, -99]))
    path = tmp_path / "table.fits"
    fits.BinTableHDU.from_columns([column]).writeto(path)
    np.testing.assert_array_equal(_read(path, ["n"]).numbers["n"], [4, np.nan])


def test_an_id_kept_as_a_float_reads_as_a_whole_number(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"subject_id": [20242667.0, np.nan], "ra": [1.0, 2.0]}).to_parquet(
        path
    )
    assert _read(path, ["ra"], ["subject_id"]).texts["subject_id"].tolist() == [
        "20242667",
        "",
    ]


@pytest.mark.parametrize(
    "name", ["list.csv", "text.parquet", "list.parquet", "array.fits", "array.xml"]
)
def test_lists_of_numbers_are_read_from_every_format(name, tmp_path):
    values = np.array([[1.25, 2.5, 3.75], [0.1, 0.2, 0.3]])
    written = [str(list(map(float, row))) for row in values]
    path = tmp_path / name
    if name == "list.csv":
        pd.DataFrame({"ra": [1, 2], "a": written}).to_csv(path, index=False)
    elif name == "text.parquet":
        pd.DataFrame({"ra": [1, 2], "a": written}).to_parquet(path)
    elif name == "list.parquet":
        pd.DataFrame({"ra": [1, 2], "a": list(values)}).to_parquet(path)
    else:
        kind = "fits" if name.endswith("fits") else "votable"
        AstropyTable({"ra": [1.0, 2.0], "a": values}).write(path, format=kind)
    with open_table(path) as table:
        assert table.vectors == {"a"}
    np.testing.assert_array_equal(_read(path, ["a"]).numbers["a"], values)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_lists_of_different_lengths_are_refused(kind, tmp_path):
    path = tmp_path / f"table.{kind}"
    if kind == "csv":
        path.write_text('ra,a\n1,"[1, 2]"\n2,"[1, 2, 3]"\n')
    else:
        pd.DataFrame({"ra": [1, 2], "a": [[1.0, 2.0], [1.0]]}).to_parquet(path)
    assert "different lengths" in _refusal(path, ["a"])


def test_a_list_that_is_no_list_of_numbers_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('ra,a\n1,"[1, 2]"\n2,"[1, two]"\n')
    assert "not a list of numbers" in _refusal(path, ["a"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"ra,dec\n", "no rows"),
        (bytes(range(256)) * 40, "not a known table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "an image"),
        (b"ra,dec\n1.0,2.0\n3.0\n", "cannot be read"),
        (b"ra,dec\nabc,2.0\n", "abc"),
        (b"caf\xe9,ra\n1,2\n", "UTF-8"),
        (b"PAR1 not really", "broken Parquet"),
        (b"SIMPLE  = not really", "FITS"),
        (b"<VOTABLE><RESOURCE>", "broken XML"),
        (b"<html><body>Not found</body></html>", "a web page"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b"<svg></svg>", "without the columns"),
        (b"hello", "no header line"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_table_is_refused_in_a_sentence(content, words, tmp_path):
    path = tmp_path / "given"
    path.write_bytes(content)
    assert words in _refusal(path)


def test_folders_missing_files_and_devices_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        assert "neither a file" in _refusal(path)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_off_within_a_row_is_refused(name, concentrations, tmp_path):
    whole, cut = tmp_path / f"whole-{name}", tmp_path / name
    FORMATS[name](concentrations, whole)
    content = whole.read_bytes()
    cut.write_bytes(content[: len(content) * 2 // 3])
    if name.split(".")[1] in ("csv", "tsv", "txt", "ecsv"):
        cut.write_bytes(content[: content.rindex(b"\n", 0, -1) + 40])
    _refusal(cut, ["merging_merger_concentration"], ["iauname"])


@pytest.mark.parametrize("cut", [0.3, 0.99])
def test_a_gzip_file_cut_off_or_damaged_is_refused(cut, concentrations, tmp_path):
    content = gzip.compress(concentrations.to_csv(index=False).encode())
    path = tmp_path / "table.csv.gz"
    path.write_bytes(content[: int(len(content) * cut)])
    assert "broken gzip" in _refusal(path)
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    path.write_bytes(flipped)
    assert "broken gzip" in _refusal(path)


def test_a_gzip_bomb_is_given_up_early(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE_EXPANDED_BYTES", 1_000_000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(bytes(50_000_000)))
    assert path.stat().st_size < 100_000
    assert "unzips to over" in _refusal(path)


def test_parquet_that_claims_too_many_rows_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "bomb.parquet"
    column = pa.array(np.zeros(100_000))
    pq.write_table(pa.table({"ra": column}), path)
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(limits, "MAX_ROWS", 99_999)
    monkeypatch.setattr(pq.ParquetFile, "read", None)
    assert "declares 100,000 rows" in _refusal(path)


def test_parquet_whose_lists_hold_too_many_numbers_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "bomb.parquet"
    pd.DataFrame({"a": [np.zeros(1000)] * 100}).to_parquet(path)
    monkeypatch.setattr(limits, "MAX_VALUES", 99_999)
    assert "100,000 numbers" in _refusal(path, ["a"])


def test_parquet_that_repeats_a_huge_text_is_refused(tmp_path):
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"iauname": ["J" * 200_000] * 100}), path)
    assert path.stat().st_size < 1_000_000
    assert "200,000 characters" in _refusal(path, [], ["iauname"])


@pytest.mark.parametrize("text", ["J1\n", "J\x1b[31m", "J" * 501])
def test_names_that_nobody_could_show_are_refused(text, tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"iauname": ["J1", text + "x"]}).to_parquet(path)
    assert "row 2" in _refusal(path, [], ["iauname"])


def test_fits_that_claims_more_than_the_file_holds_is_refused(tmp_path):
    path = tmp_path / "table.fits"
    AstropyTable({"ra": [1.0, 2.0]}).write(path)
    content = path.read_bytes()
    for rows in (19_000_000, 9_000_000_000, 10**15, 10**19, -2):
        claim = f"NAXIS2  = {rows:>20}".encode()
        at = content.rindex(b"NAXIS2  =")
        path.write_bytes(content[:at] + claim + content[at + len(claim) :])
        told = _refusal(path)
        assert "declares" in told and "Errno" not in told


def test_fits_arrays_of_varying_length_are_refused(tmp_path):
    path = tmp_path / "table.fits"
    ragged = np.array([np.ones(2), np.ones(3)], dtype=object)
    fits.BinTableHDU.from_columns([fits.Column("a", "PD()", array=ragged)]).writeto(
        path
    )
    assert "varying length" in _refusal(path, ["a"])


def test_a_fits_image_is_no_table(tmp_path):
    path = tmp_path / "image.fits"
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(path)
    assert "without a table" in _refusal(path)


def test_thousands_of_columns_are_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(",".join(f"c{i}" for i in range(20_000)) + "\n")
    assert "20,000 columns" in _refusal(path)


def test_a_table_longer_than_a_block_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK_BYTES", 4096)
    path = tmp_path / "table.csv"
    pd.DataFrame({"ra": np.arange(5000), "a": "[1, 2]"}).to_csv(path, index=False)
    found = _read(path, ["ra", "a"]).numbers
    assert found["ra"].tolist() == list(range(5000))
    assert found["a"].shape == (5000, 2)


def test_hostile_headers_of_fits_end_in_a_sentence_or_a_table(tmp_path):
    path = tmp_path / "table.fits"
    AstropyTable({"ra": [1.0, 2.0], "name": ["a", "b"]}).write(path)
    content, rng = path.read_bytes(), np.random.default_rng(8)
    for _ in range(50):
        broken = bytearray(content)
        for at in rng.integers(0, 2 * 2880, 3):
            broken[at] = rng.integers(32, 127)
        path.write_bytes(broken)
        with warnings.catch_warnings():
            try:
                _read(path, ["ra"], ["name"])
            except UnreadableTable:
                continue
            except KeyError:
                continue  # the column got another name; readers ask only for found ones


def test_damaged_parquet_ends_in_a_sentence_or_a_table(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"ra": np.arange(50.0), "name": "x"}).to_parquet(path)
    content, rng = path.read_bytes(), np.random.default_rng(9)
    for _ in range(50):
        broken = bytearray(content)
        for at in rng.integers(4, len(content), 3):
            broken[at] = rng.integers(0, 256)
        footer = struct.unpack("<I", content[-8:-4])[0]
        assert footer < len(content)
        path.write_bytes(broken)
        try:
            with open_table(path) as table:
                table.read([c for c in table.columns if c == "ra"] or ["ra"])
        except (UnreadableTable, KeyError):
            continue


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return path


def test_one_table_in_a_zip_is_read(tmp_path):
    path = zipped(tmp_path / "t.csv.zip", t_csv=b"ra,dec\n1,2\n", about_json=b"{}")
    with open_table(path) as table:
        assert table.format == "CSV" and table.columns == ("ra", "dec")
        assert table.read(["ra", "dec"]).numbers["dec"] == 2


def test_a_zip_of_several_tables_or_none_is_refused(tmp_path):
    path = zipped(tmp_path / "t.zip", a_csv=b"ra\n1\n", b_csv=b"ra\n1\n")
    assert "a zip of 2 files" in _refusal(path)
    assert "a zip of 0 files" in _refusal(zipped(tmp_path / "n.zip", a_json=b"{}"))


def test_a_damaged_zip_and_a_zip_bomb_are_refused(tmp_path, monkeypatch):
    path = zipped(tmp_path / "t.zip", t_csv=b"ra\n" + b"1\n" * 50_000)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "broken zip" in _refusal(path)
    flipped = bytearray(whole)
    flipped[60] ^= 0xFF
    path.write_bytes(flipped)
    assert "broken zip" in _refusal(path)
    monkeypatch.setattr(unpacking, "FREE_EXPANDED_BYTES", 1000)
    monkeypatch.setattr(unpacking, "MAX_EXPANSION", 2)
    path.write_bytes(whole)
    assert "unzips to over" in _refusal(path)
