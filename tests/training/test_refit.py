"""The refit: a new model, fitted as the source was, that owes the old one nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from morph.run_files import read_events, read_json
from morph.runs import create_run
from morph.tree import GZD5
from tests.training.test_joint import FIT, adapted, differ, root
from training.__main__ import main
from training.config import AdaptConfig, SourceConfig
from training.config_parts import ModelConfig
from training.config_steps import RefitConfig
from training.model import make_model
from training.refit import fit_of_source

__all__ = ["root"]  # the fixture


def fitted(root: Path, run_id: str, **fit) -> None:
    config = {"kind": "source", "stores": ["source"], "fit": FIT | fit}
    assert main([str(create_run(root, run_id, config))]) == 0


def test_it_forgets_the_model_that_it_takes_the_place_of(root):
    """Two models that learnt differently long: what is refitted is the same."""
    fitted(root, "longer-run", epochs=2)
    one = adapted(root, "one", method="physical+")
    settings = {"method": "physical+", "refit": {"epochs": 1}}
    other = adapted(root, "other", model_run="longer-run", **settings)
    assert not differ(one, other)
    assert differ(one, adapted(root, "another-seed", method="physical+", seed=7))


@pytest.mark.parametrize(("told", "epochs"), [({}, 3), ({"epochs": 2}, 2)])
def test_it_lasts_as_long_as_the_sources_fit_unless_told(root, told, epochs):
    name = f"for-{epochs}"
    fitted(root, f"source-{name}", epochs=3)
    adapted(root, name, method="refit", refit=told, model_run=f"source-{name}")
    seen = [e for e in read_events(root / "runs" / name) if e["event"] == "epoch"]
    assert [(e["fit"], e["epoch"]) for e in seen] == [
        ("refit", number) for number in range(1, epochs + 1)
    ]


def test_it_is_fitted_as_the_source_was_but_for_what_is_told(root):
    config = AdaptConfig("source-run", ("source",), ("target",))
    fit = fit_of_source(root, config)
    assert fit == replace(SourceConfig(("source",)).fit, **FIT)
    told = replace(config, refit=RefitConfig(batch_size=8, learning_rate=1e-4))
    assert fit_of_source(root, told) == replace(fit, batch_size=8, learning_rate=1e-4)


def test_patience_is_the_sources_alone_and_its_calibration_stands(root):
    fitted(root, "patient-run", patience=1)
    adapted(root, "impatient", method="physical+", model_run="patient-run")
    source, refitted = (
        read_json(root / "runs" / run / "checkpoints" / "model.json")["calibration"]
        for run in ("patient-run", "impatient")
    )
    assert refitted == source != []


def test_it_starts_from_the_weights_that_the_source_started_from(root, tmp_path):
    """At a rate of next to nothing the encoder is still what it started from."""
    weights = tmp_path / "encoder.safetensors"
    torch.manual_seed(3)
    encoder = make_model(ModelConfig(), len(GZD5.labels)).encoder
    save_file({k: v.contiguous() for k, v in encoder.state_dict().items()}, weights)
    config = {
        "kind": "source",
        "stores": ["source"],
        "fit": FIT,
        "model": {"weights": str(weights)},
    }
    assert main([str(create_run(root, "pretrained-run", config))]) == 0
    slow = {"refit": {"learning_rate": 1e-9}, "model_run": "pretrained-run"}
    found = adapted(root, "slow", method="refit", **slow)
    for name, parameter in encoder.named_parameters():
        torch.testing.assert_close(found[f"encoder.{name}"], parameter.detach())


def test_what_was_adapted_is_not_refitted(root):
    adapted(root, "adapted-run", method="adabn")
    config = {
        "kind": "adapt",
        "model_run": "adapted-run",
        "source_stores": ["source"],
        "target_stores": ["target"],
        "method": "physical+",
    }
    folder = create_run(root, "refused", config)
    assert main([str(folder)]) != 0
    error = read_json(folder / "status.json")["error"]
    assert "'adapted-run' was adapted, not fitted to votes; name the run" in error
