"""Pseudo-labels by spherical k-means, compared with brute force."""

import math

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from morph.errors import MorphError
from morph.images.store import open_store
from morph.runs.config import AdaptConfig
from morph.runs.config_adaptation import KMeansConfig
from morph.runs.config_parts import DeviceConfig, FitConfig, ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5, DecisionTree, Question
from training.adapt import kmeans
from training.adapt.kmeans import (
    WithPrototypes,
    adapt_by_kmeans,
    prototype_loss,
    pseudo_labels,
    spherical_kmeans,
)
from training.fit import loop
from training.fit.ranks_and_devices import start_fabric
from training.network.checkpoints import FittedModel
from training.network.model import make_model
from training.pixels.augment import augmented_input
from training.pixels.galaxy_images import read_galaxies
from training.survey_differences.adaptation_context import Adaptation

PAIR = DecisionTree(
    "pair",
    (
        Question("edge", "Edge", ("yes", "no"), ("", "")),
        Question("bar", "Bar", ("strong", "weak", "no"), ("", "", "")),
    ),
)


def at(*degrees: float) -> torch.Tensor:
    """Unit vectors in the plane."""
    turns = torch.deg2rad(torch.tensor(degrees))
    return torch.stack([turns.cos(), turns.sin()], dim=1)


def test_each_question_is_clustered_by_itself():
    unit = at(0, 10, 80, 90)
    first = torch.cat([at(20, 70), at(0, 45, 200)])
    found = spherical_kmeans(unit, first, PAIR)
    expected = torch.cat([at(5, 85), at(5, 85, 200)])
    torch.testing.assert_close(found, expected)


def test_galaxies_that_are_not_asked_move_no_centre():
    unit = at(0, 10, 80, 90)
    first = torch.cat([at(20, 70), at(0, 45, 200)])
    asked = torch.tensor([[True, False], [True, True], [False, True], [True, True]])
    found = spherical_kmeans(unit, first, PAIR, asked)
    torch.testing.assert_close(found, torch.cat([at(5, 90), at(10, 85, 200)]))


def test_centres_are_those_of_a_plain_loop():
    unit = F.normalize(torch.randn(200, 6, generator=torch.Generator().manual_seed(1)))
    first = F.normalize(torch.randn(5, 6, generator=torch.Generator().manual_seed(2)))
    expected = first.clone()
    for columns in (slice(0, 2), slice(2, 5)):
        for _ in range(100):
            nearest = (unit @ expected[columns].T).argmax(dim=1)
            means = [
                unit[nearest == a].mean(dim=0) for a in range(len(expected[columns]))
            ]
            expected[columns] = F.normalize(torch.stack(means), dim=1)
    found = spherical_kmeans(unit, first, PAIR)
    assert (found * expected).sum(dim=1).min() > 0.99


def test_first_centres_are_left_as_they_are():
    first = torch.cat([at(20, 70), at(0, 45, 200)])
    kept = first.clone()
    spherical_kmeans(at(0, 10, 80, 90), first, PAIR)
    assert torch.equal(first, kept)


def test_only_near_galaxies_are_labelled_and_by_their_own_row():
    centres = torch.cat([at(0, 90), at(0, 90, 200)])
    unit = at(1, 2, 44, 89)
    labels = pseudo_labels(
        unit, centres, PAIR, nearest_share=0.25, min_cosine=math.cos(math.radians(10))
    )
    assert labels[0].tolist() == [1, 0, 1, 0, 0]  # the nearest to 0 degrees
    assert labels[1].sum() == 0  # near, but not among the nearest quarter
    assert labels[2].sum() == 0
    assert labels[3].tolist() == [0, 1, 0, 1, 0]


def test_questions_that_are_not_asked_are_not_labelled():
    asked = torch.tensor([[True, False]])
    labels = pseudo_labels(
        at(0),
        torch.cat([at(0, 90), at(0, 90, 200)]),
        PAIR,
        nearest_share=1.0,
        min_cosine=0.5,
        asked=asked,
    )
    assert labels.tolist() == [[1, 0, 0, 0, 0]]


def test_the_loss_is_the_cross_entropy_of_the_cosines():
    features, prototypes = 3 * at(0), torch.cat([at(0, 90), at(0, 90, 180)])
    labels = torch.tensor([[1.0, 0, 0, 0, 0]])
    expected = math.log(1 + math.exp(-1 / 0.05))
    found = prototype_loss(features, prototypes, labels, PAIR, 0.05)
    assert found.item() == pytest.approx(expected, abs=1e-6)
    assert prototype_loss(features, prototypes, 0 * labels, PAIR, 0.05) == 0


