"""Tiny whole runs from config.json to a release; killed, cancelled, refused."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from morph.atomic import write_json
from morph.errors import MorphError
from morph.images.store import open_store
from morph.release.folder import verify_release
from morph.runs.active_run import ActiveRun, RunCancelled
from morph.runs.config import AdaptConfig, read_config
from morph.runs.config_parts import DeviceConfig
from morph.runs.lifecycle import create_run, read_run
from morph.trees.decision_tree import GZD5
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main
from training.apply import release_of_run as run_release
from training.fit.ranks_and_devices import start_fabric
from training.fit.source import INPUT, fit_recipe
from training.network.input_recipe import MORPH
from training.pixels import galaxy_images
from training.stages import settings

FIT = {"epochs": 2, "batch_size": 16}
SIMULATED = {"fit": {"epochs": 1, "batch_size": 32}}
PICTURES = {"normalisation": "unit", "size": 20}
WHATEVER = {
    "epoch": "last",
    "harmful": "keep",
    "unclear": "keep",
}  # of a choice: none is made


def source_config(**changes) -> dict:
    return {"kind": "source", "stores": ["source"], "fit": FIT} | changes


def release_of(name: str, **changes) -> dict:
    return {"release_id": name, "stores": ["target"], "projection": None} | changes


@pytest.fixture(scope="module")
def first_root(tmp_path_factory) -> Path:
    """Three surveys and a run that has fitted a model to one of them."""
    root = tmp_path_factory.mktemp("first")
    shape = {"size": 32, "survey": "bmz"}
    write_tiny_store(root, "source", galaxies=64, size=32)
    write_tiny_store(root, "target", galaxies=70, votes=False, seed=1, **shape)
    write_tiny_store(root, "judged", galaxies=60, truth=True, seed=2, **shape)
    assert carry_out(root, "source-run", source_config()) == 0
    return root


@pytest.fixture
def root(first_root: Path, tmp_path: Path) -> Path:
    """A copy of ``first_root`` for one test."""
    return shutil.copytree(first_root, tmp_path / "root")


def carry_out(root: Path, run_id: str, config: dict) -> int:
    folder = create_run(root, run_id, config)
    return main([str(folder)])


def finished_stages(folder: Path) -> list[str]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    events = map(json.loads, lines)
    return [e["stage"] for e in events if e["event"] == "stage_finished"]


def test_source_to_adapted_release(root):
    """All stages once: adapt by the default, evaluate, predict, release."""
    config = {
        "kind": "adapt",
        "model_run": "source-run",
        "source_stores": ["source"],
        "target_stores": ["target"],
        "long_simulation": SIMULATED,
        "choice": WHATEVER,
        "release": release_of("adapted", title="Adapted"),
        "evaluate": {"store": "judged", "half": "test"},
    }
    assert carry_out(root, "adapted-run", config) == 0
    folder = root / "runs" / "adapted-run"
    stages = ["fit", "evaluate", "predict", "report", "release"]
    assert finished_stages(folder) == stages
    assert read_run(folder).state == "finished"

    manifest = verify_release(folder / "release")
    target = open_store(root / "cutouts" / "target")
    assert (manifest.survey, manifest.galaxies) == ("bmz", 70)
    assert manifest.parent_run == "adapted-run" and manifest.cutouts == ("target",)
    assert "adapted to target by physical+ (long_simulation, adabn)" in manifest.model
    judged = {q["question"] for q in manifest.details.evaluation["questions"]}
    assert judged == {q.name for q in GZD5.questions}
    assert set(manifest.not_learnt) <= judged

    posteriors = pd.read_parquet(folder / "release" / "posteriors.parquet")
    assert set(posteriors["iauname"]) == set(target.names)
    alpha = posteriors.drop(columns="iauname").to_numpy()
    assert alpha.min() >= 1 and alpha.max() <= 101
    features = pd.read_parquet(folder / "release" / "features.parquet")
    assert set(features["iauname"]) == set(target.names)
    assert features["feature"].iloc[0].dtype == np.float16
    assert not (folder / "release" / "votes.parquet").exists()

    card = (folder / "model_card.md").read_text()
    assert (folder / "release" / "model_card.md").read_text() == card
    assert "simulation.fit.epochs | 1 |" in card and "| kmeans" not in card
    assert "reliability" not in manifest.details.evaluation
    whole = json.loads((folder / "release" / "evaluation.json").read_text())
    assert [row["label"] for row in whole["answers"]] == list(GZD5.labels)
    assert "plot_errors" in (folder / "report.html").read_text()


TINY = {"epochs": 1, "batch_size": 32}
METHODS = {
    "none": {},
    "adabn": {},
    "standardise": {},
    "physical+": {"long_simulation": SIMULATED},
    "kmeans": {"kmeans": {"fit": TINY, "min_cosine": 0.0}},
    "prototypes": {"prototypes": {"fit": TINY}},
    "information": {"information": {"fit": TINY}},
    "pairs": {
        "simulation": SIMULATED,
        "pairs": {"fit": TINY, "source_stores": ["seen"], "target_stores": ["own"]},
    },
    "joint+adabn": {"joint": {"fit": TINY, "align": "mmd", "teacher_weight": 0.5}},
    "joint": {"joint": {"fit": TINY, "align": "adversary", "retake": False}},
}


def weights_around(root: Path, method: str) -> list[dict[str, torch.Tensor]]:
    """The model's weights before and after an adaptation by ``method``."""
    config = {
        "kind": "adapt",
        "model_run": "source-run",
        "source_stores": ["source"],
        "target_stores": ["target"],
        "method": method,
        "choice": WHATEVER,
    }
    assert carry_out(root, "adapted-run", config | METHODS[method]) == 0
    return [
        load_file(root / "runs" / run / "checkpoints" / "model.safetensors")
        for run in ("source-run", "adapted-run")
    ]


