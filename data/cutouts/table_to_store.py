"""From a table and a survey to a cutout store."""

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data.cutouts.defaults import LEAST_PIXELS, MOST_AT_ONCE
from data.cutouts.fetch_cutouts import (
    FAILED,
    NO_IMAGE,
    REJECTED,
    Elsewhere,
    Requests,
)
from data.cutouts.fetch_cutouts import download as download_to
from data.cutouts.growing_store import PROBLEMS, GrowingStore, Recipe
from data.cutouts.pace import Pace
from data.cutouts.targets import read_targets
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.cutout_service.cutout_urls import MOST_PIXELS
from morph.images.store_manifest import StoreManifest
from morph.images.survey.survey import Survey
from morph.images.survey.survey_file import read_survey
from morph.images.surveys import known_surveys, survey_problems


def fetch(
    root: Path, args: argparse.Namespace, progress: Callable[[int, int], None]
) -> tuple[dict[str, Any], list[str]]:
    """Download the cutouts; the result and lines about it. MorphError if it stops."""
    survey = chosen_survey(root, args.survey)
    recipe = recipe_of(survey, args.size, args.pixel_scale)
    pace = _pace(survey, args)
    if not 0 <= args.most_missing <= 1:
        raise MorphError(
            f"--most-missing is {args.most_missing}; expected a fraction from 0 to 1"
        )
    targets = read_targets(Path(args.targets))
    folder = cutouts_folder(root, args.out or survey.name)
    store = GrowingStore(folder, recipe)
    requests = Requests(survey, recipe, pace)
    title = f"Cutouts from {survey.title}"
    try:
        limit = {"most_missing": args.most_missing, "progress": progress}
        download_to(store, targets.places, requests, **limit)
        places = targets.places
        unknown = places.loc[places["ra"].isna(), "iauname"].tolist()
        manifest = store.finish(
            title,
            without_position=unknown,
            votes=targets.votes,
            flux_pixscale_arcsec=survey.pixscale_arcsec,
        )
        return _told(folder, store, manifest, unknown, known_surveys(root))
    except Elsewhere:  # nothing was asked for: a finished store stays as it was
        if store.was_finished:
            own = survey.pixscale_arcsec
            store.finish(title, without_position=[], flux_pixscale_arcsec=own)
        raise
    finally:
        requests.client.close()
        store.close()


def chosen_survey(root: Path, named: str) -> Survey:
    """The survey of that name or file; MorphError if it has no cutout service."""
    surveys = {survey.name: survey for survey in known_surveys(root)}
    if named.endswith(".toml"):
        survey = read_survey(Path(named))
    elif named in surveys:
        survey = surveys[named]
    else:
        problems = "".join(f". Also, {one}" for one in survey_problems(root))
        raise MorphError(
            f"there is no survey {named!r}; expected one of {', '.join(surveys)}, or "
            f"the TOML file of another{problems}"
        )
    if not survey.service.url:
        raise MorphError(
            f"the survey {survey.name} has no cutout service; add service.url to its "
            "TOML file"
        )
    return survey


def recipe_of(survey: Survey, size: int, pixscale_arcsec: float | None) -> Recipe:
    """What the cutouts have in common; MorphError if that is impossible."""
    if not LEAST_PIXELS <= size <= MOST_PIXELS:
        raise MorphError(
            f"--size is {size}; expected {LEAST_PIXELS} to {MOST_PIXELS:,} pixels"
        )
    scale = pixscale_arcsec or survey.pixscale_arcsec
    if scale is None or not 0.01 <= scale <= 60:
        raise MorphError(
            f"the pixel scale is {scale}; give one from 0.01 to 60 arcsec with "
            "--pixel-scale"
        )
    service = survey.service
    layers = "|".join(filter(None, (service.layer, service.north_layer)))
    return Recipe(survey.name, service.url, layers, survey.places, size, float(scale))


def _pace(survey: Survey, args: argparse.Namespace) -> Pace:
    per_s = args.per_second or survey.service.images_per_s
    if not 0 < per_s <= 1000 or not 1 <= args.connections <= MOST_AT_ONCE:
        raise MorphError(
            f"--per-second is {per_s} and --connections {args.connections}; expected "
            f"up to 1000 requests and 1 to {MOST_AT_ONCE} connections"
        )
    return Pace(per_s=per_s, at_once=args.connections)


def _told(
    folder: Path,
    store: GrowingStore,
    manifest: StoreManifest,
    unknown: list[str],
    known: tuple[Survey, ...],
) -> tuple[dict[str, Any], list[str]]:
    states = Counter(line.get("state", "stored") for line in store.answered.values())
    partly = sum(line.get("missing", 0) > 0 for line in store.answered.values())
    counts = {
        "stored": manifest.galaxies,
        "stored but partly missing": partly,
        REJECTED: states[REJECTED],
        NO_IMAGE: states[NO_IMAGE],
        FAILED: states[FAILED],
        "no position": len(unknown),
    }
    words = ", ".join(f"{what} {count:,}" for what, count in counts.items())
    lines = [f"{folder}: {words}."]
    if any(counts[one] for one in list(counts)[1:]):
        lines.append(f"{folder / PROBLEMS} lists what is missing, and why.")
    if states[FAILED]:
        lines.append("Run the command again to retry the failed requests.")
    if manifest.survey not in [survey.name for survey in known]:
        lines.append(
            f"Copy the survey file to {folder.parent.parent / 'surveys'}, so that "
            "pages use its colours and show its credit."
        )
    return {"store": str(folder), "survey": manifest.survey, **counts}, lines
