"""The joint fit equals that on mock observations if it has no target terms."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from morph.runs.config import AdaptConfig, SourceConfig
from morph.runs.lifecycle import create_run
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main
from training.adapt import adaptation_methods
from training.fit.source import split_rows
from training.pixels.galaxy_images import read_galaxies
from training.survey_differences import adaptation_context

FIT = {"epochs": 1, "batch_size": 32}
NOTHING_MORE = {"fit": FIT, "align": "none", "teacher_weight": 0.0}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Two surveys and a model of the first."""
    root = tmp_path_factory.mktemp("joint")
    write_tiny_store(root, "source", galaxies=64, size=32)
    shape = {"size": 32, "survey": "bmz"}
    write_tiny_store(root, "target", galaxies=64, votes=False, seed=1, **shape)
    config = {"kind": "source", "stores": ["source"], "fit": FIT}
    assert main([str(create_run(root, "source-run", config))]) == 0
    return root


def adapted(root: Path, run_id: str, **settings) -> dict[str, torch.Tensor]:
    """The weights that an adaptation with ``settings`` ends with."""
    config = {
        "kind": "adapt",
        "model_run": "source-run",
        "source_stores": ["source"],
        "target_stores": ["target"],
        "choice": {"epoch": "last", "harmful": "keep", "unclear": "keep"},
    }
    folder = create_run(root, run_id, config | settings)
    assert main([str(folder)]) == 0
    return load_file(folder / "checkpoints" / "model.safetensors")


def differ(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    assert one.keys() == other.keys()
    return not all(torch.allclose(one[name], other[name]) for name in one)


def test_a_joint_fit_without_terms_is_survey_simulation_and_with_them_is_more(root):
    physical = adapted(root, "physical", method="physical", simulation={"fit": FIT})
    alike = adapted(root, "alike", method="joint+adabn", joint=NOTHING_MORE)
    taught = {"fit": FIT, "teacher_weight": 0.3}
    more = adapted(root, "more", method="joint+adabn", joint=taught)
    assert not differ(physical, alike)
    assert differ(physical, more)


def test_the_long_simulation_is_the_same_fit_with_settings_of_its_own(root):
    told = {"fit": FIT | {"learning_rate": 1e-3}}
    short = adapted(root, "short", method="simulation", simulation=told)
    alike = adapted(root, "long", method="long_simulation", long_simulation=told)
    assert not differ(short, alike)
    config = AdaptConfig("source-run", ("source",), ("target",))
    assert config.long_simulation.fit.epochs == SourceConfig(("source",)).fit.epochs


def test_no_store_is_read_twice(root, monkeypatch):
    """Also if the pairs include the target galaxies."""
    shape = {"galaxies": 64, "size": 32, "called": "target"}
    write_tiny_store(root, "twin", votes=False, **shape)
    read = []

    def counted(stores, *others, **settings):
        read.extend(store.folder.name for store in stores)
        return read_galaxies(stores, *others, **settings)

    for module in (adaptation_methods, adaptation_context):
        monkeypatch.setattr(module, "read_galaxies", counted)
    pairs = {"source_stores": ["twin"], "target_stores": ["target"], "fit": FIT}
    adapted(root, "paired", method="pairs+standardise", pairs=pairs)
    assert sorted(read) == ["source", "target", "twin"]


def test_galaxies_held_out_of_the_source_fit_are_not_learnt(root, monkeypatch):
    learnt = []
    monkeypatch.setattr(
        adaptation_context,
        "fit",
        lambda _run, _fabric, _module, task: learnt.append(task.choose_rows(0)),
    )
    adapted(root, "held-out", method="simulation", simulation={"fit": FIT})
    _, held_out = split_rows(64, 0.05, SourceConfig(("source",)).seed)
    assert len(held_out) == 3
    assert sorted([*learnt[0], *held_out]) == list(range(64))
