"""Unpack a compressed table within limits of size, or list the parts of a folder."""

import bz2
import codecs
import gzip
import hashlib
import lzma
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pyarrow as pa

from morph.errors import UnreadableTable
from morph.tables.cells import shorten
from morph.tables.limits import FREE_EXPANDED_BYTES, MAX_EXPANDED_BYTES, MAX_EXPANSION

_CHUNK_BYTES = 1 << 20
_MAX_ABOUT_BYTES = 1 << 20  # of a description beside a table
_XZ_MEMORY_BYTES = 256 << 20  # the strongest level of xz needs 65 MB
_MOST_LAYERS = 2  # such as a gzipped table in a zip
_MOST_PARTS = 10_000
_TABLE_NAMES = re.compile(
    r"\.(csv|tsv|txt|dat|ecsv|fits?|fit|parquet|pq|parq|vot|votable|xml|tbl)"
    r"(\.(gz|bz2|xz|zst))?$",
    re.IGNORECASE,
)
_NOTES = re.compile(r"(.*/)?(read_?me|licen[cs]e|copying)\b[^/]*", re.IGNORECASE)
_DOCUMENTS = {
    "[Content_Types].xml": "an Excel workbook",
    "content.xml": "an OpenDocument spreadsheet",
}
_PARTS = (".parquet", ".parq", ".pq")
_BROKEN = (
    EOFError,
    OSError,
    ValueError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    pa.ArrowInvalid,
)
# First bytes of compressed files.
_PACKED = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "zip": re.compile(rb"PK(\x03\x04|\x05\x06)"),
    "bzip2": re.compile(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
    "UTF-16": re.compile(rb"\xff\xfe(?!\0\0)|\xfe\xff"),  # text; it becomes UTF-8
}


@contextmanager
def plain_file(path: Path, name: str = "") -> Iterator[Path]:
    """The file, or a temporary unpacked copy.

    ``name`` is used in messages, by default the name of the file.
    """
    if not path.is_file():
        raise UnreadableTable(
            f"{path} is neither a file nor a folder of Parquet files; give the path of "
            "a table"
        )
    name = name or path.name
    with tempfile.TemporaryDirectory(prefix="morph-table-") as folder:
        plain, packed_bytes = path, path.stat().st_size
        for layer in range(_MOST_LAYERS + 1):
            kind = packing(plain)
            if not kind:
                break
            if layer == _MOST_LAYERS:
                raise UnreadableTable(
                    f"{name} is compressed more than twice; unpack it"
                )
            target = Path(folder) / f"table-{layer}"
            _unpack(name, kind, plain, target, packed_bytes)
            if layer:
                plain.unlink()
            plain = target
        yield plain


def packing(path: Path) -> str:
    """How a file is compressed, by its first bytes; "" if it is not."""
    with path.open("rb") as file:
        start = file.read(16)
    return next((kind for kind, magic in _PACKED.items() if magic.match(start)), "")


def about_file(path: Path) -> Path:
    """Where the description that lay beside a table in a zip is unpacked."""
    return path.with_name(f"{path.name}.about.json")


@contextmanager
def parts_of(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """The Parquet files of a folder, and a list of them with their checksums."""
    parts = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _PARTS
        and path.is_file()
        and not any(p.startswith((".", "_")) for p in path.relative_to(folder).parts)
    ]
    if not parts:
        raise UnreadableTable(
            f"{folder} is neither a file nor a folder of Parquet files; give the path "
            "of a table"
        )
    if len(parts) > _MOST_PARTS:
        raise UnreadableTable(
            f"{folder} has {len(parts):,} Parquet files; expected at most "
            f"{_MOST_PARTS:,}, the parts of one table"
        )
    with tempfile.TemporaryDirectory(prefix="morph-table-") as temporary:
        listing = Path(temporary) / "parts"
        with listing.open("w", encoding="utf-8") as file:
            for part in parts:
                with part.open("rb") as opened:
                    digest = hashlib.file_digest(opened, "sha256").hexdigest()
                file.write(f"{digest}  {part.relative_to(folder).as_posix()}\n")
        yield listing, parts


