"""Bad pixels in the middle of surveys: runs go on, and say which galaxies have them."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from morph.errors import MorphError
from morph.images.store import checksums_of, open_store, write_checksums
from morph.new_run import ye2025
from morph.release.folder import verify_release
from morph.runs.config import AdaptConfig
from morph.runs.config_adaptation import ChoiceConfig, PairsConfig
from morph.runs.config_parts import (
    AugmentConfig,
    DeviceConfig,
    ImageConfig,
    ModelConfig,
)
from morph.runs.lifecycle import create_run, read_run
from morph.runs.run_files import read_events
from morph.trees.decision_tree import GZD5
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main
from training.adapt import pairs
from training.encode import encode
from training.fit import source
from training.fit.ranks_and_devices import start_fabric
from training.judge import judged_galaxies
from training.network.input_recipe import MORPH, UNCHANGED, ZOOBOT, InputRecipe
from training.network.model import make_model
from training.network.published_input import of_timm
from training.pixels.augment import augmented_input
from training.pixels.galaxy_images import (
    bad_pixels_at,
    network_input,
    open_stores,
    read_galaxies,
)
from training.pixels.random_draws import Draws
from training.survey_differences.adaptation_context import Adaptation

CPU = torch.device("cpu")
SIDE = 16
GALAXIES = 76
FIRST = 20  # the row of the first galaxy with bad pixels, in the middle of a survey

# What happens to the cutouts (3, S, S) from that row on: part of the pixels that is
# bad, and the flag of a release.
SPOILT = {
    "nan": (lambda one: np.put(one[1], range(16), np.nan), 16 / 256, 0),
    "infinite": (lambda one: np.put(one[0], 5, np.inf), 1 / 256, 0),
    "negative": (lambda one: np.put(one[2], [7, 8], [-np.inf, np.nan]), 2 / 256, 0),
    "a fifth": (lambda one: np.put(one[0], range(51), np.nan), 51 / 256, 0),
    "more": (lambda one: np.put(one[0], range(52), np.nan), 52 / 256, 1),
    "no r": (lambda one: one[1].fill(np.nan), 1.0, 3),
    "r of zeros": (lambda one: one[1].fill(0), 1.0, 3),
    "nothing": (lambda one: one.fill(np.inf), 1.0, 3),
    "saturated": (lambda one: np.put(one[0], [119, 120], 65504), 0.0, 4),
    "all at once": (
        lambda one: (one[1].fill(np.nan), np.put(one[0], 9, -65504)),
        1.0,
        7,
    ),
}


def spoil(folder: Path) -> None:
    """Put bad pixels into a store, in the middle."""
    pixels = np.load(folder / "pixels.npy")
    for row, (change, *_) in enumerate(SPOILT.values(), FIRST):
        change(pixels[row])
    write(folder, pixels)


def write(folder: Path, pixels: np.ndarray) -> None:
    np.save(folder / "pixels.npy", pixels)
    write_checksums(folder, checksums_of(pixels))


def filled(folder: Path) -> None:
    """Put a flux of 0 in place of all bad pixels."""
    pixels = np.load(folder / "pixels.npy")
    write(folder, np.where(np.isfinite(pixels), pixels, np.float16(0)))


def carry_out(root: Path, run_id: str, **config: object) -> Path:
    folder = create_run(root, run_id, config)
    assert main([str(folder)]) == 0, read_run(folder)
    return folder


def release_of(*stores: str, name: str) -> dict:
    return {"release_id": name, "stores": list(stores), "projection": None}


def table(folder: Path, name: str) -> pd.DataFrame:
    path = folder / "release" / f"{name}.parquet"
    return pd.read_parquet(path).set_index("iauname").sort_index()


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A survey with votes and one without, both spoilt, and a run fitted to both."""
    root = tmp_path_factory.mktemp("bad")
    spoil(write_tiny_store(root, "source", galaxies=GALAXIES, size=SIDE))
    bmz = {
        "galaxies": GALAXIES,
        "size": SIDE,
        "survey": "bmz",
        "votes": False,
        "seed": 1,
    }
    for name in ("whole", "spoilt", "zero"):
        write_tiny_store(root, name, called="t", **bmz)
    spoil(root / "cutouts" / "spoilt")
    shutil.copy(root / "cutouts/spoilt/pixels.npy", root / "cutouts/zero/pixels.npy")
    filled(root / "cutouts" / "zero")
    augment = {"turn": "any", "zoom": 0.1}
    fit = {"epochs": 1, "batch_size": 16, "augment": augment, "tensorboard": False}
    carry_out(root, "source", kind="source", stores=["source"], fit=fit)
    carry_out(
        root,
        "adapted",
        kind="adapt",
        model_run="source",
        source_stores=["source"],
        target_stores=["spoilt"],
        method="simulation+adabn",
        simulation={"fit": fit},
        release=release_of("spoilt", name="adapted"),
    )
    return root


