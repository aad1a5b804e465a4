"""README's commands that make the BMz catalogue, in order, against local servers.

The tables are those of 500 simulated galaxies of BMz and some of DECaLS, the images
their mock observations. What is added to a command makes it small, and nothing else.
"""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from data.__main__ import main
from data.simulation.simulate import SimulatedSurvey, simulate
from morph.images.stretch import colour_picture
from morph.images.survey import survey_file
from morph.new_run.checks import problems_of
from morph.new_run.ingredients import ingredients
from morph.published.addresses import ZENODO
from morph.release.folder import verify_release
from morph.runs.evaluation_file import mean_rmse
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from pages.common.server.routes import thumbnails
from tests.cutout_server import Behaviour, CutoutServer, Draw, serving
from tests.pages.conftest import SHELL
from tests.pages.opening import component, counted, opened
from tests.zenodo_server import serving_records

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECTION = "Make the BMz catalogue yourself"
SERVICE = "https://www.legacysurvey.org/viewer"
GALAXIES, SIZE = 500, 32

# Added to a command that begins so; the last settings of a name count.
SMALLER = {
    "data cutouts": f"--size {SIZE} --per-second 1000",
    "data runs new --preset source": "--set fit.epochs=2 held_out=0.2",
    "data runs new --preset adapt": "--set long_simulation.fit.epochs=1 "
    "choice.galaxies=64 choice.harmful=keep choice.unclear=keep release.passes=2 "
    "release.projection.epochs=0",
}


@dataclass(frozen=True)
class World:
    """The published tables and the images of both surveys, on local servers."""

    root: Path  # MORPH_HOME
    zenodo: str
    servers: dict[str, CutoutServer]
    bmz: SimulatedSurvey


def commands(page: str, section: str) -> list[list[str]]:
    """The words of every command in a section; a line may go on after a backslash."""
    text = (ROOT / page).read_text(encoding="utf-8")
    part = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^    (.+)$", part.replace("\\\n", ""), re.MULTILINE)
    return [shlex.split(line) for line in lines]


def drawn(*parts: tuple[pd.DataFrame, np.ndarray]) -> Draw:
    """Cutouts of simulated galaxies by their positions, as the service sends them."""
    known = {
        (f"{ra:.7f}", f"{dec:.7f}"): flux.astype(np.float32)
        for index, pixels in parts
        for ra, dec, flux in zip(index["ra"], index["dec"], pixels, strict=True)
    }

    def draw(ra, dec, bands, size, pixscale):
        assert (tuple(bands), size, pixscale) == (("g", "r", "z"), SIZE, 0.262)
        return known.get((f"{ra:.7f}", f"{dec:.7f}"))

    return draw


def volunteers(*parts: SimulatedSurvey) -> pd.DataFrame:
    """The columns of ``gz_decals_volunteers_5`` that are votes, names and positions."""
    index = pd.concat([part.index for part in parts], ignore_index=True)
    votes = np.concatenate([part.votes for part in parts])
    table = index[["iauname", "ra", "dec", "redshift"]].copy()
    for question in GZD5.questions:
        counts = votes[:, GZD5.columns(question)]
        table[f"{question.name}_total-votes"] = counts.sum(axis=1)
        for label, count in zip(question.labels, counts.T, strict=True):
            table[label] = count
            total = np.where(counts.sum(axis=1) > 0, counts.sum(axis=1), np.nan)
            table[f"{label}_fraction"] = count / total
    return table


def classified(survey: SimulatedSurvey) -> pd.DataFrame:
    """The release of Ye et al. as far as it is known: positions, concentrations."""
    alpha = 1 + 40 * survey.truth
    columns = [f"{label}_meanv".replace("-", "_") for label in GZD5.labels]
    table = pd.DataFrame(alpha, columns=columns)
    return pd.concat([survey.index[["iauname", "ra", "dec"]], table], axis=1)


