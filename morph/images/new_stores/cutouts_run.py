"""Runs that make a store of cutouts: their configuration, and how one begins.

Cutouts are downloaded from a survey's service, or cut from coadd bricks on disk. The
galaxies are in a table in the folder of the run. The store has a journal of what
was asked for (`data.cutouts.journal`), so a run with more galaxies continues it, if its
cutouts are to be made in the same way.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.cutout_service.cutout_urls import MOST_PIXELS
from morph.images.new_stores.coadd_sampling import check_sampling
from morph.images.new_stores.defaults import (
    FROM_BRICKS,
    LEAST_PIXELS,
    MOST_MISSING,
    SIZE,
)
from morph.images.survey.survey import Survey
from morph.images.surveys import known_surveys, survey_called
from morph.release.manifest import MANIFEST
from morph.runs.data_runs.kinds import CUTOUTS as KIND
from morph.runs.data_runs.unfinished import new_run, runs_to, unfinished
from morph.runs.lifecycle import RunState, list_runs
from morph.trees.decision_tree import DEFAULT
from morph.typed_json import name_of, read_dataclass, within

TARGETS = "targets.parquet"  # in the run: its galaxies
PLACES = ("iauname", "ra", "dec", "radius_arcsec")  # its columns beside votes
RESULT = "result.json"  # in the run: what came of it
JOURNAL = "journal.jsonl"  # in the store
PIXELS = "pixels.npy*"  # in the store; those of an unfinished one end in .part
_VALUE_BYTES = 2  # of a pixel in a band
_SAME = (
    "survey",
    "service",
    "size",
    "pixscale_arcsec",
    "by_size",
)  # of all cutouts of a store


@dataclass(frozen=True)
class CutoutsConfig:
    """Download cutouts of galaxies, or cut them from coadds, into a cutout store.

    The galaxies are in `targets.parquet` in the folder of the run.
    """

    store: str = name_of("cutout store")  # its name
    survey: str = name_of("survey")  # survey of the cutouts
    kind: Literal["cutouts"] = KIND
    size: int = within(SIZE, LEAST_PIXELS, MOST_PIXELS)  # pixels per side
    # arcsec per pixel; null: that of the survey
    pixscale_arcsec: float | None = within(None, 0.01, 60)
    by_size: bool = False  # pixel scale by each galaxy's half-light radius
    bricks: str = ""  # folder of coadd bricks; by default, the survey's service
    # largest fraction of pixels without data
    most_missing: float = within(MOST_MISSING, 0, 1)
    source: str = ""  # where the galaxies are from, in words
    release: str = ""  # release whose galaxies they are; its galleries show the store
    tree: str = DEFAULT  # decision tree of the votes


@dataclass(frozen=True)
class Cost:
    """What a download takes."""

    bytes: int  # on disk, of new cutouts
    seconds: float  # at the rate that the survey allows


def read_cutouts(config: Mapping[str, Any]) -> CutoutsConfig:
    """The configuration of a run; MorphError names what is wrong."""
    return read_dataclass(CutoutsConfig, config)


def surveys_with_service(root: Path) -> dict[str, Survey]:
    """The surveys whose cutouts can be downloaded, by name."""
    return {one.name: one for one in known_surveys(root) if one.service.url}


def surveys_for_bricks(root: Path) -> dict[str, Survey]:
    """The surveys whose cutouts can be cut from coadd bricks, by name."""
    return {one.name: one for one in known_surveys(root) if one.pixscale_arcsec}


def cost_of(survey: Survey, size: int, galaxies: int) -> Cost:
    """Disk space, and time at the service, of cutouts of ``size`` pixels per side."""
    each = len(survey.bands) * size**2 * _VALUE_BYTES
    return Cost(galaxies * each, galaxies / survey.service.images_per_s)


def outside(survey: Survey, ra: np.ndarray, dec: np.ndarray) -> int:
    """How many of N positions, in degrees, are outside the images of a survey.

    0 if its footprint is unknown. An unknown position, NaN, is not counted.
    """
    if survey.footprint is None:
        return 0
    known = np.isfinite(ra) & np.isfinite(dec)
    return int((~survey.footprint.contains(ra[known], dec[known])).sum())


def refuse_all_outside(survey: Survey, ra: np.ndarray, dec: np.ndarray) -> int:
    """Raise MorphError if no known position is in a survey; else how many are not."""
    number, known = outside(survey, ra, dec), np.isfinite(ra) & np.isfinite(dec)
    if number and number == known.sum():
        which = f"all {number:,} galaxies" if number > 1 else "the galaxy"
        verb = "are" if number > 1 else "is"
        raise MorphError(
            f"{which} {verb} outside the images of {survey.title} "
            f"({survey.footprint.words}); choose another survey, or other galaxies"
        )
    return number


def bytes_in(root: Path, store: str) -> int:
    """Bytes of the cutouts that a store has, finished or not."""
    folder = cutouts_folder(root, store)
    return sum(path.stat().st_size for path in folder.glob(PIXELS))


def problem_with_store(root: Path, wanted: CutoutsConfig) -> str:
    """Why a store of that name cannot take the cutouts, in a sentence; else "".

    MorphError if coadds cannot give such cutouts.
    """
    folder = cutouts_folder(root, wanted.store)
    if wanted.bricks:
        survey = survey_called(wanted.survey, root)
        scale = wanted.pixscale_arcsec or survey.pixscale_arcsec
        check_sampling(survey, wanted.size, None if wanted.by_size else scale)
    if not (folder / JOURNAL).is_file():
        if not (folder / MANIFEST).exists():
            return ""
        return (
            f"there is a cutout store {wanted.store} that was not downloaded, so it "
            "cannot be added to; choose another name"
        )
    before, now = recipe_in(folder), _recipe(root, wanted)
    differ = [name for name in _SAME if before.get(name) != now[name]]
    if not differ:
        return ""
    words = ", ".join(f"{name} {before.get(name)}, not {now[name]}" for name in differ)
    return (
        f"the cutout store {wanted.store} was started with {words}; choose the same, "
        "or another name"
    )


def recipe_in(folder: Path) -> dict[str, Any]:
    """What the cutouts of a store have in common, from its journal; {} if unknown."""
    try:
        with (folder / JOURNAL).open(encoding="utf-8") as file:
            recipe = json.loads(file.readline()).get("recipe")
    except (OSError, ValueError, AttributeError):
        return {}
    return recipe if isinstance(recipe, dict) else {}


def begin(root: Path, wanted: CutoutsConfig, targets: pd.DataFrame) -> Path:
    """The folder of the run that does it: an unfinished one of the same, or a new one.

    RunError if the store is being made; MorphError if it cannot take the
    cutouts, or no galaxy has a position where the service has images.
    """
    if problem := problem_with_store(root, wanted):
        raise MorphError(problem)
    if not len(targets) or targets["ra"].isna().all():
        raise MorphError("none of the galaxies has a position; choose others")
    survey = surveys_with_service(root).get(wanted.survey)
    if survey is not None and not wanted.bricks:  # coadds may be of more of the sky
        refuse_all_outside(survey, *_positions(targets))
    begun = unfinished(
        runs_to(list_runs(root), wanted.store),
        lambda run: _is_same(run, wanted, targets),
        busy=f"the cutout store {wanted.store} is being made",
    )
    if begun is not None:
        return begun
    values = asdict(wanted)
    return new_run(
        root,
        wanted.store,
        lambda name: values,
        fill=lambda folder: targets.to_parquet(folder / TARGETS, index=False),
    )


def is_active(root: Path, store: str) -> bool:
    """Whether a run is making a store or adding to it now, or waits to."""
    return any(run.active for run in runs_to(list_runs(root), store))


def begin_again(root: Path, run: RunState, failed: Collection[str]) -> Path:
    """The folder of a run like ``run`` that asks again for the galaxies ``failed``.

    Their positions, sizes and votes are those of the newest runs to the store that
    have them. MorphError if no run has one of them, as if all were deleted.
    """
    wanted = read_cutouts(run.config)
    tables = [
        table[table["iauname"].isin(failed)]
        for one in runs_to(list_runs(root), wanted.store)
        if (one.folder / TARGETS).is_file()
        for table in (pd.read_parquet(one.folder / TARGETS),)
    ]
    found = [table for table in tables if len(table)]
    if not found:
        raise MorphError(
            f"no run has the galaxies of {wanted.store} that failed; start a download "
            "of them with this name, or repeat the command that made the store"
        )
    # Of each column the first value that is known: a list has no votes.
    targets = pd.concat(found).groupby("iauname", sort=False).first().reset_index()
    return begin(root, wanted, targets)


def _positions(targets: pd.DataFrame) -> list[np.ndarray]:
    return [targets[name].to_numpy(float) for name in ("ra", "dec")]


def _recipe(root: Path, wanted: CutoutsConfig) -> dict[str, Any]:
    known = {one.name: one for one in known_surveys(root)}
    survey = known.get(wanted.survey)
    scale = wanted.pixscale_arcsec or (survey and survey.pixscale_arcsec)
    by_size = True if wanted.by_size else None  # as earlier journals do not say it
    service = FROM_BRICKS if wanted.bricks else survey and survey.service.url
    values = {"survey": wanted.survey, "service": service}
    values |= {"size": wanted.size, "pixscale_arcsec": scale}
    return values | {"by_size": by_size}


def _is_same(run: RunState, wanted: CutoutsConfig, targets: pd.DataFrame) -> bool:
    path = run.folder / TARGETS
    try:
        if read_cutouts(run.config) != wanted or not path.is_file():
            return False
    except MorphError:
        return False
    return pd.read_parquet(path).equals(targets)
