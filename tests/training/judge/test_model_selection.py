"""Tiny whole adaptations: the selected epoch, refusals, and their descriptions."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from morph.release.folder import verify_release
from morph.runs.config_adaptation import AdaBNConfig
from morph.runs.lifecycle import create_run, read_run
from morph.runs.run_files import read_events
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main
from training.adapt import adaptation_methods
from training.adapt.feature_statistics import adapt_batch_norm
from training.judge import judgement, model_selection
from training.judge.domain_classifier import PopulationTest
from training.judge.verdicts import UNTOLD, Change

FIT = {"epochs": 3, "batch_size": 32}
ADAPT = {
    "kind": "adapt",
    "model_run": "source-run",
    "source_stores": ["source"],
    "target_stores": ["target"],
    "method": "information+adabn",
    "information": {"fit": FIT},
}
BY_VOTES = {"method": "simulation+adabn", "simulation": {"fit": FIT}}
TWINS = {"source_stores": ["seen"], "target_stores": ["own"]}
PAIRS = TWINS | {"epoch": "best", "harmful": "refuse"}
LARGER = (
    "disagreement with the source model on galaxies imaged by both surveys is larger "
    "than after an earlier epoch: "
)


@pytest.fixture(scope="module")
def first_root(tmp_path_factory) -> Path:
    """A fitted model, a target, and galaxies imaged by both surveys."""
    root = tmp_path_factory.mktemp("choice")
    write_tiny_store(root, "source", galaxies=64, size=32)
    for name, survey, seed in (("seen", "decals", 3), ("own", "bmz", 4)):
        write_tiny_store(
            root, name, survey=survey, size=32, called="pair", votes=False, seed=seed
        )
    write_tiny_store(
        root, "target", galaxies=64, survey="bmz", size=32, votes=False, seed=1
    )
    config = {"kind": "source", "stores": ["source"], "fit": {**FIT, "epochs": 1}}
    assert main([str(create_run(root, "source-run", config))]) == 0
    return root


@pytest.fixture
def root(first_root: Path, tmp_path: Path) -> Path:
    return shutil.copytree(first_root, tmp_path / "root")


@pytest.fixture
def values(monkeypatch):
    """``values(a, b, ...)``: values of the criterion for successive models.

    The last two are those before and after, and ``verdict`` that of their change.
    """

    def use(*disagreements: float, verdict: str = "better") -> None:
        left = iter(disagreements)
        monkeypatch.setattr(
            judgement, "pair_disagreement", lambda *_: np.array([next(left)])
        )
        before, after = disagreements[-2:]
        low, high = after - before - 0.02, after - before + 0.02
        found = Change("pairs", before, after, low, high, verdict)
        monkeypatch.setattr(model_selection, "changes", lambda *_: (found,))

    return use


def carry_out(root: Path, **changes) -> Path:
    folder = create_run(root, "run", ADAPT | changes)
    assert main([str(folder)]) == 0, read_run(folder).error
    return folder


def choice_of(folder: Path) -> dict:
    return json.loads((folder / "choice.json").read_text())


def same_weights(one: Path, other: Path) -> bool:
    pair = [load_file(f / "checkpoints" / "model.safetensors") for f in (one, other)]
    return all(torch.equal(pair[0][name], pair[1][name]) for name in pair[0])


def convolutions(weights: dict[str, torch.Tensor]) -> list[str]:
    """Weights that every fit changes and AdaBN does not."""
    return [name for name, value in weights.items() if value.ndim == 4]


def epochs_of(folder: Path) -> list[dict]:
    return [e for e in read_events(folder) if e["event"] == "epoch"]


def test_the_epoch_with_the_least_value_is_kept(root, values):
    values(0.3, 0.1, 0.2, 0.4, 0.1)  # three epochs, then before and after
    folder = carry_out(root, choice=PAIRS)
    assert [e["pairs"] for e in epochs_of(folder)] == [0.3, 0.1, 0.2]
    checkpoints = folder / "checkpoints"
    best = load_file(checkpoints / "information-best-0002.safetensors")
    last = load_file(checkpoints / "information-0003.safetensors")
    model = load_file(checkpoints / "model.safetensors")
    learnt = convolutions(model)
    assert all(torch.equal(model[name], best[name]) for name in learnt)
    assert not any(torch.equal(model[name], last[name]) for name in learnt)


@pytest.mark.parametrize(
    ("changes", "prefix"),
    [
        ({"choice": PAIRS | {"epoch": "last"}}, "information-0003/"),
        (BY_VOTES | {"choice": PAIRS}, "simulation-0003/model."),
    ],
    ids=["asked for", "fitted to votes"],
)
def test_the_last_epoch_is_kept_if_configured_or_fitted_to_votes(
    root, values, changes, prefix
):
    values(0.3, 0.1, 0.2, 0.4, 0.1)
    folder = carry_out(root, **changes)
    file, prefix = prefix.split("/")
    last = load_file(folder / "checkpoints" / f"{file}.safetensors")
    model = load_file(folder / "checkpoints" / "model.safetensors")
    for name in convolutions(model):
        assert torch.equal(model[name], last[f"{prefix}{name}"])


@pytest.mark.parametrize(
    ("changes", "pairs", "expected"),
    [
        ({}, (0.30, 0.10, 0.12), ["0.1200, previously 0.1000"]),
        ({}, (0.30, 0.10, 0.105), []),
        (BY_VOTES, (0.30, 0.10, 0.12), []),
    ],
    ids=["rises", "hardly rises", "fitted to votes"],
)
def test_growing_disagreement_on_pairs_raises_an_alarm(
    root, values, changes, pairs, expected
):
    values(*pairs, 0.4, 0.1)
    folder = carry_out(root, **changes, choice=PAIRS)
    alarms = [e for e in read_events(folder) if e["event"] == "alarms"]
    raised = [s for e in alarms for s in e["sentences"] if s.startswith(LARGER)]
    assert [s.removeprefix(LARGER) for s in raised] == expected


def test_harm_is_refused_and_reported_wherever_the_model_is_described(root, values):
    values(0.3, 0.3, 0.3, 0.10, 0.25, verdict="worse")
    write_tiny_store(root, "judged", survey="bmz", size=32, truth=True, seed=5)
    release = {"release_id": "r", "stores": ["target"], "projection": None}
    judged = {"store": "judged", "half": "test"}
    folder = carry_out(root, choice=PAIRS, release=release, evaluate=judged)
    assert read_run(folder).state == "finished"
    assert same_weights(root / "runs" / "source-run", folder)
    chosen = choice_of(folder)
    assert (chosen["outcome"], chosen["verdict"]) == ("refused", "worse")
    figures = "0.1000 before, 0.2500 after; change +0.1500, 95% interval +0.1300 to"
    assert figures in chosen["sentence"]
    assert chosen["sentence"] in (folder / "model_card.md").read_text()
    assert "+0.1500, 95% interval" in (folder / "report.html").read_text()
    manifest = verify_release(folder / "release")
    assert "not adapted to target" in manifest.model
    assert chosen["sentence"] in manifest.model
    assert manifest.details.choice["outcome"] == "refused"
    evaluation = json.loads((folder / "evaluation.json").read_text())
    assert evaluation["choice"]["outcome"] == "refused"
    (event,) = [e for e in read_events(folder) if e["event"] == "choice"]
    assert event["sentence"] == chosen["sentence"]


@pytest.mark.parametrize(
    ("unclear", "outcome"), [("refuse", "refused"), ("keep", "kept")]
)
def test_what_cannot_be_told_is_kept_where_the_config_says_so(
    root, values, unclear, outcome
):
    values(0.3, 0.3, 0.3, 0.10, 0.11, verdict="cannot be told")
    folder = carry_out(root, choice=PAIRS | {"unclear": unclear})
    chosen = choice_of(folder)
    assert (chosen["outcome"], chosen["verdict"]) == (outcome, "cannot be told")
    assert chosen["sentence"].startswith("it cannot be told whether the adapted model")
    assert same_weights(root / "runs" / "source-run", folder) == (outcome == "refused")
    card = json.loads((folder / "checkpoints" / "model.json").read_text())
    assert chosen["sentence"] in card["description"]


def test_mock_observations_have_their_own_statistics(root, monkeypatch):
    """64 of the source, the 3 held out, 48 of both surveys; the target has 64."""
    seen = []

    def adabn(given):
        seen.append(len(given.target))
        adapt_batch_norm(given)

    monkeypatch.setitem(adaptation_methods.STEPS, "adabn", adabn)
    carry_out(root, **BY_VOTES, choice=TWINS)
    assert seen == [64, 64, 64, 64, 64 + 3 + 48]  # each epoch, at the end, and mocks


def test_mock_observations_have_their_own_statistics_after_a_fit_on_the_target(
    root, monkeypatch
):
    seen = []
    monkeypatch.setitem(
        adaptation_methods.STEPS, "adabn", lambda g: seen.append(len(g.target))
    )
    method = BY_VOTES | ADAPT | {"method": "simulation+information"}
    carry_out(root, **method, choice=TWINS)
    assert seen == [64 + 3 + 48]


def test_harm_is_kept_where_the_config_says_so(root, values):
    values(0.3, 0.3, 0.3, 0.10, 0.25, verdict="worse")
    folder = carry_out(root, choice=PAIRS | {"harmful": "keep", "unclear": "keep"})
    assert choice_of(folder)["outcome"] == "kept"
    assert not same_weights(root / "runs" / "source-run", folder)


def test_the_epoch_judged_is_the_model_that_the_run_ends_with(root):
    """With the batch norm of the following step, on the same galaxies."""
    device = {"accelerator": "cpu", "pixels": "disk"}
    folder = carry_out(
        root, choice=PAIRS | {"harmful": "keep", "unclear": "keep"}, device=device
    )
    chosen, epochs = choice_of(folder), epochs_of(folder)
    least = min(e["pairs"] for e in epochs)
    assert chosen["adapted"]["value"] == pytest.approx(least, rel=1e-6)
    parts = {"pairs", "conditional", "separability", "information", "distance"}
    assert all(parts | {"neighbours"} <= set(e) for e in epochs)
    assert [s[:6] for s in chosen["missing"]] == ["only 3"]


def without(root: Path, column: str) -> None:
    """Remove a property of the target's galaxies."""
    index = root / "cutouts" / "target" / "index.parquet"
    pd.read_parquet(index).drop(columns=column).to_parquet(index)


