"""A home whose survey is a local server, and tables of galaxies."""

import numpy as np
import pandas as pd
import pytest

from data.cutouts.fetch_cutouts import Requests
from data.cutouts.growing_store import GrowingStore
from data.cutouts.pace import Pace
from data.cutouts.table_to_store import chosen_survey, recipe_of
from tests.cutout_server import serving

FAST = Pace(per_s=1000, first_wait=0.01, longest_wait=0.05, deadline=5)
NEAR = """name = "near"
title = "A near service"
credit = "Nobody"
pixscale_arcsec = 0.262
[service]
url = "{url}"
layer = "x"
images_per_s = 1000
"""


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def root(tmp_path, server):
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "near.toml").write_text(NEAR.format(url=server.url))
    return tmp_path


@pytest.fixture
def targets():
    """Twelve galaxies."""
    ra = 150 + np.arange(12) / 100
    return pd.DataFrame(
        {"iauname": [f"galaxy-{i:02}" for i in range(12)], "ra": ra, "dec": 2.0}
    )


@pytest.fixture
def opened(root):
    """A function that opens the store and its requests, closed at the end."""
    held = []

    def open_both(pace=FAST, size=16):
        survey = chosen_survey(root, "near")
        recipe = recipe_of(survey, size, None)
        store = GrowingStore(root / "cutouts" / "near", recipe)
        requests = Requests(survey, recipe, pace)
        held.append((store, requests))
        return store, requests

    yield open_both
    for store, requests in held:
        requests.client.close()
        store.close()
