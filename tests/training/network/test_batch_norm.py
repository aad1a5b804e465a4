"""Batch norms in a fit on two surveys: which statistics are kept and used."""

import copy

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from morph.errors import MorphError
from morph.images.store import open_store
from morph.runs.config_adaptation import JointConfig
from morph.runs.config_parts import DeviceConfig, ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from tests.training.fit.test_loop import CPU
from training.adapt.joint import BothSurveys
from training.apply.forward import features_of
from training.apply.predict import Predictor, predict
from training.fit.ranks_and_devices import start_fabric
from training.network.batch_norm import (
    SECOND,
    batch_norms,
    has_two,
    keep_two,
    reading_source,
    shared_batch_norm,
)
from training.network.checkpoints import FittedModel, load_model, save_model
from training.network.model import GalaxyModel, make_model
from training.pixels.galaxy_images import Galaxies

LABELS = len(GZD5.labels)
CONFIG = ModelConfig("test_efficientnet")
SOURCE, TARGET = (
    torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(s)) + s
    for s in (1, 2)
)


@pytest.fixture
def model() -> GalaxyModel:
    torch.manual_seed(4)
    return make_model(CONFIG, LABELS)


def used(model: nn.Module) -> list[Tensor]:
    """Means and variances that a prediction is made with."""
    return [t for n in batch_norms(model) for t in (n.running_mean, n.running_var)]


def kept_for_source(model: nn.Module) -> list[Tensor]:
    return [getattr(n, name) for n in batch_norms(model) for name in SECOND]


def after(model: GalaxyModel, *pictures: Tensor) -> list[Tensor]:
    """Statistics after these batches have gone through a copy of the model."""
    seen = copy.deepcopy(model).train()
    with torch.no_grad():
        for batch in pictures:
            seen.features(batch)
    return used(seen)


def assert_same(found: list[Tensor], expected: list[Tensor]) -> None:
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_several_gpus_share_every_batch_norm_and_keep_both_sets(model):
    """The conversion needs no GPU; the second set is kept and used."""
    keep_two(model)
    for norm in batch_norms(model):
        norm.source_mean += 3
    wanted = kept_for_source(copy.deepcopy(model))
    shared = shared_batch_norm(model, 2, on_gpu=True)
    norms = batch_norms(shared)
    assert norms and all(isinstance(norm, nn.SyncBatchNorm) for norm in norms)
    assert_same(kept_for_source(shared), wanted)
    with reading_source(shared):
        assert_same(used(shared), wanted)


@pytest.mark.parametrize(
    ("statistics", "counted"),
    [
        ("both", (SOURCE, TARGET)),
        ("source", (SOURCE,)),
        ("target", (TARGET,)),
        ("dual", (TARGET,)),
    ],
)
def test_which_images_the_batch_norms_keep(model, statistics, counted):
    expected, of_source = after(model, *counted), after(model, SOURCE)
    config = JointConfig(retake=False, statistics=statistics, align="coral")
    both = BothSurveys(model, config).train()
    with torch.no_grad():
        both(SOURCE, TARGET)
    assert_same(used(model), expected)
    assert has_two(model) is (statistics == "dual")
    if statistics == "dual":
        assert_same(kept_for_source(model), of_source)


@pytest.mark.parametrize("statistics", ["target", "dual"])
def test_statistics_of_the_target_need_something_asked_of_it(statistics):
    with pytest.raises(MorphError, match="uses no target images"):
        JointConfig(retake=False, statistics=statistics)
    asked = {"statistics": statistics, "teacher_weight": 0.1}
    assert JointConfig(retake=False, **asked).uses_target


def test_a_set_for_the_source_needs_unmodified_source_images():
    with pytest.raises(MorphError, match=r"set joint\.retake to false"):
        JointConfig(statistics="dual", teacher_weight=0.1)


def test_features_are_read_with_the_set_of_the_survey_asked_for(model):
    fabric = start_fabric(DeviceConfig(accelerator="cpu"))
    galaxies = Galaxies(pd.DataFrame(index=range(len(SOURCE))), SOURCE)
    before = features_of(fabric, model, galaxies, ImageConfig())
    keep_two(model)
    for norm in batch_norms(model):
        norm.running_mean += 1
    own = features_of(fabric, model, galaxies, ImageConfig())
    source = features_of(fabric, model, galaxies, ImageConfig(), of_source=True)
    torch.testing.assert_close(source, before)
    assert not torch.allclose(own, before, rtol=1e-3)


def test_two_sets_are_exchanged_for_the_source_and_back(model):
    keep_two(model)
    for number, tensor in enumerate(kept_for_source(model)):
        tensor.fill_(number + 1)
    before, source = used(model), kept_for_source(model)
    with pytest.raises(KeyError), reading_source(model):
        assert used(model)[0] is source[0]
        raise KeyError
    assert all(a is b for a, b in zip(used(model), before, strict=True))


def test_a_model_with_two_sets_reads_each_survey_with_its_own(
    tmp_path, make_store, model
):
    stores = [
        open_store(make_store(s, survey=s, size=32, called="same", galaxies=12))
        for s in ("decals", "bmz")
    ]
    config = JointConfig(retake=False, statistics="dual", align="coral")
    both = BothSurveys(model, config).train()
    with torch.no_grad():
        both(SOURCE, TARGET)
    save_model(tmp_path, model, card())
    found, read = load_model(tmp_path, GZD5)
    assert_same(kept_for_source(found), kept_for_source(model))
    alpha = [concentrations(Predictor(found, read), store) for store in stores]
    with reading_source(found):
        expected = concentrations(Predictor(found, card(survey="")), stores[0])
    torch.testing.assert_close(alpha[0], expected)
    assert not torch.allclose(alpha[0], alpha[1], rtol=1e-3)


def card(survey: str = "decals") -> FittedModel:
    return FittedModel(
        GZD5.name, GZD5.labels, ImageConfig(), CONFIG, 32, 0.262, ("decals",),
        (0.5,) * LABELS, "", survey=survey,
    )  # fmt: skip


def concentrations(predictor: Predictor, store) -> Tensor:
    """Of all galaxies of the store, as a run predicts them."""
    folder = store.folder / f"parts-{torch.rand(1).item()}"
    folder.mkdir()
    found = predict(
        start_fabric(CPU), [predictor], [store], folder, passes=0, seed=1,
        progress=lambda *_: None,
    )  # fmt: skip
    return torch.from_numpy(found.concentration)