def test_without_pairs_mean_fractions_judge_and_the_last_epoch_is_kept(root):
    folder = carry_out(root)
    chosen = choice_of(folder)
    assert not list((folder / "checkpoints").glob("*best*"))
    assert [one["criterion"] for one in chosen["changes"]] == ["conditional"]
    assert chosen["adapted"]["criterion"] == "conditional"
    assert chosen["missing"] == [
        "no galaxies imaged by both surveys are named in choice",
        "only 3 source galaxies are held out, and their votes judge from 50 on",
    ]


def test_without_any_measure_it_is_refused_and_reported(root):
    without(root, "mag_r")
    chosen = choice_of(carry_out(root))
    assert (chosen["outcome"], chosen["verdict"]) == ("refused", "cannot be told")
    assert len(chosen["missing"]) == 3 and chosen["population"] is None
    assert chosen["adapted"]["value"] is None
    assert "neither mag_r nor radius_arcsec is known" in chosen["sentence"]


def test_a_source_without_votes_is_judged_without_mock_observations(root):
    (root / "cutouts" / "source" / "votes.parquet").unlink()
    chosen = choice_of(carry_out(root, method="adabn"))
    assert [one["criterion"] for one in chosen["changes"]] == ["conditional"]
    assert "no mock observations with votes can be made" in chosen["missing"][-1]
    folder = create_run(root, "simulated", ADAPT | BY_VOTES)
    assert main([str(folder)]) == 1
    assert "source has no votes" in read_run(folder).error


