"""Every page shows the questions of the release's own decision tree."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from morph.catalogue import sync
from morph.trees.decision_tree import GZD5, TREES, DecisionTree
from pages.common.frame import page_list
from pages.common.server import database
from tests.pages.opening import (
    blocks,
    chips,
    component,
    counted,
    opened,
    said,
    toasts,
)
from tests.pages.simulated_home import GALAXIES, release_id, write_simulated
from tests.trees import GZ2, INVENTED, invented

PAGES = [page for group in page_list.PAGES.values() for page in group]
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
    if path not in ("data", "runs", "methods"):
        titles = {block["title"] for block in blocks(page)}
        assert {question.title for question in tree.questions} <= titles


@pytest.mark.parametrize("path", ["explore", "designer"])
def test_an_answer_of_another_tree_in_a_link_is_one_sentence(home, dashboard, path):
    query = {"release": release_id(GZ2), "bar_strong": ["0.2", "1"]}
    page = opened(dashboard, f"{path}/{path}.py", query)
    assert not page.exception
    assert toasts(page) == [
        "bar_strong ignored: “Strong bar” is an answer of Galaxy Zoo DECaLS; this "
        "release has the tree of Galaxy Zoo 2"
    ]
    assert counted(page) == f"**{GALAXIES}** of {GALAXIES} galaxies"


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("contrast", "question", "merging"),
        ("populations", "answer", "Strong bar"),
        ("simplex", "triangle", "how-rounded"),
        ("map", "colour_question", "Merging"),
        ("galaxy", "posterior", "merging"),
        ("compare", "question", "Merging"),
    ],
)
def test_a_choice_of_another_tree_in_a_link_is_named(
    home, dashboard, path, name, value
):
    query = {"release": release_id(GZ2), name: value, "id": first_galaxy(home)}
    page = opened(dashboard, f"{path}/{path}.py", query)
    assert not page.exception
    (notice,) = [one for one in toasts(page) if one.startswith(name)]
    assert "ignored" in notice


def test_another_release_of_another_tree_leaves_the_answers_behind(home, dashboard):
    query = {"release": release_id(GZD5), "bar_strong": ["0.2", "1"]}
    query |= {"mag_r": ["15", "17"]}
    page = opened(dashboard, "explore/explore.py", query)
    before = chips(page)
    page.selectbox(key="release").select(release_id(GZ2)).run()
    assert not page.exception
    assert len(before) == 2 and chips(page) == before[1:]
    assert any(one.startswith("bar_strong ignored: “Strong") for one in toasts(page))
    assert page.selectbox(key="release").value == release_id(GZ2)
    assert page.button(key="undo").disabled


@pytest.mark.parametrize("path", ["compare", "simplex"])
@pytest.mark.parametrize("asked", ["with", "beside"])
def test_releases_of_two_trees_are_never_compared(home, dashboard, path, asked):
    query = {"release": release_id(GZ2), asked: release_id(GZD5)}
    page = opened(dashboard, f"{path}/{path}.py", query)
    assert not page.exception
    assert asked not in {one.key for one in page.selectbox}
    if path == "compare":
        assert "Not compared: simulated-shapes" in said(page)
        assert f"{release_id(GZD5)} (Galaxy Zoo DECaLS)" in said(page)


def test_the_map_offers_no_change_between_two_trees(home, dashboard):
    page = opened(dashboard, "map/map.py", {"release": release_id(GZ2)})
    offered = page.selectbox(key="colour").options
    assert "Also in another release" in offered
    assert "Change between releases" not in offered


def test_samples_to_start_from_are_those_of_the_tree(home, dashboard):
    page = opened(dashboard, "overview/overview.py", {"release": release_id(GZ2)})
    titles = {card["title"] for card in component(page, "sample_cards")["cards"]}
    assert {"Barred disks", "Rings", "Two-armed spirals"} <= titles


def test_a_tree_without_samples_says_so(home, dashboard):
    page = opened(dashboard, "overview/overview.py", {"release": "simulated-shapes"})
    assert "There are no ready-made samples of the tree Shapes of stars." in said(page)


def test_a_tree_without_three_answers_has_no_triangle(home, dashboard):
    page = opened(dashboard, "simplex/simplex.py", {"release": "simulated-shapes"})
    assert "No question of the tree Shapes of stars has three" in page.info[0].value


@pytest.mark.parametrize(
    "label", ["t06-odd_a14-yes", "t08-odd-feature_a19-ring", "t11-arms-number_a32-2"]
)
def test_the_purity_of_any_answer_of_galaxy_zoo_2(home, dashboard, label):
    query = {"release": release_id(GZ2), "answer": label}
    page = opened(dashboard, "designer/designer.py", query)
    assert not page.exception and not page.error
    assert page.selectbox(key="answer").value == label


def test_methods_names_the_tree_and_only_its_parameters(home, dashboard):
    page = opened(dashboard, "methods/methods.py", {"release": release_id(GZ2)})
    text = " ".join(one.value for one in page.markdown)
    assert "each of the 11 questions of the Galaxy Zoo 2 tree" in text
    assert "`t03-bar_a06-bar=0.6&t03-bar_a06-bar=1`" in text
    assert "“Anything odd” is reached after several answers" in text
    assert "Willett2013" in page.code[0].value
    names = set(page.dataframe[-1].value["Parameter"])
    assert "at_t05-bulge-prominence_a12-obvious" in names
    assert "at_bar_strong" not in names and "bar_strong" not in names