@pytest.fixture
def adapted(make_store, make_run):
    """Adapt an untrained model on a tiny target; (model, weights before, rows W)."""

    def adapt(*, precision="32-true", seen=None, **changes):
        store = open_store(make_store("target", votes=False))
        torch.manual_seed(0)
        model = make_model(ModelConfig(), len(GZD5.labels))
        before = {n: w.clone() for n, w in model.state_dict().items()}
        card = FittedModel(
            "gzd5", GZD5.labels, ImageConfig(), ModelConfig(), 16, 0.262, ("s",), (), ""
        )
        if seen is not None:
            model.encoder.stem[0].register_forward_hook(seen)
        fabric = start_fabric(DeviceConfig(accelerator="cpu", precision=precision))
        settings = FitConfig(
            epochs=2, batch_size=16, learning_rate=1e-4, schedule="constant", warm_up=0
        )
        kmeans = KMeansConfig(**{"fit": settings, "min_cosine": 0.0} | changes)
        config = AdaptConfig("run", ("source",), ("target",), kmeans=kmeans)
        target = read_galaxies([store], fabric.device)
        adapt_by_kmeans(
            Adaptation(make_run({}), fabric, config, model, model, card, target, GZD5)
        )
        return model, before

    return adapt


def test_adaptation_moves_the_encoder_alone(adapted):
    model, before = adapted()
    after = model.state_dict()
    for name in ("classifier.weight", "classifier.bias"):
        assert torch.equal(after[name], before[name])
    assert model.classifier.weight.requires_grad  # for a step that follows
    running = [name for name in after if "running" in name]
    assert running and all(torch.equal(after[n], before[n]) for n in running)
    assert not torch.equal(
        after["encoder.stem.0.weight"], before["encoder.stem.0.weight"]
    )


def test_clusters_are_found_in_the_precision_of_the_run(adapted):
    """Features of all galaxies have the same precision as those of batches."""
    found = []
    adapted(precision="bf16-mixed", seen=lambda *given: found.append(given[2].dtype))
    assert set(found) == {torch.bfloat16}


def test_a_galaxy_learns_from_its_own_label(adapted, monkeypatch):
    """Labels encode each galaxy's row in binary."""
    pixels, taught, surveys = [], [], []

    def spell(given, *_):
        surveys.append(given.target.flux)
        rows = torch.arange(1, len(given.target) + 1)
        bits = rows[:, None] >> torch.arange(len(GZD5.labels)) & 1
        return bits.float()

    def see(flux, *others):
        pixels.append(flux)
        return augmented_input(flux, *others)

    def lose(features, prototypes, labels, *others):
        taught.append(labels)
        return prototype_loss(features, prototypes, labels, *others)

    monkeypatch.setattr(kmeans, "_new_labels", spell)
    monkeypatch.setattr(loop, "augmented_input", see)
    monkeypatch.setattr(kmeans, "prototype_loss", lose)
    adapted()
    assert len(pixels) == len(taught) > 2
    powers = 2 ** torch.arange(len(GZD5.labels))
    for flux, labels in zip(pixels, taught, strict=True):
        rows = (labels.long() * powers).sum(dim=1) - 1
        assert torch.equal(flux, surveys[0][rows])
        assert not torch.equal(rows, rows.sort().values)  # they come shuffled


def test_prototypes_are_copies_of_the_classifiers_rows():
    model = make_model(ModelConfig(), len(GZD5.labels))
    pulled = WithPrototypes(model)
    pulled.prototypes.zero_()
    assert model.classifier.weight.abs().sum() > 0


@pytest.mark.parametrize("prototypes", ["fixed", "tracking"])
def test_tracking_prototypes_drift_and_fixed_ones_do_not(adapted, tmp_path, prototypes):
    _, before = adapted(prototypes=prototypes)
    folder = tmp_path / "runs" / "run" / "checkpoints"
    kept = load_file(folder / "kmeans-0002.safetensors")["prototypes"]
    rows = F.normalize(before["classifier.weight"], dim=1)
    assert torch.equal(kept, rows) == (prototypes == "fixed")


def test_without_any_label_it_says_what_to_lower(adapted):
    with pytest.raises(MorphError, match=r"lower kmeans\.min_cosine"):
        adapted(min_cosine=1.0)
