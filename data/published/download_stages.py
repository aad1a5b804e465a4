"""The stages of a download: fetch the files, join an external table, write a release.

The run writes only in its folder; its release is loaded like that of any other run.
"""

import logging
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from data.published.rate import Rate
from morph.atomic import disk_full, write_json, writing
from morph.errors import MorphError
from morph.published.addresses import open_client
from morph.published.attempts import Interrupted, Patience, check_answer, until_done
from morph.published.catalogue_file import PublishedCatalogue
from morph.published.download_run import (
    FILES,
    SOURCES,
    DownloadConfig,
    read_download,
    refuse_unknown_tree,
)
from morph.published.fetch import ChangedOnServer, Reports, fetch
from morph.published.partial_file import PartialFile, Wanted
from morph.published.zenodo_record import Record, ask_record, chosen_file
from morph.release.manifest import MANIFEST, Manifest, read_manifest
from morph.runs.active_run import Run
from morph.runs.run_files import read_json
from morph.wording import size, unreached, utc_now

_JOINED = "joined.parquet"
_PATIENCE = Patience(attempts=5)  # to learn where the files are
_log = logging.getLogger(__name__)


def download(run: Run) -> None:
    """The stages of one download."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request
    config = read_download(run.config)
    refuse_unknown_tree(config.catalogue)
    stages: dict[str, Callable[[], None]] = {"download": partial(_fetch, run, config)}
    if config.catalogue.external:
        stages["table"] = partial(_join, run)
    stages["release"] = partial(_release, run, config)
    run.plan(list(stages))
    for name, work in stages.items():
        run.stage(name, work)


def _fetch(run: Run, config: DownloadConfig) -> None:
    """Fetch all files; a file that is here is not asked for again."""
    folder = run.folder / FILES
    with writing(run.folder):
        folder.mkdir(exist_ok=True)
    with open_client() as client:
        try:
            _fetch_files(run, client, config.catalogue, folder)
        except ChangedOnServer:  # the record is older than the file: ask it again
            try:
                _fetch_files(run, client, config.catalogue, folder)
            except ChangedOnServer as error:
                raise MorphError(
                    f"{error}; the downloaded part is kept. Start again later"
                ) from error


def _fetch_files(
    run: Run, client: httpx.Client, catalogue: PublishedCatalogue, folder: Path
) -> None:
    sources = _asked(run, client, catalogue)
    wanted = [Wanted(s["file"], s["url"], s["bytes"], s["md5"]) for s in sources]
    total = sum(one.size or 0 for one in wanted)
    _refuse_full_disk(folder, wanted, total)
    before = 0
    for one, source in zip(wanted, sources, strict=True):
        rate = Rate()

        def progress(
            here: int, words: str, *, of=one, before=before, rate=rate
        ) -> None:
            amount = f"{size(before + here)} of {size(total)}" if total else size(here)
            parts = (of.name, amount, words or rate.words(here))
            run.progress(before + here, total, ", ".join(filter(None, parts)))

        path = fetch(client, folder, one, Reports(progress, partial(_note, run)))
        before += path.stat().st_size
        source["bytes"] = path.stat().st_size
    write_json(run.folder / SOURCES, {"files": sources})


def _note(run: Run, words: str) -> None:
    _log.info(words)
    run.event("download", says=words)


def _asked(
    run: Run, client: httpx.Client, catalogue: PublishedCatalogue
) -> list[dict[str, Any]]:
    """Where the files are, and what their publisher says of them now."""

    def ask() -> list[dict[str, Any]]:
        if catalogue.record:
            return _of_record(ask_record(client, catalogue.record), catalogue)
        return [_of_address(client, catalogue)]

    return until_done(ask, lambda words: run.progress(0, 0, words), _PATIENCE)


def _of_record(record: Record, catalogue: PublishedCatalogue) -> list[dict[str, Any]]:
    patterns = [catalogue.files, *([catalogue.external] if catalogue.external else [])]
    return [
        {
            "catalogue": catalogue.name,
            "record": record.record,
            "record_title": record.title,
            "doi": record.doi,
            "version": record.version,
            "file": file.name,
            "url": file.url,
            "bytes": file.size,
            "md5": file.md5,
            "asked": utc_now("seconds"),
        }
        for file in (chosen_file(record, one, catalogue.name) for one in patterns)
    ]


def _of_address(client: httpx.Client, catalogue: PublishedCatalogue) -> dict[str, Any]:
    """The file at an address: only its server says how large it is."""
    try:
        answer = client.head(catalogue.url)
    except httpx.HTTPError as error:
        host = httpx.URL(catalogue.url).host
        raise Interrupted(unreached(host, error)) from error
    check_answer(answer)
    length = answer.headers.get("content-length", "")
    name = Path(httpx.URL(catalogue.url).path).name
    return {
        "catalogue": catalogue.name,
        "file": name,
        "url": catalogue.url,
        "bytes": int(length) if length.isdecimal() else None,
        "md5": "",
        "asked": utc_now("seconds"),
    }


def _refuse_full_disk(folder: Path, wanted: list[Wanted], total: int) -> None:
    """Raise CannotWrite before a download that the disk cannot hold."""
    here = sum(
        path.stat().st_size
        for one in wanted
        for path in (folder / one.name, PartialFile(folder, one).path)
        if path.is_file()
    )
    if shutil.disk_usage(folder).free < total - here:
        raise disk_full(folder)


# Libraries for tables are loaded inside the stages that need them, since a download may
# take hours.


def _join(run: Run) -> None:
    """Join the external table, row by row."""
    from data.published.external_table import join_rows

    main, external = (run.folder / FILES / one["file"] for one in _sources(run))
    with writing(run.folder):
        report = join_rows(main, external, run.folder / FILES / _JOINED, run.progress)
    _note(run, report)


def _release(run: Run, config: DownloadConfig) -> None:
    """Write the release, unless an earlier start has, and check its number of rows."""
    catalogue, folder = config.catalogue, run.folder / "release"
    run.progress(0, 0, "reading the table")
    written = (folder / MANIFEST).is_file()
    manifest = read_manifest(folder) if written else _written(run, config)
    (run.folder / FILES / _JOINED).unlink(missing_ok=True)
    if catalogue.rows and manifest.galaxies != catalogue.rows:
        _note(
            run,
            f"the table has {manifest.galaxies:,} galaxies; {catalogue.rows:,} were "
            "expected",
        )


def _written(run: Run, config: DownloadConfig) -> Manifest:
    from data.tables.publish_table import Publication, TableRelease, release_of_table

    catalogue, sources = config.catalogue, _sources(run)
    table = run.folder / FILES / (_JOINED if catalogue.external else sources[0]["file"])
    return release_of_table(
        run.root,
        table,
        TableRelease(
            config.release.release_id,
            catalogue.survey,
            title=catalogue.title,
            note=" ".join(filter(None, (catalogue.note, catalogue.uncertain))),
            tree=catalogue.tree,
        ),
        run.folder / "release",
        Publication(
            catalogue.citation + _cited(sources[0]),
            catalogue.licence,
            sources[0] | ({"external": sources[1]} if sources[1:] else {}),
            run.folder.name,
            catalogue.kind,
        ),
        tell=lambda what, done, total: run.progress(done, total, what.lower()),
    )


def _cited(source: dict[str, Any]) -> str:
    """The table as it is cited after the paper."""
    if not source.get("doi"):
        return f"; table: {source['url']}"
    version = f", version {source['version']}" if source["version"] else ""
    return f"; table: {source['file']}, doi:{source['doi']}{version}"


def _sources(run: Run) -> list[dict[str, Any]]:
    return read_json(run.folder / SOURCES)["files"]