def _unpack(
    name: str, kind: str, packed: Path, target: Path, packed_bytes: int
) -> None:
    """Unpack into ``target``, unless it expands too much or is broken."""
    allowed = min(
        MAX_EXPANDED_BYTES,
        max(FREE_EXPANDED_BYTES, MAX_EXPANSION * packed_bytes),
        shutil.disk_usage(target.parent).free,
    )
    written = 0
    with target.open("wb") as file:
        for chunk in _read(name, kind, packed, target):
            written += len(chunk)
            if written > allowed:
                raise UnreadableTable(
                    f"{name} unzips to over {allowed / 1e9:,.1f} GB: more than "
                    f"{MAX_EXPANSION} times its size, or more than the free space; "
                    "unzip it yourself if this is expected"
                )
            file.write(chunk)


def _read(name: str, kind: str, packed: Path, target: Path) -> Iterator[bytes]:
    """The content of a packed file; UnreadableTable if it is broken."""
    try:
        if kind == "xz":
            yield from _unpack_xz(packed)
        elif kind == "zip":
            yield from _unpack_zip(name, packed, target)
        elif kind == "UTF-16":
            yield from _recode(packed)
        else:
            openers = {"gzip": gzip.open, "bzip2": bz2.open, "zstd": _open_zstd}
            with openers[kind](packed) as file:
                yield from iter(lambda: file.read(_CHUNK_BYTES), b"")
    except _BROKEN as error:
        raise UnreadableTable(
            f"{name} is a broken {kind} file ({shorten(error)}); copy or download it "
            "again"
        ) from error
    except MemoryError as error:
        raise UnreadableTable(f"{name} needs too much memory to unpack") from error
    except NotImplementedError as error:
        raise UnreadableTable(
            f"{name} is a {kind} file with an unknown compression ({shorten(error)}); "
            "compress it with Deflate, or not at all"
        ) from error


def _open_zstd(path: Path) -> pa.NativeFile:
    return pa.input_stream(str(path), compression="zstd")


def _unpack_xz(path: Path) -> Iterator[bytes]:
    """The content of an xz file, of one stream or several, in limited memory."""
    with path.open("rb") as file:
        data = file.read(_CHUNK_BYTES)
        while data:
            stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)
            while not stream.eof:
                yield stream.decompress(data, _CHUNK_BYTES)
                data = b""
                if stream.needs_input and not stream.eof:
                    data = file.read(_CHUNK_BYTES)
                    if not data:
                        raise EOFError("it is truncated")
            data = (stream.unused_data or file.read(_CHUNK_BYTES)).lstrip(b"\0")


def _recode(path: Path) -> Iterator[bytes]:
    """A UTF-16 text as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""):
            yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _unpack_zip(name: str, packed: Path, target: Path) -> Iterator[bytes]:
    """The table in a zip; the JSON beside it, as in our downloads, describes it."""
    with zipfile.ZipFile(packed) as archive:
        table, about = _members(name, archive)
        if table.flag_bits & 1:
            raise UnreadableTable(f"{name} is a zip with a password; unzip it first")
        if about and about.file_size < _MAX_ABOUT_BYTES and not about.flag_bits & 1:
            with archive.open(about) as file:
                about_file(target).write_bytes(file.read(_MAX_ABOUT_BYTES))
        with archive.open(table) as file:
            yield from iter(lambda: file.read(_CHUNK_BYTES), b"")


def _members(
    name: str, archive: zipfile.ZipFile
) -> tuple[zipfile.ZipInfo, zipfile.ZipInfo | None]:
    """The only table of a zip, and the only JSON beside it."""
    names = archive.namelist()
    for mark, kind in _DOCUMENTS.items():
        if mark in names:
            raise UnreadableTable(f"{name} is {kind}; save its sheet as CSV")
    named = [m for m in archive.infolist() if m.filename and not m.is_dir()]
    files = [m for m in named if not _is_junk(m)]
    notes = [m for m in files if m.filename.lower().endswith(".json")]
    tables = [m for m in files if m not in notes]
    known = [
        m
        for m in tables
        if _TABLE_NAMES.search(m.filename) and not _NOTES.fullmatch(m.filename)
    ]
    tables = known if len(known) == 1 else tables
    if len(tables) != 1:
        raise UnreadableTable(
            f"{name} is a zip of {len(tables):,} files; expected one table"
        )
    return tables[0], notes[0] if len(notes) == 1 else None


def _is_junk(member: zipfile.ZipInfo) -> bool:
    """Whether a file was added by an operating system."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts) or parts[
        -1
    ].lower() in ("thumbs.db", "desktop.ini")