def test_an_adaptation_to_a_spoilt_survey_ends_in_a_release_with_flags(root):
    folder = root / "runs" / "adapted"
    manifest = verify_release(folder / "release")
    alpha = table(folder, "posteriors").to_numpy()
    assert len(alpha) == GALAXIES and (alpha >= 1).all() and (alpha <= 101).all()
    assert np.isfinite(np.stack(table(folder, "features")["feature"])).all()
    galaxies = table(folder, "galaxies")
    for row in range(GALAXIES):
        here = FIRST <= row < FIRST + len(SPOILT)
        _, bad, flag = list(SPOILT.values())[row - FIRST] if here else (None, 0, 0)
        found = galaxies.loc[f"t-{row:03d}"]
        assert found["bad_pixels"] == pytest.approx(bad, abs=1e-6), row
        assert found["image_flag"] == flag, row
    assert manifest.details.images == {
        "most_bad_pixels": 0.2,
        "galaxies": GALAXIES,
        "some": 9,
        "too_many": 5,
        "no_band": 4,
        "clipped": 2,
    }
    said = (
        "76 cutouts; with bad pixels, which the network sees as empty sky: 9; with "
        "more than 20% of them: 5; with a band without data: 4; with fluxes clipped "
        "to 65,504 nanomaggies: 2."
    )
    assert f"Prediction: {said}" in (folder / "report.html").read_text()
    assert f"Prediction: {said}" in (folder / "model_card.md").read_text()


def test_predictions_are_those_of_empty_sky_and_other_galaxies_keep_theirs(root):
    found = {}
    for name in ("whole", "spoilt", "zero"):
        release = release_of(name, name=name)
        predict = {"kind": "predict", "model_run": "adapted", "release": release}
        found[name] = carry_out(root, name, **predict)
    posteriors = {name: table(one, "posteriors") for name, one in found.items()}
    pd.testing.assert_frame_equal(posteriors["spoilt"], posteriors["zero"])
    same = (posteriors["spoilt"] == posteriors["whole"]).all(axis=1).to_numpy()
    rows = np.arange(GALAXIES)
    untouched = (rows < FIRST) | (rows >= FIRST + len(SPOILT))
    assert same[untouched].all() and not same[~untouched].all()
    assert "image_flag" not in table(found["whole"], "galaxies")
    manifest = verify_release(found["whole"] / "release")
    assert manifest.details.images["some"] == 0
    assert not [e for e in read_events(found["whole"]) if e["event"] == "bad_pixels"]


def test_an_image_with_bad_pixels_is_encoded_as_empty_sky(root, tmp_path):
    pixels = open_store(root / "cutouts" / "spoilt").pixels[FIRST].astype(np.float32)
    found = []
    for i, flux in enumerate((pixels, np.nan_to_num(pixels))):
        np.save(tmp_path / "image.npy", flux)
        encode(root / "runs" / "adapted", tmp_path / "image.npy", tmp_path / f"{i}.npz")
        found.append(np.load(tmp_path / f"{i}.npz"))
    assert np.isfinite(found[0]["concentration"]).all()
    assert np.array_equal(found[0]["features"], found[1]["features"])


