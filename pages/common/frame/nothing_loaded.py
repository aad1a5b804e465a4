"""What is shown while nothing is loaded: how to start, or the demonstration's build."""

from pathlib import Path

import numpy as np
import streamlit as st

from morph.catalogue import connection, release_table
from morph.catalogue.contents import waiting
from morph.images.store import encode_jpeg, open_store
from morph.images.stretch import colour_picture
from morph.runs.demo_status import DemoState, read_demo
from pages.common import words
from pages.common.frame import all_unloaded, demo_progress, problems
from pages.common.galaxies import release_tables
from pages.common.server import database

PICTURES = 12
PICTURE_WIDTH = 128

WHAT = (
    "A workbench for galaxy morphology: Galaxy Zoo vote fractions and their "
    "uncertainties, predicted by a model trained on one survey and adapted to another."
)


@st.fragment(run_every=demo_progress.LOOK_EVERY_S)
def room(root: Path, title: str) -> None:
    """What the page ``title`` shows until a release is loaded."""
    with database.cursor(root) as con:
        if release_table.releases(con):
            st.rerun()
        demo = read_demo(root)
        new = [one for one in waiting(con, root / "releases") if one.reason == "new"]
        if demo is not None and demo.state != "finished":
            _building(root, demo)
        elif new:
            _loading(len(new))
        elif connection.has_been_filled(con):
            all_unloaded.draw(root, con, title)
        elif demo is not None:
            _building(root, demo)  # its releases are being loaded
        else:
            _what_to_do()
        if database.health.problem:
            st.warning(database.health.problem, icon=":material/sync_problem:")
        release_tables.not_loaded(con, root)


def _loading(number: int) -> None:
    """Progress of the first releases, of a new or a rebuilt catalogue."""
    st.title("Loading the releases" if number > 1 else "Loading the release")
    done, text = problems.loading_text()
    st.progress(done, text=text)


def _building(root: Path, demo: DemoState) -> None:
    going_on = demo.state in ("building", "finished")
    building = "morph is building its demonstration"
    st.title(building if going_on else "The demonstration is not finished")
    st.markdown(WHAT)
    left, right = st.columns(2, gap="large")
    with left:
        demo_progress.steps(demo)
    with right:
        _pictures(root)


def _pictures(root: Path) -> None:
    """Some galaxies of the first finished cutout store."""
    finished = sorted((root / "cutouts").glob("[!.]*/manifest.json"))
    if not finished:
        return
    pictures, caption = _some(finished[0].parent, finished[0].stat().st_mtime_ns)
    with st.container(horizontal=True, gap="small"):
        for picture in pictures:
            st.image(picture, width=PICTURE_WIDTH, alt="A galaxy of the survey")
    st.caption(caption)


@st.cache_data(max_entries=4, show_spinner=False)
def _some(folder: Path, stamp: int) -> tuple[list[bytes], str]:
    """Images of galaxies spread over a store, and a caption."""
    store = open_store(folder)
    rows = np.linspace(0, len(store.pixels) - 1, PICTURES).astype(int)
    pictures = colour_picture(store.pixels[rows])
    encoded = [encode_jpeg(p, width=2 * PICTURE_WIDTH) for p in pictures]
    shown = f"{len(encoded)} of {words.galaxies(len(store.pixels))}"
    return encoded, f"{shown}. {words.plain(store.manifest.title)}."


def _what_to_do() -> None:
    st.title("No galaxies yet")
    st.markdown(f"{WHAT} Three ways to start:")
    demo, published, table = st.columns(3, border=True)
    demo.markdown("##### Try the demonstration")
    demo.code("make demo", language=None)
    demo.caption(
        "Simulates two surveys and classifies their galaxies with two models, one "
        "adapted to the second survey. The first galaxies appear within a minute."
    )
    published.markdown("##### Download a published catalogue")
    published.page_link(
        "../../data/data.py", label="Open the page Data", icon=":material/database:"
    )
    published.caption(
        "Galaxy Zoo 2, DECaLS or DESI, or BASS+MzLS, with images from the cutout "
        "service of the Legacy Surveys. Needs a network connection."
    )
    table.markdown("##### Load a table")
    table.code(
        ".venv/bin/python -m data load FILE \\\n    --release NAME --survey SURVEY",
        language=None,
    )
    table.caption(
        "Any CSV, Parquet, FITS or VOTable with names or positions, and a "
        "concentration or vote fraction for each answer. The release appears here "
        "automatically."
    )
