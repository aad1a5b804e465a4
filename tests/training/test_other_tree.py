"""Another campaign's tree, from votes to a selection, by its name in the config."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.synthetic.release import synthetic_release
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.home import catalogue_path
from morph.release.folder import verify_release
from morph.runs.config_parts import ImageConfig, ModelConfig
from morph.runs.lifecycle import create_run, read_run
from morph.selection.funnel import count
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5
from tests.training.tiny_stores import write_tiny_store
from tests.trees import GZ2
from training.__main__ import main
from training.encode import main as encode
from training.network.checkpoints import FittedModel, load_model, save_model
from training.network.model import make_model

FIT = {"epochs": 1, "batch_size": 16}
RELEASE = {"release_id": "gz2-release", "stores": ["target"], "projection": None}
SOURCE = {"kind": "source", "tree": "gz2", "stores": ["source"], "fit": FIT}
PREDICT = {"kind": "predict", "model_run": "gz2-model", "release": RELEASE}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Stores of that tree's votes, and a run that has fitted a model to them."""
    root = tmp_path_factory.mktemp("gz2")
    write_tiny_store(root, "source", tree=GZ2)
    write_tiny_store(root, "target", tree=GZ2, truth=True, seed=1)
    assert carry_out(root, "gz2-model", SOURCE) == 0
    return root


def carry_out(root: Path, run_id: str, config: dict) -> int:
    return main([str(create_run(root, run_id, config))])


def test_from_votes_to_a_selection(root):
    judged = {"evaluate": {"store": "target", "half": "all"}}
    assert carry_out(root, "applied", PREDICT | {"tree": "gz2"} | judged) == 0
    folder = root / "runs" / "applied" / "release"
    assert verify_release(folder).tree == "gz2"
    assert len(answers_of_a_picture(root / "runs" / "gz2-model")) == 37
    whole = json.loads((folder / "evaluation.json").read_text())
    assert [row["label"] for row in whole["answers"]] == list(GZ2.labels)
    alpha = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
    bar = alpha["t03-bar_a06-bar_concentration"]
    bar /= bar + alpha["t03-bar_a07-no-bar_concentration"]
    middle = float(bar.median())
    with connect(catalogue_path(root)) as con:
        release = load_release(con, folder)
        assert release.tree is GZ2
        limits = {"t03-bar_a06-bar": (middle, 1)}
        barred = Selection(limits=limits, rule="asked", asked=0.0, tree=GZ2)
        assert count(con, release, barred) == (bar >= middle).sum()


def answers_of_a_picture(run: Path) -> np.ndarray:
    """The concentrations that an uploaded picture is given."""
    picture, found = run.parent / "picture.npy", run.parent / "found.npz"
    np.save(picture, np.full((3, 16, 16), 0.1, dtype=np.float32))
    assert encode([str(run), str(picture), str(found)]) == 0
    with np.load(found) as arrays:
        return arrays["concentration"]


def test_a_card_without_a_tree_is_of_galaxy_zoo_decals(tmp_path):
    config = ModelConfig()
    card = FittedModel("gzd5", GZD5.labels, ImageConfig(), config, 16, 0.262)
    save_model(tmp_path, make_model(config, len(GZD5.labels)), card)
    value = json.loads((tmp_path / "model.json").read_text())
    del value["tree"]
    (tmp_path / "model.json").write_text(json.dumps(value))
    assert load_model(tmp_path, GZD5)[1] == card


@pytest.mark.parametrize(
    "config",
    [
        PREDICT,
        {"kind": "adapt", "model_run": "gz2-model"}
        | {"source_stores": ["source"], "target_stores": ["target"]},
    ],
    ids=lambda config: config["kind"],
)
def test_a_model_of_one_tree_is_not_put_to_another(root, config):
    run_id = f"other-{config['kind']}"
    assert carry_out(root, run_id, config) == 1
    assert read_run(root / "runs" / run_id).error == (
        "the model of gz2-model has the tree 'gz2', and this run's tree is "
        "'gzd5'; name another model_run, or set tree to 'gz2'"
    )


def test_features_are_not_attached_to_a_release_of_another_tree(root):
    synthetic_release(root / "releases" / "plain", galaxies=9, release_id="plain")
    config = {"kind": "features", "parent": "plain", "model_run": "gz2-model"}
    config |= {"tree": "gz2", "release": RELEASE}
    assert carry_out(root, "attached", config) == 1
    assert read_run(root / "runs" / "attached").error == (
        "the release plain follows the tree 'gzd5', and this run's tree is 'gz2'; "
        "name another parent, or set tree to 'gzd5'"
    )
