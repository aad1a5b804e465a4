"""Flags of images with bad pixels: shown, filtered by, and downloaded."""

import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from morph.catalogue import sync
from morph.release.details import Details
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.trees.decision_tree import GZD5
from pages.common.galaxies import download_files
from pages.common.server import database
from tests.pages.opening import counted, opened, said

NAMES = [f"J00000{i}.00+000000.0" for i in range(6)]
FLAGS = [0, 1, 3, 4, 0, 0]
BAD = [0.0, 0.25, 1.0, 0.0, 0.125, 0.0]


@pytest.fixture
def flagged_home(empty_home):
    galaxies = pd.DataFrame(
        {"iauname": NAMES, "ra": np.arange(6) / 240, "dec": 0.0}
        | {"bad_pixels": BAD, "image_flag": np.array(FLAGS, float)}
    )
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(3.0, index=galaxies.index, columns=columns)
    posteriors.insert(0, "iauname", NAMES)
    counts = {"galaxies": 6, "some": 3, "too_many": 2, "no_band": 1, "clipped": 1}
    details = Details(images={"most_bad_pixels": 0.2, **counts})
    manifest = Manifest("flagged", "simulated", "bmz", "Flags", "", "", details=details)
    folder = empty_home / "releases" / "flagged"
    write_release(folder, manifest, galaxies, posteriors)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    return empty_home


def test_the_page_of_a_galaxy_says_what_its_image_lacks(flagged_home, dashboard):
    page = opened(dashboard, "galaxy/galaxy.py", {"id": NAMES[2]})
    assert not page.exception
    words = "Image: too many bad pixels, a band without data. The model saw empty sky"
    assert f"{words} in place of its bad pixels (100%)." in said(page)
    html = " ".join(block.proto.body for block in page.get("html"))
    assert "<b>3 (too many bad pixels, a band without data)</b>" in html
    assert "<span>Fraction of bad pixels</span><b>1.000</b>" in html
    page = opened(dashboard, "galaxy/galaxy.py", {"id": NAMES[4]})
    assert "Image:" not in said(page)


def test_flagged_galaxies_are_left_out_and_the_file_has_the_columns(
    flagged_home, dashboard
):
    query = {"image_flag": ["0", "0"]}
    page = opened(dashboard, "download/download.py", query)
    assert not page.exception and counted(page).split("*")[2] == "3"
    assert page.slider(key="image_flag").label == "Image flag"
    here = page.session_state["here"]
    table = pq.read_table(
        io.BytesIO(download_files.file_of(here, "parquet", "basic")())
    ).to_pandas()
    assert sorted(table["iauname"]) == [NAMES[0], NAMES[4], NAMES[5]]
    assert table.set_index("iauname")["bad_pixels"][NAMES[4]] == 0.125
    assert (table["image_flag"] == 0).all()


def test_the_methods_page_counts_them(flagged_home, dashboard):
    page = opened(dashboard, "methods/methods.py")
    assert not page.exception
    assert (
        "Of the 6 images of flagged: 3 with some bad pixels, 2 with too many "
        "(`image_flag` 1), 1 with a band without data (2), 1 with clipped fluxes (4)."
    ) in "".join(block.value for block in page.markdown)
