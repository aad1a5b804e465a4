"""Sizes of downloads, from the records that were asked last; kept in MORPH_HOME."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morph.atomic import write_json, writing
from morph.errors import MorphError
from morph.published.addresses import open_client
from morph.published.attempts import Interrupted
from morph.published.catalogue_file import FOLDER, PublishedCatalogue
from morph.published.zenodo_record import Record, ask_record, chosen_file
from morph.runs.run_files import read_json
from morph.wording import utc_now

_FILE = "records.json"  # in catalogues/ of MORPH_HOME
# What may be asked only of the server while a page waits: it may not take long.
_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Known:
    """What the record of a catalogue says, and when it was asked."""

    title: str
    bytes: int | None  # of the download; None if the record has no such file
    problem: str
    asked: str  # time, UTC


def read_known(root: Path) -> dict[str, Known]:
    """What is known, by the name of the catalogue."""
    found: dict[str, Known] = {}
    with suppress(MorphError):
        for name, value in read_json(_path(root)).items():
            with suppress(TypeError):
                found[name] = Known(**value)
    return found


def look_up(root: Path, catalogues: dict[str, PublishedCatalogue]) -> None:
    """Ask for the record of each catalogue and keep the sizes.

    MorphError if the server cannot be reached: what was known is kept.
    """
    records: dict[int, Record] = {}
    known: dict[str, Any] = {name: vars(one) for name, one in read_known(root).items()}
    with open_client() as client:
        client.timeout = _PATIENCE_S
        for name, one in catalogues.items():
            if not one.record:
                continue
            try:
                if one.record not in records:
                    records[one.record] = ask_record(client, one.record)
                known[name] = vars(_known(one, records[one.record]))
            except Interrupted as error:
                raise MorphError(
                    f"{error}, so the sizes of downloads are unknown; try again when "
                    "this computer is online"
                ) from error
            except MorphError as error:
                known[name] = vars(Known("", None, str(error), utc_now("seconds")))
    path = _path(root)
    with writing(path.parent):
        write_json(path, known)


def _known(catalogue: PublishedCatalogue, record: Record) -> Known:
    size, problem = None, ""
    try:
        size = chosen_file(record, catalogue.files, catalogue.name).size
        if catalogue.external:
            size += chosen_file(record, catalogue.external, catalogue.name).size
    except MorphError as error:
        problem = str(error)
    return Known(record.title, size, problem, utc_now("seconds"))


def _path(root: Path) -> Path:
    return root / FOLDER / _FILE
