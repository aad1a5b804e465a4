"""Tiny fine-tunings from labels to a release; resumed, refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from morph.catalogue.release_table import tree_of
from morph.release.folder import verify_release
from morph.runs.active_run import ActiveRun, RunCancelled
from morph.runs.finetuning.config import NOT
from morph.runs.finetuning.results_file import (
    CHANCE,
    FINE_TUNED,
    FROZEN,
    MAJORITY,
    SCRATCH,
    read_judged,
)
from morph.runs.lifecycle import create_run, read_run
from morph.trees.decision_tree import GZD5
from tests.training.finetune.ring_stores import (
    QUESTION,
    finetune_config,
    make_finetuning,
    write_ring_store,
)
from training.__main__ import main
from training.pixels import galaxy_images
from training.stages import carry_out_stages

RELEASE = {"parent": "parent", "release_id": "with-rings", "stores": ["rings"]}


@pytest.fixture(scope="module")
def first_root(tmp_path_factory) -> Path:
    """A fitted model, a store with rings, and a release of two stores."""
    root = tmp_path_factory.mktemp("finetune")
    write_ring_store(root, "voted", galaxies=48, seed=1)
    write_ring_store(root, "rings", galaxies=60, seed=2)
    write_ring_store(root, "others", galaxies=12, seed=3)
    config = {
        "kind": "source",
        "stores": ["voted"],
        "fit": {"epochs": 12, "batch_size": 8},
    }
    assert main([str(create_run(root, "first", config))]) == 0
    release = {"release_id": "parent", "stores": ["rings", "others"]}
    config = {"kind": "predict", "model_run": "first"}
    config |= {"release": release | {"projection": None}}
    folder = create_run(root, "predicted", config)
    assert main([str(folder)]) == 0
    (root / "releases").mkdir()
    shutil.copytree(folder / "release", root / "releases" / "parent")
    return root


@pytest.fixture
def root(first_root: Path, tmp_path: Path) -> Path:
    return shutil.copytree(first_root, tmp_path / "root")


def labels(number: int = 60) -> tuple[list[str], np.ndarray]:
    """Names and true labels of the first galaxies of the store "rings"."""
    names = [f"rings-{i:03d}" for i in range(number)]
    yes = np.arange(number) % 2 == 0
    return names, np.stack([yes, ~yes], axis=1).astype(int)


def test_from_labels_to_a_release_with_one_question_more(root):
    config = finetune_config(
        release=RELEASE, scratch={"epochs": 2, "batch_size": 8, "patience": 0}
    )
    names, counts = labels()
    folder = make_finetuning(
        root, "run", ["gone-000", *names], np.vstack([[1, 0], counts]), config
    )
    assert main([str(folder)]) == 0, read_run(folder).error

    judged = read_judged(folder)
    assert (judged.labelled, judged.without_image, judged.labels) == (60, 1, 60)
    assert (judged.learnt, judged.held_out, judged.tested) == (34, 8, 18)
    (question,) = judged.questions
    methods = [FINE_TUNED, FROZEN, SCRATCH, MAJORITY, CHANCE]
    assert list(dict.fromkeys(question.scores["method"])) == methods
    scores = question.scores.set_index(["method", "score"])["value"]
    # Rings are as bright as the centre: the features of any network tell them.
    assert scores[FROZEN, "balanced_accuracy"] > 0.9
    assert scores[FINE_TUNED, "balanced_accuracy"] > 0.9
    assert scores[CHANCE, "log_loss"] == pytest.approx(np.log(2), abs=1e-5)
    assert scores[MAJORITY, "balanced_accuracy"] == 0.5

    manifest = verify_release(folder / "release")
    tree = tree_of(manifest)
    assert tree.labels[: len(GZD5.labels)] == GZD5.labels
    own = tree.questions[-1]
    assert (own.title, own.words) == (QUESTION["text"], ("Ring", "No ring"))
    assert (manifest.parent_release, manifest.parent_run) == ("parent", "run")
    (made,) = manifest.details.own_questions["made"]
    assert made["votes"] == 61 and made["labels_sha256"] == judged.labels_sha256
    table = pd.read_parquet(folder / "release" / "posteriors.parquet")
    table = table.set_index("iauname")
    alpha = table[[f"{label}_concentration" for label in own.labels]]
    others = alpha[alpha.index.str.startswith("others")]
    assert len(others) == 12 and (others == 1).all(axis=None)  # no image: unknown
    mine = alpha.loc[names].to_numpy()
    assert mine.sum(axis=1) == pytest.approx(3.0, abs=0.01)  # one vote, two answers
    says = mine[:, 0] > mine[:, 1]
    assert (says == (counts[:, 0] > 0)).mean() > 0.9
    before = pd.read_parquet(root / "releases" / "parent" / "posteriors.parquet")
    before = before.set_index("iauname").loc[table.index]
    pd.testing.assert_frame_equal(table[before.columns], before)
    assert "Frozen features" in (folder / "model_card.md").read_text()
    assert "Fine-tuned: Is there a ring?" in (folder / "report.html").read_text()


def test_several_answers_are_a_question_each(root):
    question = {"text": "What is there?", "answers": ["Ring", "Bar"]}
    config = finetune_config(question=question | {"kind": "several"}, release=RELEASE)
    names, counts = labels()
    bar = (np.arange(60) // 2) % 2 == 0
    both = np.hstack([counts, np.stack([bar, ~bar], axis=1)])
    folder = make_finetuning(root, "run", names, both, config)
    assert main([str(folder)]) == 0, read_run(folder).error
    manifest = verify_release(folder / "release")
    added = tree_of(manifest).questions[-2:]
    assert [one.title for one in added] == ["What is there? Ring", "What is there? Bar"]
    assert [one.words for one in added] == [
        ("Ring", NOT.format("Ring")),
        ("Bar", NOT.format("Bar")),
    ]
    assert manifest.parent_release == "parent"
    judged = read_judged(folder)
    assert [one.is_learnt for one in judged.questions] == [True, False]  # bars: chance
    assert added[1].name in manifest.not_learnt
    assert added[0].name not in manifest.not_learnt
    assert not list(folder.glob("release-part-*"))


def test_a_resumed_run_equals_one_that_was_not_interrupted(root):
    found = []
    for run_id, stops in (("whole", ()), ("stopped", (14, 15))):
        config = finetune_config(scratch={"epochs": 3, "batch_size": 8, "patience": 0})
        folder = make_finetuning(root, run_id, *labels(), config)
        for step in stops:
            with pytest.raises(RunCancelled):
                carry_out_stages(StoppedRun(folder, step))
        assert main([str(folder)]) == 0
        weights = load_file(folder / "checkpoints" / "model.safetensors")
        found.append((weights, json.loads((folder / "finetuned.json").read_text())))
    (one, judged), (other, again) = found
    assert all((one[name] == other[name]).all() for name in one)
    assert judged == again


class StoppedRun(ActiveRun):
    """A run that is cancelled after so many steps."""

    def __init__(self, folder: Path, steps: int) -> None:
        super().__init__(folder)
        self._left = steps

    def progress(self, step: int, total: int, message: str = "") -> None:
        self._left -= 1
        if self._left < 0:
            raise RunCancelled(self.folder.name)


def test_only_the_pixels_of_labelled_galaxies_are_read(root, monkeypatch):
    read = []
    held = galaxy_images._held
    monkeypatch.setattr(
        galaxy_images,
        "_held",
        lambda parts, device: (
            read.append([len(p) for p in parts]) or held(parts, device)
        ),
    )
    folder = make_finetuning(root, "run", *labels(30), finetune_config())
    assert main([str(folder)]) == 0
    assert read == [[30], [30]]  # for the fit, and to judge it


@pytest.mark.parametrize(
    ("number", "counts", "words"),
    [
        (9, None, "9 galaxies have a label and an image; a network needs at least 10"),
        (30, [1, 0], "“Ring” is the answer of 30 of 30 labelled galaxies"),
    ],
)
def test_too_few_labels_are_refused_in_a_sentence(root, number, counts, words):
    names, given = labels(number)
    given = given if counts is None else np.tile(counts, (number, 1))
    folder = make_finetuning(root, "run", names, given, finetune_config())
    assert main([str(folder)]) == 1
    assert words in read_run(folder).error


def test_labels_of_galaxies_in_no_store_are_refused(root):
    names = [f"elsewhere-{i}" for i in range(20)]
    folder = make_finetuning(root, "run", names, labels(20)[1], finetune_config())
    assert main([str(folder)]) == 1
    assert "none of the 20 labelled galaxies is in rings" in read_run(folder).error


def test_a_run_without_labels_says_where_they_come_from(root):
    folder = create_run(root, "run", finetune_config())
    assert main([str(folder)]) == 1
    assert "start the fine-tuning again on the page Label" in read_run(folder).error


def test_a_parent_that_has_the_question_is_refused_before_the_fit(root):
    config = finetune_config(release=RELEASE)
    folder = make_finetuning(root, "run", *labels(), config)
    assert main([str(folder)]) == 0
    shutil.copytree(folder / "release", root / "releases" / "with-rings")
    config["release"] = RELEASE | {"parent": "with-rings", "release_id": "twice"}
    folder = make_finetuning(root, "again", *labels(), config)
    assert main([str(folder)]) == 1
    assert "has the question “Is there a ring?” already" in read_run(folder).error
    assert not (folder / "checkpoints").exists()
