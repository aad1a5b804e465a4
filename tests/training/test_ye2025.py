"""The source model of Ye et al. (2025): its settings, and a short fit from disk."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from data.simulation.simulate import simulate
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.new_run import ye2025
from morph.runs.config import SourceConfig, read_config
from morph.runs.lifecycle import create_run
from morph.runs.run_files import read_events
from morph.trees.decision_tree import GZD5
from training.__main__ import main
from training.fit.source import learnt_and_held_out
from training.network.model import make_model

GALAXIES = 500


def test_the_network_has_the_published_number_of_parameters():
    config = read_config(ye2025.source(["any"]))
    model = make_model(config.model, len(GZD5.labels), ye2025.SIZE)
    assert sum(p.numel() for p in model.parameters()) == 20_221_042
    assert model.classifier.in_features == 1280


def test_galaxies_with_few_votes_on_the_first_question_are_left_out():
    votes = torch.zeros(200, len(GZD5.labels))
    votes[:, 0] = torch.arange(200) % 5  # smooth
    votes[:, 2] = 1  # artifact
    votes[:, 3] = 9  # of another question
    config = SourceConfig(stores=("any",), held_out=0.2, fewest_votes=3)
    learnt, held_out = learnt_and_held_out(votes, config, GZD5)
    everything = learnt_and_held_out(votes, replace(config, fewest_votes=0), GZD5)
    for rows, before in zip((learnt, held_out), everything, strict=True):
        assert rows.tolist() == [row for row in before if row % 5 + 1 >= 3]
    with pytest.raises(MorphError, match="none of the 160 galaxies to learn from has"):
        learnt_and_held_out(votes, replace(config, fewest_votes=6), GZD5)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A store of 256-pixel cutouts: simulated galaxies of 64 pixels in empty sky."""
    root, size = tmp_path_factory.mktemp("ye2025"), ye2025.SIZE
    seen = simulate(GALAXIES, 1, surveys=("decals",), footprint="decals")
    (galaxies,) = seen.pixels.values()
    rng, inside = np.random.default_rng(1), (size - galaxies.shape[-1]) // 2
    noise = galaxies[:, :, :8, :8].std(axis=(0, 2, 3), dtype=np.float32)
    shape = (GALAXIES, 3, size, size)
    pixels = rng.standard_normal(shape, np.float32) * noise[:, None, None]
    pixels[..., inside:-inside, inside:-inside] = galaxies
    votes = pd.DataFrame(seen.votes, columns=GZD5.labels)
    votes.insert(0, "iauname", seen.index["iauname"])
    write_store(
        cutouts_folder(root, "large"),
        StoreManifest("decals", "demonstration", "large", GALAXIES, size),
        seen.index,
        pixels,
        votes=votes,
    )
    return root


@pytest.mark.slow
def test_it_is_fitted_to_500_cutouts_of_256_pixels_read_from_disk(home):
    config = ye2025.source(["large"])
    # A network that sees all 256 pixels needs a GPU; bfloat16 is slow on CPUs.
    config["image"] = config["image"] | {"crop": 64}
    config["fit"] = config["fit"] | {"epochs": 1, "batch_size": 32}
    config["device"] = config["device"] | {"precision": "32-true"}
    folder = create_run(home, "ye2025", config)
    assert main([str(folder)]) == 0
    (epoch,) = [one for one in read_events(folder) if one["event"] == "epoch"]
    assert np.isfinite([epoch["loss"], epoch["held_out_loss"]]).all()
    card = json.loads((folder / "checkpoints" / "model.json").read_text())
    assert card["image"] | {"input": "raw", "crop": 64} == card["image"]