@pytest.mark.parametrize("method", ["pairs", "distillation", "pairs+standardise"])
def test_distillation_is_reported_with_its_settings(method):
    config = AdaptConfig("run", ("a",), ("b",), method=method)
    assert "pairs" in settings(config)
    assert "pairs" not in settings(replace(config, method="adabn"))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_ends_in_a_model(root, method):
    if method == "pairs":
        for name, survey in (("seen", "decals"), ("own", "bmz")):
            write_tiny_store(root, name, survey=survey, size=32, called="pair")
    before, after = weights_around(root, method)
    card = json.loads(
        (root / "runs" / "adapted-run" / "checkpoints" / "model.json").read_text()
    )
    assert {"seen", "own"} & {*card["stores"]} == (
        {"seen", "own"} if method == "pairs" else set()
    )
    assert before.keys() == after.keys()
    changed = any(not torch.equal(before[n], after[n]) for n in before)
    assert changed is (method != "none")


@pytest.mark.parametrize("method", ["joint+adabn", "kmeans"])
def test_an_adaptation_of_surveys_on_disk_is_that_of_surveys_in_memory(
    root, method, monkeypatch
):
    """With fewer galaxies than a block, the order is the same."""
    _, held = weights_around(root, method)
    monkeypatch.setattr(galaxy_images, "_fit", lambda *_: False)
    shutil.rmtree(root / "runs" / "adapted-run")
    _, read = weights_around(root, method)
    for name in held:
        torch.testing.assert_close(read[name], held[name])


def test_calibration_is_kept_beside_the_weights(tmp_path):
    write_tiny_store(tmp_path, "source", galaxies=128, size=32)
    config = source_config(calibrate=True, held_out=0.5)
    config["release"] = release_of("calibrated", stores=["source"])
    assert carry_out(tmp_path, "run", config) == 0
    folder = tmp_path / "runs" / "run"
    kept = json.loads((folder / "checkpoints" / "model.json").read_text())
    assert len(kept["calibration"]) == len(GZD5.questions)
    events = map(json.loads, (folder / "events.jsonl").read_text().splitlines())
    (said,) = [e["questions"] for e in events if e["event"] == "calibrated"]
    for factors, (name, shown) in zip(kept["calibration"], said.items(), strict=True):
        assert len(factors) == 3 and min(factors) > 0, name
        assert shown == [round(factor, 4) for factor in factors]
    manifest = verify_release(folder / "release")
    of_the_model = [factors for (factors,) in manifest.details.calibration.values()]
    assert of_the_model == kept["calibration"]


def test_calibration_wants_galaxies_held_out(root):
    config = source_config(calibrate=True, held_out=0.0)
    assert carry_out(root, "run", config) == 1
    error = read_run(root / "runs" / "run").error
    assert "set held_out above 0" in error


@pytest.mark.parametrize("method", ["kmeans", "information"])
def test_the_classifier_is_bit_identical_where_it_is_fixed(root, method):
    before, after = weights_around(root, method)
    for name in ("classifier.weight", "classifier.bias"):
        assert torch.equal(before[name], after[name])


def test_a_prediction_of_galaxies_with_votes_carries_them(root):
    config = {
        "kind": "predict",
        "model_run": "source-run",
        "release": release_of("predicted", stores=["source"]),
    }
    assert carry_out(root, "predict-run", config) == 0
    folder = root / "runs" / "predict-run" / "release"
    assert verify_release(folder).survey == "decals"
    votes = pd.read_parquet(folder / "votes.parquet").set_index("iauname")
    given = pd.read_parquet(root / "cutouts" / "source" / "votes.parquet")
    given = given.set_index("iauname").loc[votes.index]
    assert (votes.to_numpy() == given.to_numpy()).all()