YE = ImageConfig(**ye2025.source(["any"])["image"] | {"crop": 0})
WAYS = {
    "pictures": (ImageConfig(), MORPH),
    "published, resampled": (ImageConfig(), replace(ZOOBOT, size=24)),
    "bicubic, normalised": (ImageConfig(), replace(of_timm("resnet18"), size=24)),
    "grey": (ImageConfig(), InputRecipe(channels="grey", size=20)),
    "fluxes of ye2025": (YE, UNCHANGED),
    "binned": (ImageConfig(rebin=2), MORPH),
    "cropped": (ImageConfig(input="raw", crop=12), UNCHANGED),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_input_is_that_of_empty_sky_also_when_it_is_turned(root, way):
    image, recipe = WAYS[way]
    torch.manual_seed(0)
    model = make_model(ModelConfig(), 34, SIDE, recipe=recipe).eval()
    turned = AugmentConfig(turn="any", shift=3, zoom=0.2)
    rows, features = torch.arange(FIRST - 1, FIRST + len(SPOILT) + 1), []
    # A bin is the mean of its pixels with data, not of empty sky.
    for name in ("spoilt", "zero") if image.rebin == 1 else ("spoilt", "spoilt"):
        keep = "disk" if features else "memory"
        stores = open_stores(root, [name], image)
        flux = read_galaxies(stores, CPU, keep).flux[rows]
        drawn = Draws(torch.Generator().manual_seed(1))
        plain = network_input(flux, image)
        images = torch.cat([plain, augmented_input(flux, image, turned, drawn)])
        with torch.no_grad():
            features.append(model.features(images))
    assert torch.isfinite(features[0]).all()
    assert torch.equal(*features)


def test_a_bin_is_the_mean_of_its_pixels_with_data(root):
    (store,) = open_stores(root, ["spoilt"], ImageConfig(rebin=4))
    pixels = np.load(root / "cutouts" / "spoilt" / "pixels.npy").astype(float)
    bins = (
        pixels.reshape(GALAXIES, 3, 4, 4, 4, 4)
        .swapaxes(3, 4)
        .reshape(GALAXIES, 3, 4, 4, 16)
    )
    known = np.isfinite(bins)
    means = np.where(known, bins, 0).sum(-1) / np.maximum(known.sum(-1), 1)
    means[2 * known.sum(-1) < 16] = np.nan
    np.testing.assert_allclose(np.array(store.pixels), means, rtol=2e-3, atol=1e-3)


def test_nothing_is_learnt_from_galaxies_with_too_many_bad_pixels(root):
    stores = open_stores(root, ["spoilt"], ImageConfig())
    flags = [flag for _, _, flag in SPOILT.values()]
    unusable = FIRST + np.flatnonzero(np.array(flags) & 3)
    for keep in ("memory", "disk"):
        usable = read_galaxies(stores, CPU, keep).usable
        assert np.array_equal(usable, np.setdiff1d(np.arange(GALAXIES), unusable))
    strict = read_galaxies(stores, CPU, most_bad=0.0).usable
    without = [FIRST + i for i, (_, bad, _) in enumerate(SPOILT.values()) if bad]
    assert np.array_equal(strict, np.setdiff1d(np.arange(GALAXIES), without))


def test_a_fit_to_votes_leaves_them_out(root, monkeypatch):
    seen = []

    def stopped(_run, _fabric, _model, task):
        seen.append(task.choose_rows(0))
        raise MorphError("far enough")

    monkeypatch.setattr(source, "fit", stopped)
    config = {"kind": "source", "stores": ["source"], "held_out": 0.0}
    folder = create_run(root, "left-out", config | {"calibrate": False})
    assert main([str(folder)]) == 1 and read_run(folder).error == "far enough"
    unusable = [FIRST + i for i, one in enumerate(SPOILT.values()) if one[2] & 3]
    assert np.array_equal(seen[0], np.setdiff1d(np.arange(GALAXIES), unusable))


def test_a_pair_with_too_many_in_either_image_neither_judges_nor_teaches(
    tmp_path, monkeypatch
):
    for name, survey in (("seen", "decals"), ("own", "bmz")):
        write_tiny_store(tmp_path, name, called="pair", galaxies=12, survey=survey)
    for name, row in (("seen", 2), ("own", 5)):
        folder = tmp_path / "cutouts" / name
        held = np.load(folder / "pixels.npy")
        held[row] = np.nan
        write(folder, held)
    named = {"source_stores": ("seen",), "target_stores": ("own",)}
    config = AdaptConfig(
        "run", **named, pairs=PairsConfig(**named), choice=ChoiceConfig(**named)
    )
    fabric = start_fabric(DeviceConfig(accelerator="cpu"))
    run, card = SimpleNamespace(root=tmp_path), SimpleNamespace(image=ImageConfig())
    model = torch.nn.Identity()
    setup = Adaptation(run, fabric, config, model, model, card, None, GZD5)
    monkeypatch.setattr(judged_galaxies, "refuse_seen_galaxies", lambda *_: None)
    expected = [f"pair-{i:03d}" for i in range(12) if i not in (2, 5)]
    for side in judged_galaxies.imaged_by_both(setup):
        assert side.index["iauname"].tolist() == expected
    fits = []
    monkeypatch.setattr(pairs, "concentrations_of", lambda *_, **__: None)
    monkeypatch.setattr(Adaptation, "fit", lambda _, task: fits.append(task))
    pairs.distil_pairs(setup)
    assert fits[0].choose_rows(0).tolist() == [0, 1, 3, 4, *range(6, 12)]


def test_no_cutouts_have_no_bad_pixels(root):
    stores = open_stores(root, ["spoilt"], ImageConfig())
    assert len(bad_pixels_at(stores, np.empty(0, int)).fraction) == 0


def without_z(root: Path, name: str) -> None:
    """A store with votes and, in z, either NaN or 0 alone."""
    folder = write_tiny_store(root, name, galaxies=70, size=SIDE)
    pixels = np.load(folder / "pixels.npy")
    pixels[:, 2] = np.nan
    pixels[::2, 2] = 0
    write(folder, pixels)


def test_a_band_without_data_in_a_whole_store_is_refused_before_the_fit(root):
    without_z(root, "no-z")
    fit = {"epochs": 1, "batch_size": 16, "tensorboard": False}
    config = {"kind": "source", "stores": ["source", "no-z"], "fit": fit}
    refused = create_run(root, "refused", config)
    assert main([str(refused)]) == 1
    error = read_run(refused).error
    assert "the cutout store no-z has no data in z in any of its cutouts" in error
    assert 'set bad_pixels.missing_band to "allow"' in error
    assert not [e for e in read_events(refused) if e["event"] == "stage_started"]
    allowed = carry_out(root, "allowed", bad_pixels={"missing_band": "allow"}, **config)
    said = [e for e in read_events(allowed) if e["event"] == "band_without_data"]
    assert [(e["store"], e["bands"]) for e in said] == [("no-z", ["z"])]
    assert "no data in z in any of its cutouts" in (allowed / "report.html").read_text()
    counts = [e for e in read_events(allowed) if e["event"] == "bad_pixels"]
    assert [e["no_band"] for e in counts] == [74]


def test_a_survey_without_a_usable_galaxy_is_refused(root):
    without_z(root, "only-gr")
    config = {
        "kind": "source",
        "stores": ["only-gr"],
        "bad_pixels": {"missing_band": "allow"},
    }
    folder = create_run(root, "only-gr", config)
    assert main([str(folder)]) == 1
    error = read_run(folder).error
    assert "galaxies to learn from have more bad pixels than" in error
