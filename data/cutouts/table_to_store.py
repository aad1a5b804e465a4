"""From a table or release and a survey to a cutout store."""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from data.cutouts.bricks.brick_files import BrickFolder
from data.cutouts.bricks.cut_bricks import Bricks, cut
from data.cutouts.bricks.workers import checked_workers
from data.cutouts.fetch_cutouts import Requests
from data.cutouts.fetch_cutouts import download as download_to
from data.cutouts.growing_store import GrowingStore, Recipe, Unsuitable
from data.cutouts.outcomes import FAILED, NO_FILE, NO_IMAGE, REJECTED
from data.cutouts.pace import Pace
from data.cutouts.store_tables import PROBLEMS
from data.cutouts.targets import Targets, targets_called
from data.sky.region_options import given_region
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.blanks import LARGEST_FLUX
from morph.images.cutout_service.cutout_urls import MOST_PIXELS
from morph.images.new_stores.coadd_sampling import check_sampling
from morph.images.new_stores.cutouts_run import refuse_all_outside
from morph.images.new_stores.defaults import FROM_BRICKS, LEAST_PIXELS, MOST_AT_ONCE
from morph.images.new_stores.made_for import note_release
from morph.images.store_manifest import StoreManifest
from morph.images.survey.survey import Survey
from morph.images.survey.survey_file import read_survey
from morph.images.surveys import known_surveys, survey_problems
from morph.posterior.vote_fractions import few_votes_words
from morph.trees.decision_tree import tree_called


def fetch(
    root: Path,
    args: argparse.Namespace,
    progress: Callable[[int, int], None],
    say: Callable[[str], None] = lambda text: None,
) -> tuple[dict[str, Any], list[str]]:
    """Fill the store; the result and lines about it. MorphError if it stops.

    ``say`` hears at once how many galaxies are outside of the survey.
    """
    survey = chosen_survey(root, args.survey, needs_service=not args.bricks)
    bricks, by_size = bool(args.bricks), bool(args.by_size)
    recipe = recipe_of(
        survey, args.size, args.pixel_scale, bricks=bricks, by_size=by_size
    )
    if not 0 <= args.most_missing <= 1:
        raise MorphError(
            f"--most-missing is {args.most_missing}; expected a fraction from 0 to 1"
        )
    targets = targets_called(root, args.targets, args.tree or "")
    if args.dec is not None:
        targets = targets.between(*args.dec)
    if region := given_region(args):
        targets = targets.within(region)
    if not bricks and (note := outside_note(survey, targets.places)):
        say(note)
    source = source_of(
        survey, recipe, bricks=args.bricks or "", pace=_pace(survey, args)
    )
    if isinstance(source, Bricks) and args.workers is not None:
        source.workers = checked_workers(args.workers)
    folder = cutouts_folder(root, args.out or survey.name)
    limits = {"most_missing": args.most_missing, "progress": progress}
    with closing(source), closing(GrowingStore(folder, recipe)) as store:
        if targets.release:
            note_release(folder, targets.release)
        return fill(store, targets, source, known_surveys(root), **limits)


def outside_note(survey: Survey, places: pd.DataFrame) -> str:
    """How many galaxies are outside of a survey, in words; "" if none is.

    MorphError if all are: the service has no image of them.
    """
    ra, dec = (places[name].to_numpy(float) for name in ("ra", "dec"))
    number = refuse_all_outside(survey, ra, dec)
    if not number:
        return ""
    return (
        f"{number:,} of {len(places):,} galaxies {'is' if number == 1 else 'are'} "
        f"outside the images of {survey.title} ({survey.footprint.words})."
    )


def fill(
    store: GrowingStore,
    targets: Targets,
    source: Requests | Bricks,
    known: tuple[Survey, ...],
    **limits: Any,
) -> tuple[dict[str, Any], list[str]]:
    """Fill an open store and finish it; the result and lines about it.

    ``limits`` are those of `download` and `cut`. If it stops, the store has its table
    of problems, and can be opened again; one that was finished is so with what it has.
    """
    title, places = f"Cutouts from {source.survey.title}", targets.places
    unknown = places.loc[places["ra"].isna(), "iauname"].tolist()
    own = source.survey.pixscale_arcsec
    try:
        store.check_votes(targets.votes)
        if isinstance(source, Bricks):
            cut(store, places, source, **limits)
        else:
            download_to(store, places, source, **limits)
    except Unsuitable:  # nothing was asked for: a finished store stays as it was
        if store.was_finished:
            store.finish(title, without_position=[], flux_pixscale_arcsec=own)
        raise
    except (Exception, KeyboardInterrupt):
        with suppress(OSError):  # a full disk: that is why it stops
            if store.was_finished:  # those that it has can be used, as before
                store.finish(title, without_position=unknown, votes=targets.votes)
            else:
                store.write_problems(unknown)
        raise
    manifest = store.finish(
        title,
        without_position=unknown,
        votes=targets.votes,
        flux_pixscale_arcsec=own,
    )
    result, lines = _told(store, manifest, unknown, known)
    return result, [*lines, *_of_sizes(store.recipe, places), *_of_votes(targets)]


