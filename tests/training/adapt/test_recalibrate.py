"""Galaxies that stay held out, and the calibration of an adapted model on them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from morph.images.store import open_store
from morph.runs.config import AdaptConfig, SourceConfig, read_config
from morph.runs.config_parts import ImageConfig
from morph.runs.lifecycle import create_run
from morph.trees.decision_tree import GZD5
from tests.training.tiny_stores import write_tiny_store
from training.adapt import recalibrate
from training.adapt.pseudo_volunteers import draw_votes
from training.adapt.recalibrate import held_out_names, recalibrated
from training.fit.source import learnt_and_held_out
from training.network.calibrate import calibrated
from training.pixels.random_draws import Draws
from training.pixels.store_counts import read_counts

ADAPT = {
    "kind": "adapt",
    "model_run": "source-run",
    "source_stores": ["source"],
    "target_stores": ["target"],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_tiny_store(tmp_path, "source", galaxies=200, size=8)
    return tmp_path


def names_of(root: Path, **changes) -> tuple[frozenset[str], str]:
    config = read_config(ADAPT | changes)
    assert isinstance(config, AdaptConfig)
    return held_out_names(root, config, ImageConfig(), GZD5)


def test_galaxies_held_out_of_the_source_fit_stay_held_out(root):
    config = {"kind": "source", "stores": ["source"], "held_out": 0.2, "seed": 7}
    create_run(root, "source-run", config)
    store = open_store(root / "cutouts" / "source")
    source = read_config(config)
    assert isinstance(source, SourceConfig)
    _, rows = learnt_and_held_out(read_counts([store], GZD5), source, GZD5)
    names, says = names_of(root)
    assert names == set(store.names[rows]) and len(names) == 40
    assert says == "held out of the source fit"
    create_run(root, "adapted-run", ADAPT)
    assert names_of(root, model_run="adapted-run") == (names, says)


def test_without_a_source_fit_some_are_held_out_by_name(root):
    names, says = names_of(root)
    assert 1 <= len(names) <= 25
    assert says == "chosen by name; the source model may have learnt them"
    write_tiny_store(root, "more", galaxies=30, size=8)
    again, _ = names_of(root, source_stores=["more", "source"])
    assert {name for name in again if name.startswith("source")} == names


def test_an_overconfident_adapted_model_is_calibrated_on_mock_observations(
    monkeypatch,
):
    """Of a model four times too sure; the source model's calibration is not kept."""
    torch.manual_seed(0)
    alpha = 1 + 15 * torch.rand(300, len(GZD5.labels))
    drawn = Draws(torch.Generator().manual_seed(0))
    votes = draw_votes(alpha, torch.full((300,), 40), GZD5, drawn, most=40)
    monkeypatch.setattr(
        recalibrate,
        "output_of",
        lambda *_, **options: (
            SimpleNamespace(alpha=4 * alpha.double().numpy())
            if options == {"calibrated": False}
            else None
        ),
    )
    events: dict[str, dict] = {}
    setup = SimpleNamespace(
        tree=GZD5,
        card=SimpleNamespace(calibration=((3.0, 1.0),) * 10),
        run=SimpleNamespace(event=lambda name, **rest: events.update({name: rest})),
    )
    mocks = SimpleNamespace(held_out=range(300), votes=votes)
    reference = SimpleNamespace(setup=setup, reobserved=mocks)
    found = recalibrated(reference, None)
    first = GZD5.columns(GZD5.questions[0])
    mended = calibrated(4 * alpha, found, GZD5)
    ratio = (mended / alpha)[:, first].median().item()
    assert ratio == pytest.approx(1, rel=0.15)
    assert events["calibrated"]["galaxies"] == 300
    scales = np.array(list(events["calibrated"]["questions"].values()))[:, 0]
    assert (scales < 0.5).all()


def test_without_mock_observations_the_source_models_calibration_is_kept():
    card = SimpleNamespace(calibration=((0.5, 1.0),) * 10)
    setup = SimpleNamespace(card=card)
    reference = SimpleNamespace(setup=setup, reobserved=None)
    assert recalibrated(reference, None) == card.calibration