OTHER = PopulationTest(("mag_r",), 0.8, 0.7, 0.9)
UNCLEAR = Change("conditional", 0.1, 0.1, -0.1, 0.1, UNTOLD)
FEW = "no mock observations with votes can be made (a survey has 63 galaxies)"


@pytest.mark.parametrize(
    ("steps", "mocks", "said"),
    [(("adabn",), None, 1), (("adabn",), (), 0), ((), None, 0)],
)
def test_adabn_with_statistics_of_another_population_says_so(steps, mocks, said):
    """Without mock observations it cannot take the source's population, as asked."""
    config = SimpleNamespace(steps=steps, adabn=AdaBNConfig())
    reference = SimpleNamespace(
        setup=SimpleNamespace(config=config, population=mocks),
        missing=(FEW,),
        population=OTHER,
    )
    ground = model_selection._ground(None, [], reference)
    assert ground.count("AdaBN took the statistics of the target's images") == said


@pytest.mark.parametrize(("verdict", "said"), [(UNTOLD, 1), ("better", 0)])
def test_what_cannot_be_told_names_the_measures_that_are_missing(verdict, said):
    reference = SimpleNamespace(missing=(FEW,), population=None)
    one = replace(UNCLEAR, verdict=verdict)
    assert model_selection._ground(one, [one], reference).count(FEW) == said


