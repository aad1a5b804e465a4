"""Runs that crop and bin the cutouts of a larger store on the way."""

import json
from pathlib import Path

import numpy as np
import pytest

from morph.images.store import open_store
from morph.new_run.checks import problems_of
from morph.new_run.ingredients import ingredients
from morph.release.folder import verify_release
from morph.runs.lifecycle import create_run, read_run
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main

IMAGE = {"crop": 64, "rebin": 2}  # the network sees 32 pixels
FIT = {"epochs": 1, "batch_size": 16}
SOURCE = {"kind": "source", "stores": ["large"], "fit": FIT, "image": IMAGE}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Stores of several sizes, and a model of the centre of the largest cutouts."""
    root = tmp_path_factory.mktemp("cropped")
    write_tiny_store(root, "large", galaxies=40, size=68)
    target = {"survey": "bmz", "galaxies": 40}
    write_tiny_store(root, "other", size=64, seed=1, truth=True, **target)
    write_tiny_store(root, "small", size=32, seed=2, **target)
    assert carried_out(root, "fitted", SOURCE) == 0
    return root


def carried_out(root: Path, run_id: str, config: dict) -> int:
    return main([str(create_run(root, run_id, config))])


def release_of(name: str, store: str) -> dict:
    return {"release_id": name, "stores": [store], "projection": None}


def test_the_model_records_what_it_sees(root):
    folder = root / "runs" / "fitted"
    card = json.loads((folder / "checkpoints" / "model.json").read_text())
    assert (card["size"], card["pixscale_arcsec"]) == (32, 0.524)
    assert (card["flux_pixscale_arcsec"], card["part"]) == (0.262, 64 / 68)
    assert card["image"] | IMAGE == card["image"]
    said = (folder / "model_card.md").read_text()
    assert "32 × 32 pixels of 0.524 arcsec (the central 64 × 64 pixels of a cut" in said
    assert ingredients(root).models["fitted"].look.size == 32


def test_it_is_adapted_applied_and_evaluated_on_cutouts_of_another_size(root):
    config = {
        "kind": "adapt",
        "model_run": "fitted",
        "method": "adabn",
        "source_stores": ["large"],
        "target_stores": ["other"],
        "choice": {"epoch": "last", "harmful": "keep", "unclear": "keep"},
        "release": release_of("adapted", "other"),
        "evaluate": {"store": "other", "half": "test"},
    }
    assert problems_of(config, ingredients(root)) == {}
    assert carried_out(root, "adapted", config) == 0
    release = verify_release(root / "runs" / "adapted" / "release")
    assert release.galaxies == 40
    evaluated = json.loads((root / "runs" / "adapted" / "evaluation.json").read_text())
    assert evaluated["galaxies"] == 20


def test_its_predictions_are_those_of_binned_cutouts(root):
    """A store of the same cutouts, binned beforehand, gives the same posteriors."""
    large = open_store(root / "cutouts" / "large")
    middle = np.asarray(large.pixels[:, :, 2:66, 2:66], dtype=np.float32)
    means = middle.reshape(40, 3, 32, 2, 32, 2).mean(axis=(3, 5))
    folder = write_tiny_store(root, "ready", galaxies=40, size=32, called="large")
    np.save(folder / "pixels.npy", means.astype(np.float16))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"pixscale_arcsec": 0.524, "flux_pixscale_arcsec": 0.262}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    alphas = []
    for store, image in (("large", IMAGE), ("ready", {})):
        model = root / "runs" / "fitted" / "checkpoints" / "model.json"
        card = json.loads(model.read_text())
        model.write_text(json.dumps(card | {"image": {"input": "asinh"} | image}))
        config = {"kind": "predict", "model_run": "fitted"}
        config |= {"release": release_of(f"of-{store}", store)}
        assert carried_out(root, f"of-{store}", config) == 0
        parts = root / "runs" / f"of-{store}" / "predicted"
        with np.load(parts / "part-00000.npz") as arrays:
            alphas.append(arrays["concentration"])
        model.write_text(json.dumps(card))
    np.testing.assert_allclose(alphas[0], alphas[1], rtol=2e-3)


def test_a_store_that_is_too_small_is_refused_in_a_sentence(root):
    config = {"kind": "predict", "model_run": "fitted"}
    config |= {"release": release_of("of-small", "small")}
    says = "small has cutouts of 32 pixels at 0.262 arcsec, too few for image.crop, 64"
    assert says in problems_of(config, ingredients(root))["release.stores"]
    assert carried_out(root, "of-small", config) == 1
    assert says in read_run(root / "runs" / "of-small").error


def test_a_store_of_another_scale_is_refused_in_a_sentence(root):
    folder = write_tiny_store(root, "coarse", survey="bmz", galaxies=8, size=64, seed=3)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(
        json.dumps(manifest | {"pixscale_arcsec": 0.4})
    )
    config = {"kind": "predict", "model_run": "fitted"}
    config |= {"release": release_of("of-coarse", "coarse")}
    says = (
        "cutouts of 32 pixels at 0.8 arcsec, with fluxes per pixel of 0.4 arcsec, "
        "cropped to 64 pixels and binned by 2; the model"
    )
    assert says in problems_of(config, ingredients(root))["release.stores"]
    assert carried_out(root, "of-coarse", config) == 1
    assert says in read_run(root / "runs" / "of-coarse").error
