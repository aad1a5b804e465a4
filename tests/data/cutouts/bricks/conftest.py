"""Folders with bricks, and a survey that has their pixel scale and no service."""

import pytest

from data.cutouts.bricks.brick_files import BrickFolder
from data.cutouts.bricks.cut_bricks import Bricks
from data.cutouts.table_to_store import chosen_survey, recipe_of
from tests.made_bricks import PIXSCALE_ARCSEC

SURVEY = f"""name = "made"
title = "Made bricks"
pixscale_arcsec = {PIXSCALE_ARCSEC}
[service]
layer = "ls-dr9-south"
north_layer = "ls-dr9-north"
north_from_dec = 70
"""


@pytest.fixture
def root(tmp_path):
    """A home with the survey ``made``."""
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "made.toml").write_text(SURVEY)
    return tmp_path


@pytest.fixture
def survey(root):
    return chosen_survey(root, "made", needs_service=False)


@pytest.fixture
def bricks_of(survey):
    """A function that opens the bricks of a folder, closed at the end."""
    held = []

    def opened(folder, size=32):
        bands = BrickFolder(folder, ("g", "r", "z"), PIXSCALE_ARCSEC)
        bricks = Bricks(bands, survey, recipe_of(survey, size, None, bricks=True))
        held.append(bricks)
        return bricks

    yield opened
    for bricks in held:
        bricks.close()
