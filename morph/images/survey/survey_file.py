"""Read the TOML files of surveys: those beside this module, and a user's own."""

import re
import tomllib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from morph.errors import MorphError
from morph.images.survey.survey import Survey
from morph.sky.coverage_map import read_moc
from morph.typed_json import read_dataclass

_SHIPPED = Path(__file__).parent
_NAME = re.compile(r"[a-z0-9-]{1,32}")  # as in the manifests of releases
_MOST_BYTES = 100_000


def shipped() -> tuple[Survey, ...]:
    """The surveys that come with morph."""
    return _all_of(_files(_SHIPPED))[0]


def surveys_of(root: Path) -> tuple[tuple[Survey, ...], tuple[str, ...]]:
    """The surveys in ``surveys/`` of a home, and a sentence for each unusable file."""
    return _all_of(_files(root / "surveys"))


def file_of(name: str, root: Path) -> Path | None:
    """The file of a survey of that name, in ``surveys/`` of a home or shipped."""
    for path, modified_ns in (*_files(root / "surveys"), *_files(_SHIPPED)):
        surveys, _ = _all_of(((path, modified_ns),))
        if surveys and surveys[0].name == name:
            return path
    return None


def read_survey(path: Path) -> Survey:
    """The survey that a TOML file describes.

    MorphError if it is no such file; the message names the file and the setting.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise MorphError(f"it is larger than {_MOST_BYTES // 1000} kB")
        value = tomllib.loads(path.read_text(encoding="utf-8"))
        survey = read_dataclass(Survey, value)
        if not _NAME.fullmatch(survey.name):
            raise MorphError(
                f"name is {survey.name!r:.80}; use 1 to 32 of a-z, 0-9 and '-'"
            )
        if survey.footprint is None or not survey.footprint.moc:
            return survey
        moc = path.parent / survey.footprint.moc
        read_moc(moc)
        return replace(survey, footprint=replace(survey.footprint, moc=str(moc)))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError, MorphError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MorphError(
            f"the survey file {path.name} cannot be used: {reason}. "
            "docs/contributing.md explains survey files"
        ) from error


def _files(folder: Path) -> tuple[tuple[Path, int], ...]:
    """The TOML files of a folder and when they were changed."""
    found = []
    try:
        for path in sorted(folder.glob("*.toml")):
            found.append((path, path.stat().st_mtime_ns))
    except OSError:
        return tuple(found)
    return tuple(found)


@lru_cache(maxsize=16)
def _all_of(
    files: tuple[tuple[Path, int], ...],
) -> tuple[tuple[Survey, ...], tuple[str, ...]]:
    surveys: dict[str, Survey] = {}
    problems = []
    for path, _ in files:
        try:
            survey = read_survey(path)
        except MorphError as error:
            problems.append(str(error))
            continue
        if survey.name in surveys:
            problems.append(
                f"the survey file {path.name} is not used: another file has the name "
                f"{survey.name!r} too"
            )
        else:
            surveys[survey.name] = survey
    return tuple(surveys.values()), tuple(problems)
