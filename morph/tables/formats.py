"""Tell the format of a table by its first bytes, or what the file is instead."""

import re
from pathlib import Path

from morph.errors import UnreadableTable

_READABLE = "CSV, Parquet, FITS, VOTable or ECSV, compressed or not"
_HEAD_BYTES = 1 << 16
# Text tables of astronomy that describe their own columns.
TEXT_FORMATS = {
    "IPAC": re.compile(rb"(\\[^\n]*\n)*(\|[^\n]*\|[ \t]*\n)+ "),
    "MRT": re.compile(rb"[\s\S]*Byte-by-byte Description of file", re.IGNORECASE),
    "SExtractor": re.compile(rb"#\s+1\s+[A-Z]\w*"),
}
_HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!doctype html|<html)", re.IGNORECASE)
# What is often given in place of a table.
_NO_TABLES = {
    "a web page (HTML), not a table; the download may need a login": _HTML,
    "an HDF5 or NetCDF file": re.compile(rb"\x89HDF|CDF[\x01\x02\x05]"),
    "a NumPy array": re.compile(rb"\x93NUMPY"),
    "an Arrow or Feather file": re.compile(rb"ARROW1|FEA1"),
    "a SQLite database": re.compile(rb"SQLite format 3"),
    "a PDF": re.compile(rb"%PDF"),
    "an image": re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*"),
    "an Excel workbook": re.compile(rb"\xd0\xcf\x11\xe0"),
    "UTF-32 text; save it as UTF-8": re.compile(rb"\xff\xfe\0\0"),
    "compressed with compress, LZ4 or LZMA; uncompress it": re.compile(
        rb"\x1f\x9d|\x04\x22\x4d\x18|\x5d\0\0"
    ),
    "a document (RTF)": re.compile(rb"\{\\rtf"),
    "JSON": re.compile(rb"\s*[\[{]\s*[\[{\"]"),
    "a tar archive; unpack it": re.compile(rb"[\s\S]{257}ustar"),
    "a 7-Zip or RAR archive; unpack it": re.compile(rb"7z\xbc\xaf'|Rar!"),
    "a Git LFS pointer; fetch its content": re.compile(rb"version https://git-lfs"),
}


def format_of(name: str, path: Path) -> str:
    """Parquet, FITS, VOTable, ECSV, CSV or a text format, of an unzipped file."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise UnreadableTable(f"{name} is empty; expected {_READABLE}")
    if head.startswith(b"PAR1"):
        return "Parquet"
    if re.match(rb"SIMPLE +=", head):
        return "FITS"
    for kind, start in _NO_TABLES.items():
        if start.match(head):
            raise UnreadableTable(f"{name} is {kind}. Use {_READABLE}")
    if b"\x00" in head[:4096]:
        raise UnreadableTable(f"{name} is not a known table; use {_READABLE}")
    if head.lstrip().startswith(b"<"):
        return "VOTable"
    if head.startswith(b"# %ECSV"):
        return "ECSV"
    head = head.replace(b"\r\n", b"\n")
    return next((f for f, begin in TEXT_FORMATS.items() if begin.match(head)), "CSV")