def test_pairs_learnt_from_do_not_choose(root):
    config = ADAPT | {"method": "pairs", "pairs": TWINS, "choice": PAIRS}
    folder = create_run(root, "run", config)
    assert main([str(folder)]) == 1
    assert "shares 48 galaxies with seen, which the model learnt" in (
        read_run(folder).error
    )


def test_galaxies_learnt_from_under_another_name_do_not_choose(root):
    """The names of the stores differ, those of the galaxies do not."""
    write_tiny_store(root, "twin", survey="bmz", size=32, called="source", votes=False)
    write_tiny_store(root, "again", size=32, called="source", votes=False)
    chosen = PAIRS | {"source_stores": ["again"], "target_stores": ["twin"]}
    folder = create_run(root, "run", ADAPT | {"choice": chosen})
    assert main([str(folder)]) == 1
    error = read_run(folder).error
    assert "twin shares 48 galaxies with source, which the model learnt" in error


def test_galaxies_of_one_survey_alone_cannot_choose(root):
    folder = create_run(root, "run", ADAPT | {"choice": {"target_stores": ["own"]}})
    assert main([str(folder)]) == 1
    assert "choice names galaxies of one survey only" in read_run(folder).error


@pytest.mark.parametrize("of", ["target_stores", "source_stores", "choice"])
def test_images_of_another_size_are_refused_before_any_fit(root, of):
    write_tiny_store(root, "small", survey="bmz", size=16)
    changes = {of: ["small"]}
    if of == "choice":
        changes = {of: TWINS | {"target_stores": ["small"]}}
    folder = create_run(root, "run", ADAPT | changes)
    assert main([str(folder)]) == 1
    assert "small has cutouts of 16 pixels" in read_run(folder).error
    assert not epochs_of(folder)


def test_galaxies_that_chose_the_model_do_not_judge_it(root, values):
    values(0.3, 0.2, 0.1, 0.4, 0.1)
    write_tiny_store(
        root, "own", survey="bmz", size=32, called="pair", truth=True, seed=4
    )
    judged = {"store": "own", "half": "test"}
    folder = create_run(root, "run", ADAPT | {"choice": PAIRS, "evaluate": judged})
    assert main([str(folder)]) == 1
    assert "name a store with other galaxies" in read_run(folder).error
