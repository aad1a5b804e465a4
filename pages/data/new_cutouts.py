"""New cutouts of galaxies: which, from where, what they take, and the button."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from morph.home import checked_name
from morph.images.cutout_service.cutout_urls import MOST_PIXELS
from morph.images.new_stores import cutouts_run
from morph.images.new_stores.cutouts_run import CutoutsConfig
from morph.images.new_stores.defaults import LEAST_PIXELS, SIZE
from morph.images.survey.survey import Survey
from morph.runs import lifecycle
from morph.subsets.store_galaxies import StoreGalaxies
from morph.wording import duration, size
from pages.common import toasts, words
from pages.common.server import database, who_may
from pages.data import cutout_sources, store_galaxies_choice
from pages.data.cutout_sources import Source

FIXED, BY_SIZE = "Fixed", "By galaxy size"
_MOST_COUNTED = 100_000  # galaxies outside the survey
_MOST_NAME = 40  # characters of a suggested name


def draw(root: Path) -> None:
    """The whole form."""
    with st.container(border=True, key="new_cutouts"):
        st.markdown("**New cutout store**")
        left, right = st.columns([3, 2], gap="large")
        with left:
            galaxies = store_galaxies_choice.choose(root)
            source = cutout_sources.choose(root)
            if not source.surveys:
                lacking = "coadd files" if source.of_bricks else "a cutout service"
                st.info(f"No survey has {lacking}.", icon=":material/cloud_off:")
                return
            survey = source.surveys[_survey(source, galaxies)]
            wanted, first = _wanted(survey, galaxies)
            if wanted is not None:
                wanted = replace(wanted, bricks=source.folder)
        with right:
            _needs(root, survey, source, galaxies, wanted, first)


def _survey(source: Source, galaxies: StoreGalaxies | None) -> str:
    """The survey; at first that of the release."""
    names = list(source.surveys)
    own = galaxies.survey if galaxies is not None else ""
    return st.selectbox(
        "Survey",
        names,
        index=names.index(own) if own in names else 0,
        format_func=lambda name: source.surveys[name].title,
        key=f"store_survey_{own}{'_bricks' if source.of_bricks else ''}",
        help="Surveys are TOML files; those in `surveys/` of MORPH_HOME are listed too",
    )


def _wanted(
    survey: Survey, galaxies: StoreGalaxies | None
) -> tuple[CutoutsConfig | None, int]:
    """What is wanted, as far as it is possible, and of how many galaxies."""
    name, first = _name_and_number(survey, galaxies)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pixels = st.number_input(
            "Pixels per side", LEAST_PIXELS, MOST_PIXELS, SIZE, key="store_size"
        )
        framing = st.segmented_control(
            "Pixel scale",
            (FIXED, BY_SIZE),
            default=FIXED,
            required=True,
            key="store_framing",
            help="By galaxy size: 0.04 half-light radii per pixel of 424, at least "
            '0.1", as volunteers of Galaxy Zoo DECaLS saw the galaxies',
            disabled=galaxies is None or not galaxies.has_sizes,
        )
        by_size = framing == BY_SIZE and galaxies is not None and galaxies.has_sizes
        scale = st.number_input(
            "arcsec per pixel",
            0.01,
            60.0,
            survey.pixscale_arcsec or 0.262,
            format="%.3f",
            key=f"store_scale_{survey.name}",
            disabled=by_size,
        )
    if galaxies is None:
        return None, 0
    own = by_size or scale == survey.pixscale_arcsec
    wanted = CutoutsConfig(
        store=name,
        survey=survey.name,
        size=int(pixels),
        pixscale_arcsec=None if own else float(scale),
        by_size=by_size,
        source=galaxies.words,
        release=galaxies.release,
        tree=galaxies.tree,
    )
    return wanted, int(first)


def _name_and_number(survey: Survey, galaxies: StoreGalaxies | None) -> tuple[str, int]:
    of = ""
    if galaxies is not None:  # the release, else the file of the list
        of = galaxies.release or Path(galaxies.words.removeprefix("list ")).stem
    suggested = re.sub(r"[^a-z0-9._-]+", "-", f"{of}-{survey.name}".lower()).strip("-")
    most = galaxies.number if galaxies is not None else 1
    with st.container(horizontal=True):
        name = st.text_input(
            "Name of the store",
            suggested[-_MOST_NAME:].lstrip("._-"),
            max_chars=64,
            key=f"store_name_{suggested}",
        )
        first = st.number_input(
            "Galaxies",
            1,
            max(most, 1),
            max(most, 1),
            key=f"store_number_{most}_{of}",
            help="The first so many by name; more can be added later",
            disabled=galaxies is None,
        )
    return name.strip(), first


def _needs(
    root: Path,
    survey: Survey,
    source: Source,
    galaxies: StoreGalaxies | None,
    wanted: CutoutsConfig | None,
    first: int,
) -> None:
    """What it takes, what this computer has, and the button."""
    free, pixels = shutil.disk_usage(root).free, wanted.size if wanted else SIZE
    cost = cutouts_run.cost_of(survey, pixels, first)
    _costs(survey, source, galaxies, first, cost, free)
    if source.of_bricks and not source.folder:
        wanted = None
    problem = _warn_of_outside(root, survey, source, galaxies, first)
    if wanted is not None:
        problem = _problem(root, wanted, cost.bytes, free) or problem
    if problem:
        st.warning(f"{words.plain(words.sentence(problem))}.", icon=":material/info:")
    elif wanted is not None:
        st.caption(_what_it_does(root, wanted, galaxies.survey))
    refused = who_may.explained()
    st.button(
        "Cut from coadds" if source.of_bricks else "Download cutouts",
        key="download_cutouts",
        icon=":material/content_cut:" if source.of_bricks else ":material/download:",
        type="primary",
        disabled=bool(refused or problem) or wanted is None,
        help=refused or words.sentence(problem) or None,
        on_click=_start,
        args=(root, wanted, galaxies, first),
    )


def _costs(
    survey: Survey,
    source: Source,
    galaxies: StoreGalaxies | None,
    first: int,
    cost: cutouts_run.Cost,
    free: int,
) -> None:
    """Draw the number of galaxies, the disk space and the time they take."""
    rate = survey.service.images_per_s
    time = f"{duration(cost.seconds)} at {rate:g} per second, or longer"
    if source.of_bricks:
        time = "shown when it has begun; it depends on this computer"
    if galaxies is None:
        lines = [("Galaxies", "none chosen"), ("Disk space", f"{size(free)} free")]
    else:
        lines = [
            ("Galaxies", f"{first:,}"),
            ("Disk space", f"{size(cost.bytes)} of {size(free)} free"),
            ("Time", time),
            ("Votes", "come along" if galaxies.has_votes else "none"),
        ]
    for title, text in lines:
        st.markdown(f"**{title}** {words.plain(text)}")


def _warn_of_outside(
    root: Path,
    survey: Survey,
    source: Source,
    galaxies: StoreGalaxies | None,
    first: int,
) -> str:
    """Warn of galaxies outside the survey; the reason if all are, else ""."""
    outside, nowhere = 0, ""
    if galaxies is not None and not source.of_bricks:
        outside, nowhere = _outside(root, galaxies, survey, first)
    verb = "is" if outside == 1 else "are"
    if outside and not nowhere:
        st.warning(
            f"{outside:,} of {words.galaxies(first)} {verb} outside the images of "
            f"{words.plain(survey.title)}: {words.plain(survey.footprint.words)}.",
            icon=":material/location_off:",
        )
    return nowhere


def _outside(
    root: Path, galaxies: StoreGalaxies, survey: Survey, first: int
) -> tuple[int, str]:
    """How many of the first galaxies are outside the survey, and why if all are.

    0 if that is not known; the run itself refuses galaxies that are all outside.
    """
    if survey.footprint is None or first > _MOST_COUNTED:
        return 0, ""
    cache = st.session_state.setdefault("store_outside", {})
    key = (galaxies.key, survey.name, first)
    if key not in cache:
        cache.clear()
        with database.cursor(root) as con:
            places = galaxies.read(con, first)[["ra", "dec"]].to_numpy(float).T
        try:
            cache[key] = cutouts_run.refuse_all_outside(survey, *places), ""
        except MorphError as error:
            cache[key] = cutouts_run.outside(survey, *places), str(error)
    return cache[key]


def _problem(root: Path, wanted: CutoutsConfig, needed: int, free: int) -> str:
    """Why it cannot be started, in a sentence; else ""."""
    try:
        checked_name(wanted.store, what="cutout store")
        problem = cutouts_run.problem_with_store(root, wanted)
    except MorphError as error:
        return str(error)
    if not problem and cutouts_run.is_active(root, wanted.store):
        return (
            f"the cutout store {wanted.store} is being made; wait for that, or choose "
            "another name"
        )
    lacking = max(needed - cutouts_run.bytes_in(root, wanted.store), 0)
    if not problem and lacking > free:
        return f"{size(lacking)} are needed, and {size(free)} are free on this disk"
    return problem


def _what_it_does(root: Path, wanted: CutoutsConfig, survey_of_release: str) -> str:
    """Whether it makes a store, or continues one."""
    if cutouts_run.recipe_in(root / "cutouts" / wanted.store):
        return (
            f"There is a store {words.plain(wanted.store)} of the same kind: only the "
            f"cutouts that it lacks are {'cut' if wanted.bricks else 'downloaded'}."
        )
    words_of_run = "It continues in the background, and resumes where it stopped."
    if wanted.release and wanted.survey == survey_of_release:
        release = words.plain(wanted.release)
        return f"{words_of_run} The galleries of {release} then show these images."
    return words_of_run


@toasts.refusals()
@who_may.change
def _start(
    root: Path, wanted: CutoutsConfig, galaxies: StoreGalaxies, first: int
) -> None:
    with database.cursor(root) as con:
        targets = galaxies.read(con, first)
    wanted = replace(wanted, bricks=cutout_sources.folder_of(root, wanted.bricks))
    folder = cutouts_run.begin(root, wanted, targets)
    lifecycle.start_run(folder)
    what = "cut from coadds" if wanted.bricks else "downloaded"
    toasts.note(f"{wanted.store} is being {what}", ":material/download:")