def test_only_the_first_galaxies_are_learnt_from_and_released(root):
    release = release_of("few", stores=["source"], first=10)
    assert carry_out(root, "few", source_config(first=40, release=release)) == 0
    events = [json.loads(e) for e in open_events(root / "runs" / "few")]
    epochs = [e for e in events if e["event"] == "epoch"]
    assert len(epochs) == 2
    folder = root / "runs" / "few" / "release"
    names = set(open_store(root / "cutouts" / "source").names[:10])
    for table in ("galaxies", "posteriors", "votes", "features"):
        assert set(pd.read_parquet(folder / f"{table}.parquet")["iauname"]) == names


def test_a_model_is_evaluated_without_a_release(root):
    config = {
        "kind": "evaluate",
        "model_run": "source-run",
        "evaluate": {"store": "judged", "half": "all"},
    }
    assert carry_out(root, "evaluated", config) == 0
    folder = root / "runs" / "evaluated"
    assert finished_stages(folder) == ["evaluate", "report"]
    assert json.loads((folder / "evaluation.json").read_text())["galaxies"] == 60
    assert not (folder / "release").exists()
    assert "Evaluation" in (folder / "model_card.md").read_text()


def test_an_evaluation_on_learnt_galaxies_ends_before_the_fit(root):
    config = source_config(evaluate={"store": "source", "half": "all"})
    assert carry_out(root, "run", config) == 1
    assert "shares 64 galaxies with source" in read_run(root / "runs" / "run").error
    assert not (root / "runs" / "run" / "checkpoints").exists()


def test_a_fit_records_its_steps_here_and_for_tensorboard(root):
    folder = root / "runs" / "source-run"
    steps = [json.loads(e) for e in open_events(folder) if '"step"' in e]
    assert [one["step"] for one in steps] == list(range(1, 7))  # 61 galaxies by 16
    assert steps[0].keys() >= {"fit", "steps", "loss", "learning_rate", "images_per_s"}
    assert len(list((folder / "tensorboard" / "source").glob("events.*"))) == 1
    off = source_config(fit=FIT | {"tensorboard": False})
    assert carry_out(root, "off", off) == 0
    assert not (root / "runs" / "off" / "tensorboard").exists()


def open_events(folder: Path) -> list[str]:
    return (folder / "events.jsonl").read_text().splitlines()


def test_an_ensemble_of_runs_with_passes_is_a_release_with_samples(root):
    assert carry_out(root, "other", source_config(seed=7)) == 0
    config = {
        "kind": "predict",
        "model_run": "source-run",
        "ensemble": ["other"],
        "release": release_of("together", passes=3),
    }
    assert carry_out(root, "predict-run", config) == 0
    folder = root / "runs" / "predict-run" / "release"
    assert verify_release(folder).model.startswith("ensemble of 2 models: ")
    samples = pd.read_parquet(folder / "samples.parquet")
    assert sorted(samples["pass"].unique()) == list(range(6))
    means = samples.drop(columns="pass").groupby("iauname").mean()
    posteriors = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
    found = posteriors.loc[means.index].to_numpy()
    assert found == pytest.approx(means.to_numpy(), rel=1e-4)


def test_rows_of_every_table_belong_to_the_same_galaxy(root):
    """The release is sorted by position; its posteriors must follow."""
    config = source_config(release=release_of("r", stores=["source"]))
    carry_out(root, "run", config)
    folder = root / "runs" / "run"
    with np.load(folder / "predicted" / "part-00000.npz") as kept:
        alpha = dict(zip(kept["names"], kept["concentration"], strict=True))
    posteriors = pd.read_parquet(folder / "release" / "posteriors.parquet")
    for name, *row in posteriors.head(10).itertuples(index=False):
        assert row == pytest.approx(list(alpha[name]))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (source_config(stores=["target"]), "target has no votes"),
        (source_config(stores=["nowhere"]), "not a finished cutout store"),
        (source_config(fit={"epochs": -1}), "fit.epochs is -1"),
        (
            source_config(image={"input": "raw"}, model={"input": PICTURES}),
            "the normalisation 'unit' is for pictures",
        ),
        (
            {"kind": "predict", "model_run": "none", "release": release_of("r")},
            "none has no fitted model",
        ),
    ],
)
def test_what_the_user_can_mend_ends_the_run_with_a_sentence(root, config, said):
    assert carry_out(root, "run", config) == 1
    state = read_run(root / "runs" / "run")
    assert state.state == "failed"
    assert said in state.error


