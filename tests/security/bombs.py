"""Small uploads that ask for much memory or time when they are read."""

import bz2
import gzip
import io
import lzma
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from morph.errors import MorphError
from morph.images.uploaded_image import read_picture
from morph.subsets.uploaded_list import read_upload
from tests.browser.test_uploads import fits_claiming, image_claiming, zip_bomb
from tests.security.attempts import Row

CPU_S = 10.0
GROWN = 200_000_000  # bytes of this process
_CSV = b"ra,dec\n" + b"1,2\n" * 1_000_000
_TIMES = 100  # of _CSV: 400 MB, more than the limits allow


def zipped() -> bytes:
    """A zip that unzips to 400 MB."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("list.csv", "w", force_zip64=True) as member,
    ):
        for _ in range(_TIMES):
            member.write(_CSV)
    return file.getvalue()


def parquet() -> bytes:
    """60 million equal rows."""
    file = io.BytesIO()
    part = pa.table({"ra": pa.array([0.0] * 1_000_000), "dec": [0.0] * 1_000_000})
    with pq.ParquetWriter(file, part.schema, compression="zstd") as writer:
        for _ in range(60):
            writer.write_table(part)
    return file.getvalue()


def png(side: int) -> bytes:
    """A black PNG of so many pixels a side."""
    lines = zlib.compressobj(9)
    data = b"".join(lines.compress(b"\0" * (side + 1)) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", data + lines.flush()), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def votable(body: str, before: str = "") -> bytes:
    """A VOTable with a table of this body."""
    return (
        f'<?xml version="1.0"?>{before}<VOTABLE version="1.4"><RESOURCE><TABLE>'
        f'<FIELD name="ra" datatype="double"/>{body}</TABLE></RESOURCE></VOTABLE>'
    ).encode()


def laughs() -> bytes:
    """A VOTable whose entities expand to a gigabyte."""
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)
    )
    return votable("<DESCRIPTION>&a9;</DESCRIPTION>", f"<!DOCTYPE d [{entities}]>")


_OUTSIDE = '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_HREF = '<DATA><BINARY><STREAM href="file:///etc/passwd"/></BINARY></DATA>'
_ECSV = "# %ECSV 1.0\n# ---\n# datatype:\n# - " + "{a: " * 100_000 + "\nra\n1\n"

LISTS: dict[str, Callable[[], bytes]] = {
    "bomb.csv.gz": zip_bomb,
    "bomb.csv.xz": lambda: lzma.compress(_CSV, preset=0) * _TIMES,
    "bomb.csv.bz2": lambda: bz2.compress(_CSV) * _TIMES,
    "bomb.zip": zipped,
    "nested.gz": lambda: gzip.compress(gzip.compress(gzip.compress(b"ra,dec\n1,2\n"))),
    "rows.parquet": parquet,
    "rows.fits": lambda: fits_claiming(10**15),
    "laughs.vot": laughs,
    "outside.vot": lambda: votable("<DESCRIPTION>&e;</DESCRIPTION>", _OUTSIDE),
    "href.vot": lambda: votable(_HREF),
    "deep.ecsv": lambda: _ECSV.encode(),
    "deep.json": lambda: b'{"ra":' * 200_000,
}
# A JPEG, and a TIFF, whose headers claim 65,500 and 10^6 pixels a side.
_JPEG = b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", 65_500, 65_500)
_JPEG += b"\3\1\x11\0\2\x11\0\3\x11\0\xff\xda\0\x0c\3\1\0\2\0\3\0\0\x3f\0" + bytes(100)
_TAGS = {256: 10**6, 257: 10**6, 258: 8, 259: 1, 262: 1, 273: 200, 278: 1, 279: 10**9}


def tiff() -> bytes:
    """A TIFF with these tags and a few pixels."""
    tags = b"".join(struct.pack("<HHII", *(tag, 4, 1, v)) for tag, v in _TAGS.items())
    return b"II*\0" + struct.pack("<IH", 8, len(_TAGS)) + tags + bytes(200)


def wide_rows() -> bytes:
    """A FITS table of one row of 10^15 bytes."""
    return fits_claiming(1).replace(
        b"NAXIS1  =                    8", b"NAXIS1  =     1000000000000000"
    )


def many_columns() -> bytes:
    """A Parquet file of 30,000 columns without rows."""
    file = io.BytesIO()
    names = [f"c{number}" for number in range(30_000)]
    pq.write_table(pa.table({name: pa.array([], pa.int8()) for name in names}), file)
    return file.getvalue()


LISTS |= {
    "wide.fits": wide_rows,
    "columns.parquet": many_columns,
    "nested.ecsv": lambda: _ECSV.replace("{a: ", "- ").encode(),
}
PICTURES: dict[str, Callable[[], bytes]] = {
    "30000.png": lambda: png(30_000),
    "12000.png": lambda: png(12_000),
    "claims.png": lambda: png(1).replace(
        struct.pack(">II", 1, 1), struct.pack(">II", 2**31 - 1, 2**31 - 1)
    ),
    "claims.jpg": lambda: _JPEG,
    "claims.tif": tiff,
    "claims.fits": lambda: image_claiming(10**6),
    "overflows.fits": lambda: image_claiming(2**63 - 1),
    "table.fits": wide_rows,
    "zipped.fits": zip_bomb,
}


def row() -> Row:
    """Bombs that were accepted, took more CPU, or made this process grow."""
    found = Row(f"bombs: read, over {CPU_S:.0f} s of CPU, or kept in memory")
    most = 0.0
    for bombs, read in ((LISTS, read_upload), (PICTURES, read_picture)):
        for name, make in bombs.items():
            data = make()
            spent = _spent(lambda: read(data, name))  # noqa: B023 (called at once)
            most = max(most, spent or 0)
            found.add(
                name if spent is None else f"{name}: {spent:.1f} s of CPU",
                spent is None or spent > CPU_S,
            )
    grown = psutil.Process().memory_info().rss
    data = zip_bomb()
    for _ in range(2):
        _spent(lambda: read_upload(data, "again.csv.gz"))
    grown = psutil.Process().memory_info().rss - grown
    found.add(f"this process grew by {grown / 1e6:.0f} MB", grown > GROWN)
    found.note = f"at most {most:.1f} s of CPU"
    return found


def _spent(read: Callable[[], object]) -> float | None:
    """CPU seconds of the children until the file was refused; None if it was not."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        read()
    except MorphError:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return None
