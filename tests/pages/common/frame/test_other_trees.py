"""Every page shows the questions of the release's own decision tree."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from morph.catalogue import sync
from morph.trees.decision_tree import GZD5, TREES, DecisionTree
from pages.common.server import database
from tests.pages.opening import opened, said, toasts
from tests.pages.simulated_home import GALAXIES, release_id, write_simulated
from tests.trees import GZ2, INVENTED, invented

PAGES = (
    "overview explore galaxy map similar simplex contrast populations designer "
    "compare subsets download runs methods"
).split()
NAMES = (GZD5.name, GZ2.name, INVENTED["name"])


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("trees")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TREES, INVENTED["name"], invented(root))
        write_simulated(root, [TREES[name] for name in NAMES])
        yield root


@pytest.fixture
def home(written, monkeypatch) -> Iterator[Path]:
    monkeypatch.setenv("MORPH_HOME", str(written))
    with database.cursor(written.resolve()) as con:
        sync.sync(con, written / "releases")
    yield written.resolve()
    database.close(written.resolve())


def first_galaxy(root: Path) -> str:
    table = pd.read_parquet(
        root / "releases" / release_id(GZD5) / "galaxies.parquet", columns=["iauname"]
    )
    return table["iauname"][0]


@pytest.fixture
def tree(written, request) -> DecisionTree:
    return TREES[request.param]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("tree", NAMES, indirect=True)
def test_every_page_opens(home, dashboard, tree, path):
    query = {"release": release_id(tree), tree.first_answer: ["0.2", "1"]}
    if path == "galaxy":
        query["id"] = first_galaxy(home)
    page = opened(dashboard, f"{path}/{path}.py", query)
    assert not page.exception
    assert not page.error
    assert not toasts(page)
    if path not in ("runs", "methods"):
        titles = {block.label for block in page.expander}
        assert {question.title for question in tree.questions} <= titles