def test_killed_while_writing_its_release_it_writes_it_again(root, monkeypatch):
    config = source_config(release=release_of("r", stores=["source"]))
    folder = create_run(root, "run", config)
    whole = run_release.write_release

    def die(folder, *_arguments, **_keywords):
        folder.mkdir(parents=True)
        (folder / "galaxies.parquet").write_bytes(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(run_release, "write_release", die)
    with pytest.raises(KeyboardInterrupt):
        main([str(folder)])
    assert not (folder / "release" / "manifest.json").exists()
    monkeypatch.setattr(run_release, "write_release", whole)
    assert main([str(folder)]) == 0
    assert verify_release(folder / "release").galaxies == 64
    # each once
    assert finished_stages(folder) == ["fit", "predict", "report", "release"]


def test_cancelled_in_the_fit_it_goes_on_later(root, monkeypatch):
    folder = create_run(root, "run", source_config())
    steps = ActiveRun.progress

    def stop_in_second_epoch(run, step, total, message=""):
        if message.startswith("epoch 2"):
            raise RunCancelled
        steps(run, step, total, message)

    monkeypatch.setattr(ActiveRun, "progress", stop_in_second_epoch)
    assert main([str(folder)]) == 130
    assert read_run(folder).state == "cancelled"
    monkeypatch.setattr(ActiveRun, "progress", steps)
    assert main([str(folder)]) == 0
    epochs = [
        json.loads(line).get("epoch")
        for line in (folder / "events.jsonl").read_text().splitlines()
        if '"epoch"' in line
    ]
    assert epochs == [1, 2]


def test_a_fit_that_goes_on_keeps_the_input_it_began_with(root):
    """Also one that was begun before models had recipes of their input."""
    config = source_config()
    folder = create_run(root, "run", config)
    checkpoints, fabric = folder / "checkpoints", start_fabric(DeviceConfig("cpu"))
    run, settings = ActiveRun(folder), read_config(config)
    first = fit_recipe(run, fabric, settings)
    assert first == MORPH
    write_json(checkpoints / "source.json", {"epoch": 1})
    write_json(checkpoints / INPUT, asdict(first) | {"size": 24})
    assert fit_recipe(run, fabric, settings).size == 24
    (checkpoints / INPUT).unlink()
    assert fit_recipe(run, fabric, settings) == MORPH


def test_an_input_that_is_changed_counts_before_the_first_epoch_only(root):
    """As after a failure for want of memory; later it is refused, not left out."""
    folder = create_run(root, "run", source_config())
    checkpoints, fabric = folder / "checkpoints", start_fabric(DeviceConfig("cpu"))
    run = ActiveRun(folder)
    large, small = (
        read_config(source_config(model={"input": PICTURES | {"size": size}}))
        for size in (224, 20)
    )
    assert fit_recipe(run, fabric, large).size == 224
    assert fit_recipe(run, fabric, small).size == 20
    write_json(checkpoints / "source.json", {"epoch": 1})
    assert fit_recipe(run, fabric, small).size == 20
    with pytest.raises(MorphError, match=r"begun with the input 20 pixels .* now 224"):
        fit_recipe(run, fabric, large)


STOPPED = {
    "physical+": {"long_simulation": {"fit": FIT}},
    "joint+adabn": {"joint": {"fit": FIT, "teacher_weight": 0.5}},
    "kmeans": {"kmeans": {"fit": FIT, "min_cosine": 0.0, "prototypes": "tracking"}},
}


@pytest.mark.parametrize("method", STOPPED)
def test_an_adaptation_stopped_in_an_epoch_ends_as_if_undisturbed(
    root, monkeypatch, method
):
    """Random draws, a teacher and tracking prototypes resume with the weights."""
    config = {
        "kind": "adapt",
        "model_run": "source-run",
        "source_stores": ["source"],
        "target_stores": ["target"],
        "method": method,
        "choice": WHATEVER,
    } | STOPPED[method]
    assert carry_out(root, "whole", config) == 0
    folder = create_run(root, "stopped", config)
    progress, second_epoch = ActiveRun.progress, []

    def stop_in_second_epoch(run, step, total, message=""):
        if message.startswith("epoch 2"):
            second_epoch.append(step)
        if len(second_epoch) == 2:
            raise RunCancelled
        progress(run, step, total, message)

    monkeypatch.setattr(ActiveRun, "progress", stop_in_second_epoch)
    assert main([str(folder)]) == 130
    monkeypatch.setattr(ActiveRun, "progress", progress)
    assert main([str(folder)]) == 0
    whole, stopped = (
        load_file(root / "runs" / name / "checkpoints" / "model.safetensors")
        for name in ("whole", "stopped")
    )
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)


def test_usage(capsys):
    assert main([]) == 2
    assert "usage: python -m training RUN_FOLDER" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "usage" in capsys.readouterr().out