def _of_votes(targets: Targets) -> list[str]:
    """A warning of questions with too few votes."""
    if targets.votes is None:
        return []
    tree = tree_called(targets.tree)
    few = few_votes_words(targets.votes[list(tree.labels)].to_numpy(), tree)
    return [f"Warning: {few}."] if few else []


def _of_sizes(recipe: Recipe, places: pd.DataFrame) -> list[str]:
    """How many galaxies could not be framed by their size."""
    if not recipe.by_size:
        return []
    known = places["radius_arcsec"].notna().sum() if "radius_arcsec" in places else 0
    if known == len(places):
        return []
    return [
        f"{len(places) - known:,} galaxies without a half-light radius have the pixel "
        f"scale of the survey, {recipe.pixscale_arcsec:g} arcsec."
    ]


def source_of(
    survey: Survey, recipe: Recipe, *, bricks: str, pace: Pace
) -> Requests | Bricks:
    """Where the cutouts come from: a folder of bricks, or the cutout service.

    MorphError if there is no such folder.
    """
    if not bricks:
        return Requests(survey, recipe, pace)
    if not Path(bricks).is_dir():
        raise MorphError(f"{bricks} is not a folder; expected that of the coadds")
    names = tuple(band.name for band in survey.in_order)
    folder = BrickFolder(Path(bricks), names, survey.pixscale_arcsec)
    return Bricks(folder, survey, recipe)


def chosen_survey(root: Path, named: str, *, needs_service: bool = True) -> Survey:
    """The survey of that name or file; MorphError if it lacks a service it needs."""
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
    if needs_service and not survey.service.url:
        raise MorphError(
            f"the survey {survey.name} has no cutout service; add service.url to its "
            "TOML file, or cut from coadds with --bricks"
        )
    return survey


def recipe_of(
    survey: Survey,
    size: int,
    pixscale_arcsec: float | None,
    *,
    bricks: bool = False,
    by_size: bool = False,
) -> Recipe:
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
    if by_size and pixscale_arcsec:
        raise MorphError(
            "--by-size gives each galaxy its own pixel scale, and --pixel-scale all "
            "the same; leave out one of them"
        )
    if bricks:
        check_sampling(survey, size, None if by_size else float(scale))
    where, places = FROM_BRICKS if bricks else service.url, survey.places
    return Recipe(survey.name, where, layers, places, size, float(scale), by_size)


def _pace(survey: Survey, args: argparse.Namespace) -> Pace:
    per_s = args.per_second or survey.service.images_per_s
    if not 0 < per_s <= 1000 or not 1 <= args.connections <= MOST_AT_ONCE:
        raise MorphError(
            f"--per-second is {per_s} and --connections {args.connections}; expected "
            f"up to 1000 requests and 1 to {MOST_AT_ONCE} connections"
        )
    return Pace(per_s=per_s, at_once=args.connections)


def _told(
    store: GrowingStore,
    manifest: StoreManifest,
    unknown: list[str],
    known: tuple[Survey, ...],
) -> tuple[dict[str, Any], list[str]]:
    """What is in a finished store, and lines about that."""
    states = Counter(line.get("state", "stored") for line in store.answered.values())
    partly = sum(line.get("missing", 0) > 0 for line in store.answered.values())
    counts = {
        "stored": manifest.galaxies,
        "stored but partly missing": partly,
        REJECTED: states[REJECTED],
        NO_IMAGE: states[NO_IMAGE],
        FAILED: states[FAILED],
        NO_FILE: states[NO_FILE],
        "no position": len(unknown),
    }
    if store.recipe.service != FROM_BRICKS:
        del counts[NO_FILE]
    lines = _lines(store, counts)
    if manifest.clipped:
        lines.append(
            f"Fluxes beyond {LARGEST_FLUX:,.0f} nanomaggies were clipped in "
            f"{manifest.clipped:,} cutouts."
        )
    if manifest.survey not in [survey.name for survey in known]:
        lines.append(
            f"Copy the survey file to {store.folder.parent.parent / 'surveys'}, so "
            "that pages use its colours and show its credit."
        )
    return {"store": str(store.folder), "survey": manifest.survey, **counts} | {
        "clipped": manifest.clipped
    }, lines


def _lines(store: GrowingStore, counts: Mapping[str, int]) -> list[str]:
    """What is in a store, and what to do about the rest."""
    words = ", ".join(f"{what} {count:,}" for what, count in counts.items())
    lines = [f"{store.folder}: {words}."]
    if any(counts[one] for one in list(counts)[1:]):
        lines.append(f"{store.folder / PROBLEMS} lists what is missing, and why.")
    if store.recipe.service == FROM_BRICKS:
        if counts[FAILED] or counts[NO_FILE]:
            lines.append("Add or replace the files that it names, then run this again.")
    elif counts[FAILED]:
        lines.append("Run the command again to retry the failed requests.")
    return lines