def write_surveys(root: Path, servers: dict[str, CutoutServer]) -> None:
    """The shipped surveys, with the address of the local service."""
    (root / "surveys").mkdir(parents=True)
    for name, server in servers.items():
        text = (Path(survey_file.__file__).parent / f"{name}.toml").read_text()
        assert SERVICE in text
        path = root / "surveys" / f"{name}.toml"
        path.write_text(text.replace(SERVICE, server.url))


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    decals = simulate(160, 1, surveys=("decals",), footprint="decals", size=SIZE)
    both = simulate(80, 2, footprint="overlap", size=SIZE)
    bmz = simulate(GALAXIES, 3, surveys=("bmz",), footprint="bmz", size=SIZE)
    tables = {
        "gz_decals_volunteers_5": (4573248, volunteers(decals, both)),
        "bmz_classifications": (10579386, classified(bmz)),
    }
    images = {
        "decals": [(s.index, s.pixels["decals"]) for s in (decals, both)],
        "bmz": [(s.index, s.pixels["bmz"]) for s in (both, bmz)],
    }
    with ExitStack() as running, serving_records() as zenodo:
        for name, (record, table) in tables.items():
            table.to_parquet(folder / f"{name}.parquet", index=False)
            zenodo.add(record, folder / f"{name}.parquet")
        servers = {
            name: running.enter_context(serving(Behaviour(draw=drawn(*parts))))
            for name, parts in images.items()
        }
        write_surveys(folder / "home", servers)
        yield World(folder / "home", zenodo.url, servers, bmz)


@pytest.fixture(scope="module")
def made(world: World) -> World:
    """What is there after all commands but the last, which serves the dashboard."""
    found = commands("README.md", SECTION)
    assert found[-1] == [".venv/bin/streamlit", "run", "app.py"]
    more = {"MORPH_HOME": str(world.root), ZENODO: world.zenodo}
    for words in found[:-1]:
        assert words[:3] == [".venv/bin/python", "-m", "data"]
        said = " ".join(words[2:])
        added = [text for begin, text in SMALLER.items() if said.startswith(begin)]
        line = [sys.executable, *words[1:], *shlex.split(" ".join(added))]
        done = subprocess.run(
            line, cwd=ROOT, env=os.environ | more, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{said}\n{done.stdout}\n{done.stderr}"
    return world


def test_the_release_is_of_all_targets_and_was_evaluated(made):
    manifest = verify_release(made.root / "releases" / "bmz-adapted-1")
    assert (manifest.galaxies, manifest.survey) == (GALAXIES, "bmz")
    assert manifest.cutouts == ("bmz",)
    for run in ("decals-model", "bmz-adapted"):
        assert 0 < mean_rmse(made.root / "runs" / run) < 0.5


def test_the_settings_of_ye_et_al_can_be_started(made, monkeypatch, capsys):
    monkeypatch.setenv("MORPH_HOME", str(made.root))
    found = ingredients(made.root)
    fit, adaptation = commands("docs/bmz.md", "The settings of Ye et al.")
    for words, model in ((fit, None), (adaptation, "decals-model")):
        words = [word.replace("decals-ye", "decals-model") for word in words]
        assert main([*words[3:], "--print"]) == 0
        config = json.loads(capsys.readouterr().out)
        assert problems_of(config, found) == {}
        assert config.get("model_run") == model


def test_nothing_was_requested_twice_or_of_the_wrong_survey(made):
    for name, layer in (("decals", "ls-dr9-south"), ("bmz", "ls-dr9-north")):
        log = made.servers[name].log
        assert {one.query["layer"] for one in log} == {layer}
        places = [one.place for one in log]
        assert len(set(places)) == len(places)
        north = [dec >= 32.375 for _, dec in places]
        assert all(north) if name == "bmz" else not any(north)


def test_explore_opens_on_it_with_its_pictures(made, monkeypatch):
    monkeypatch.setenv("MORPH_HOME", str(made.root))
    page = opened(AppTest.from_file(SHELL, default_timeout=60), "explore/explore.py")
    assert not page.exception
    assert page.selectbox(key="release").value == "bmz-adapted-1"
    assert counted(page) == f"**{GALAXIES}** of {GALAXIES} galaxies"
    tiles = component(page, "gallery")["tiles"]
    assert len(tiles) >= 24
    row = {name: at for at, name in enumerate(made.bmz.index["iauname"])}
    route = Route(thumbnails.ROUTE, thumbnails.respond)
    with TestClient(Starlette(routes=[route])) as client:
        for tile in tiles[:6]:
            answer = client.get(tile["picture"])
            assert answer.headers["content-type"] == "image/jpeg"
            shown = np.asarray(Image.open(io.BytesIO(answer.content)), float)
            flux = made.bmz.pixels["bmz"][row[tile["iauname"]]].astype(np.float32)
            north_up = colour_picture(flux)[::-1]  # FITS begins in the south
            assert np.abs(shown - north_up).mean() < 12  # JPEG of noise
    database.close(made.root.resolve())
