"""Read uploaded tables in a child process."""

import json
import logging
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from morph import sandbox
from morph.errors import UnreadableTable
from morph.tables.table_child import ABOUT, CELLS, MAX_CPU_S, MAX_MEMORY_BYTES, Wanted
from morph.wording import printable

MAX_BYTES = 50_000_000
_MOST_S = 120  # wall-clock time

_OUT_OF_MEMORY = (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cells:
    """Columns of an uploaded table as text, and the rows that could not be read."""

    format: str
    columns: tuple[str, ...]  # all columns except lists
    rows: pd.DataFrame  # "row" from 1, and the wanted columns, "" if missing
    unreadable: tuple[tuple[int, str], ...]  # row, reason
    units: Mapping[str, str] = field(default_factory=dict)  # as stated, by column
    frame: str = ""  # as stated, such as "FK5 J2000"; empty if it is not
    header: Mapping[str, str] = field(default_factory=dict)  # names in upper case
    left_out: tuple[str, ...] = ()  # sentences on tables of the file not read
    frames: Mapping[str, str] = field(default_factory=dict)  # of columns with their own


def read_cells(data: bytes, name: str, wanted: Wanted) -> Cells:
    """The wanted columns of an uploaded file, if it has them.

    UnreadableTable if it is too large, empty, broken, not a table, or takes too long.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableTable(
            f"{name} is {len(data) / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB "
            "can be uploaded. Keep only columns of names and positions"
        )
    name = printable(name)[-100:] or "the list"
    with tempfile.TemporaryDirectory(prefix="morph-upload-") as temporary:
        folder = Path(temporary)
        path = folder / "table"
        path.write_bytes(data)
        arguments = [str(path), str(folder), name, json.dumps(asdict(wanted))]
        done = sandbox.run(
            ["morph.tables.table_child", *arguments],
            limit_s=_MOST_S,
            environment={"TMPDIR": str(folder)},
        )
        about = _about(folder)
        if done.returncode == sandbox.REFUSED and "error" in about:
            raise UnreadableTable(about["error"])
        if done.returncode:
            raise UnreadableTable(_why(name, done.returncode, done.stderr))
        try:
            return _cells(folder, about)
        except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
            reason = f"{error!r} {done.stderr}"
            raise UnreadableTable(_why(name, 0, reason)) from error


def _cells(folder: Path, about: dict) -> Cells:
    """Read the two files that the child process wrote."""
    with pa.OSFile(str(folder / CELLS)) as file:
        rows = pa.ipc.open_file(file).read_all().to_pandas()
    columns = tuple(dict.fromkeys(about["columns"]))
    unreadable = tuple((row, reason) for row, reason in about["unreadable"])
    stated = {k: about[k] for k in ("units", "frame", "frames", "header") if k in about}
    left_out = tuple(about.get("left_out", ()))
    return Cells(
        about["format"], columns, rows, unreadable, **stated, left_out=left_out
    )


def _about(folder: Path) -> dict:
    """The description by the child process, empty if it is incomplete."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def _why(name: str, status: int, stderr: str) -> str:
    """The reason why the child process died; its output goes to the log."""
    _log.warning("reading an upload ended with status %d: %s", status, stderr[-2000:])
    if "MemoryError" in stderr or status in _OUT_OF_MEMORY:
        return (
            f"{name} needs more than {MAX_MEMORY_BYTES / 2**30:.0f} GB of memory to "
            "read; save it again with only names and positions"
        )
    if status == sandbox.TOO_LONG:
        return (
            f"{name} needs more than {MAX_CPU_S} s to read; save it again as CSV or "
            "FITS with only names and positions"
        )
    return f"{name} cannot be read; save it again as CSV, FITS, VOTable or Parquet"
