"""Configs survive the way through JSON, and every wrong setting is named."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

import pytest

from morph.errors import MorphError
from morph.runs.config import (
    AdaptConfig,
    EvaluationConfig,
    PredictConfig,
    SourceConfig,
    read_config,
)
from morph.runs.config_adaptation import EARLIER, PRESETS, Step
from morph.runs.config_parts import FitConfig
from morph.runs.settings import settings_of

ROOT = Path(__file__).parents[3]
RELEASE = {"release_id": "r", "stores": ["target"]}
EXAMPLES = [
    {"kind": "source", "stores": ["a", "b"], "fit": {"epochs": 3, "learning_rate": 1}},
    {
        "kind": "adapt",
        "model_run": "source-1",
        "source_stores": ["a"],
        "target_stores": ["b"],
        "method": "kmeans",
        "kmeans": {"fit": {"batch_size": 64}},
        "release": RELEASE | {"projection": None},
    },
    {"kind": "predict", "model_run": "source-1", "release": RELEASE},
    {"kind": "evaluate", "model_run": "source-1", "evaluate": {"store": "a"}},
]


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: value["kind"])
def test_a_config_is_the_same_after_json(value):
    config = read_config(value)
    assert read_config(json.loads(json.dumps(asdict(config)))) == config


@pytest.mark.parametrize("kind", ["source", "adapt", "predict", "features"])
def test_the_manuals_examples_are_configs(kind):
    text = (ROOT / "docs" / "runs.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?m)^    \{(?:.*\n)(?:    .*\n)*", text)
    examples = {block["kind"]: block for block in map(json.loads, blocks)}
    config = read_config(examples[kind])
    assert config.kind == kind
    assert kind != "adapt" or config.steps


def test_the_manual_lists_every_preset_and_every_step():
    text = (ROOT / "docs" / "runs.md").read_text(encoding="utf-8")
    table = text.split("| Preset |")[1].split("| Step |")[0]
    told = dict(
        re.findall(r"\| `([a-z+]+)`(?: \(default\))? \| ([`a-z_+]*) ?\|", table)
    )
    assert {name: steps.strip("`") for name, steps in told.items()} == {
        name: "+".join(steps) for name, steps in PRESETS.items()
    }
    assert all(f"`{step}`" in text for step in get_args(Step))
    default = AdaptConfig.__dataclass_fields__["method"].default
    assert f"| `{default}` (default) |" in text


def test_what_is_not_said_is_the_default_beside_what_is():
    source, adapt, predict, _ = map(read_config, EXAMPLES)
    assert isinstance(source, SourceConfig) and isinstance(adapt, AdaptConfig)
    assert isinstance(predict, PredictConfig)
    assert source.fit.epochs == 3
    assert [config.tree for config in (source, adapt, predict)] == ["gzd5"] * 3
    assert source.fit.learning_rate == 1.0
    assert adapt.kmeans.temperature == 0.05
    assert adapt.release.projection is None
    assert predict.release.projection.neighbours == 15


def test_a_setting_left_out_of_a_part_is_that_kinds_default():
    plain = read_config(EXAMPLES[0] | {"fit": {}}).fit
    changed = read_config(EXAMPLES[0] | {"fit": {"epochs": 3}}).fit
    assert plain == SourceConfig(stores=("a",)).fit
    assert plain != FitConfig()  # a source run weighs fractions too
    assert changed == replace(plain, epochs=3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "train"}, "kind is 'train'; expected one of: source, adapt, predict"),
        ({"stores": None}, "stores is None; expected a list"),
        ({"stores": []}, "at least one entry"),
        ({"stores": ["a", "a"]}, "each name once"),
        ({"stores": ["../a"]}, "'../a' cannot be the name of a cutout store"),
        ({"epochs": 3}, "epochs is not a setting; expected one of: stores, kind"),
        ({"fit": {"epoch": 3}}, "fit.epoch is not a setting"),
        ({"fit": {"epochs": 0}}, "fit.epochs is 0; expected a value from 1 to 10000"),
        ({"fit": {"epochs": 2.5}}, "fit.epochs is 2.5; expected a whole number"),
        ({"fit": {"epochs": True}}, "fit.epochs is True"),
        ({"fit": 3}, "fit is 3; expected an object"),
        ({"model": {"dropout": "0.2"}}, "model.dropout is '0.2'; expected a number"),
        ({"model": {"dropout": float("nan")}}, "model.dropout is nan"),
        ({"image": {"input": "png"}}, "image.input is 'png'; expected one of: asinh"),
        ({"release": {"stores": ["a"]}}, "release.release_id is missing"),
        ({"tree": "gz9"}, "tree is 'gz9'; expected one of: gzd5"),
        ({"tree": 5}, "tree is 5; expected a string"),
    ],
)
def test_a_wrong_setting_is_named(change, said):
    with pytest.raises(MorphError, match=said.replace("..", r"\.\.")):
        read_config(EXAMPLES[0] | change)


WEIGHTS = {"model": {"weights": "timm", "encoder": "convnext_nano"}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"transfer": {"encoder": "frozen"}},
            "transfer.encoder is 'frozen', but model.weights is null",
        ),
        (
            {"transfer": {"head_epochs": 1}},
            "transfer.head_epochs is 1, but model.weights is null",
        ),
        (
            WEIGHTS | {"transfer": {"head_epochs": 3}},
            "transfer.head_epochs is 3 of 3 epochs",
        ),
        (
            WEIGHTS | {"transfer": {"encoder": "frozen", "stage_decay": 0.5}},
            'transfer.encoder is "frozen", but head_epochs is 0 and stage_decay 0.5',
        ),
        (
            WEIGHTS | {"transfer": {"stage_decay": 1.5}},
            "transfer.stage_decay is 1.5; expected a value from 0.01 to 1",
        ),
    ],
)
def test_contradictions_about_a_pretrained_encoder_are_named(change, said):
    with pytest.raises(MorphError, match=re.escape(said)):
        read_config({"kind": "source", "stores": ["a"], "fit": {"epochs": 3}} | change)


def test_a_pretrained_encoder_may_follow_its_head():
    transfer = {"head_epochs": 2, "stage_decay": 0.7}
    value = {"kind": "source", "stores": ["a"], "fit": {"epochs": 3}}
    config = read_config(value | WEIGHTS | {"transfer": transfer})
    assert (config.transfer.head_epochs, config.transfer.stage_decay) == (2, 0.7)


def test_a_prediction_needs_a_release():
    with pytest.raises(MorphError, match="release is missing"):
        read_config({"kind": "predict", "model_run": "source-1"})


SHARED = {"ensemble": ["b"], "tree": "gzd5", "seed": 7, "device": {"devices": 2}}


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        (PredictConfig, {"kind": "predict", "release": RELEASE}),
        (EvaluationConfig, {"kind": "evaluate", "evaluate": {"store": "a"}}),
    ],
)
def test_runs_that_apply_a_model_share_their_settings(kind, own):
    value = {"model_run": "a", **own, **SHARED}  # in the order of earlier versions
    config = read_config(value)
    assert type(config) is kind
    assert (config.model_run, config.ensemble) == ("a", ("b",))
    assert (config.tree, config.seed, config.device.devices) == ("gzd5", 7, 2)
    assert (config.release is None) == (kind is EvaluationConfig)
    means = {one.path: one.means for one in settings_of(kind)}
    assert means["model_run"] == "run with the fitted model"
    with pytest.raises(MorphError, match=r"model_run is missing"):
        read_config({**own, **SHARED})


def test_a_method_is_a_preset_or_steps_and_never_both():
    assert not set(PRESETS) & set(get_args(Step))
    assert not set(EARLIER) & set(get_args(Step))


@pytest.mark.parametrize(
    ("method", "steps"),
    [
        ("pairs", ("simulation", "distillation")),  # as it always was
        ("distillation", ("distillation",)),
        ("pairs+standardise", ("distillation", "standardise")),  # of earlier configs
        ("simulation+pairs", ("simulation", "distillation")),
    ],
)
def test_pairs_mean_what_they_meant(method, steps):
    config = AdaptConfig("run", ("a",), ("b",), method=method)
    assert config.steps == steps


def test_the_papers_pseudo_labels_learn_from_pictures_as_they_are():
    augment = read_config(EXAMPLES[1]).kmeans.fit.augment
    assert (augment.turn, augment.shift, augment.zoom) == ("none", 0, 0)


@pytest.mark.parametrize(
    "method",
    ["joint+adabn+joint", "adabn+magic", "fast+adabn", "pairs+distillation", ""],
)
def test_steps_are_known_and_come_once(method):
    with pytest.raises(MorphError, match=r"each once: adabn, .*, distillation"):
        AdaptConfig("run", ("a",), ("b",), method=method)
