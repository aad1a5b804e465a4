"""The input of pretrained weights by their source, and what contradicts it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict

import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save_file
from torchvision.transforms import v2

from morph.errors import MorphError
from morph.runs.config_parts import ImageConfig, InputConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from morph.typed_json import read_dataclass
from tests.training.hub_server import hub
from training.network.checkpoints import FittedModel, load_model, save_model
from training.network.encoders import make_encoder
from training.network.input_recipe import MORPH, UNCHANGED, ZOOBOT, InputRecipe
from training.network.model import make_model
from training.network.pretrained import load_pretrained
from training.network.published_input import of_timm, recipe_of
from training.pixels.galaxy_images import asinh_picture, network_input

ENCODER = "test_convnext"
PICTURES, FLUXES = ImageConfig(), ImageConfig(input="raw")


def of(weights: str | None, image: ImageConfig = PICTURES, **asked) -> InputRecipe:
    config = ModelConfig(ENCODER, weights=weights, input=InputConfig(**asked))
    return recipe_of(config, image)


@pytest.fixture
def serve(tmp_path, monkeypatch) -> Iterator[Callable[[Mapping], None]]:
    """``serve({repository: config})``: a hub with these config.json."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with ExitStack() as stack:

        def start(configs: Mapping[str, dict]) -> None:
            files = {
                n: {"config.json": json.dumps(c).encode()} for n, c in configs.items()
            }
            monkeypatch.setenv("HF_ENDPOINT", stack.enter_context(hub(files)))

        yield start


def test_random_weights_get_what_they_always_got():
    assert of(None) == MORPH
    assert of(None, FLUXES) == UNCHANGED


def test_timms_weights_get_the_mean_and_deviation_of_timm():
    cfg = timm.get_pretrained_cfg("convnext_nano")
    found = recipe_of(ModelConfig("convnext_nano", weights="timm"), PICTURES)
    expected = InputRecipe(
        cfg.mean, cfg.std, size=224, interpolation="bicubic", clip=True
    )
    assert found == expected


def test_zoobots_repositories_are_known_by_their_names():
    """Without a network: their config.json has the normalisation of timm."""
    assert of("hf-hub:mwalmsley/zoobot-encoder-convnext_nano") == ZOOBOT
    grey = of("hf-hub:mwalmsley/zoobot-encoder-greyscale-convnext_nano@main")
    assert (grey.channels, grey.planes, grey.size) == ("one", 1, 224)


def test_other_repositories_say_it_or_the_user_must(serve):
    cfg = {"mean": [0.1, 0.2, 0.3], "std": [1, 2, 3], "input_size": [3, 96, 96]}
    serve({"a/known": {"pretrained_cfg": cfg}, "a/unknown": {"architecture": ENCODER}})
    known = InputRecipe(
        (0.1, 0.2, 0.3), (1, 2, 3), size=96, interpolation="bicubic", clip=True
    )
    assert of("hf-hub:a/known") == known
    with pytest.raises(MorphError, match=r"a/unknown does not say.*set model\.input"):
        of("hf-hub:a/unknown")
    assert of("hf-hub:a/unknown", normalisation="unit", size=64).size == 64


@pytest.mark.parametrize("encoder", ["test_convnext", "test_efficientnet"])
@pytest.mark.parametrize("source", ["timm", "zoobot"])
def test_features_are_those_of_the_published_preprocessing(encoder, source):
    """Of timm's transform, or zoobot's, of the same pictures, to 1e-4."""
    torch.manual_seed(4)
    cfg, recipe = timm.get_pretrained_cfg(encoder), ZOOBOT
    transform = v2.Resize((224, 224), antialias=True)
    if source == "timm":
        recipe = of_timm(encoder)
        transform = timm.data.create_transform(
            cfg.input_size,
            interpolation=cfg.interpolation,
            mean=cfg.mean,
            std=cfg.std,
            crop_pct=1.0,  # galaxies fill their cutouts
        )
    model = make_model(ModelConfig(encoder), 34, 64, recipe=recipe).eval()
    flux = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        found = model.features(network_input(flux, PICTURES))
        picture = transform(asinh_picture(flux, q=PICTURES.q))
        if source == "timm":  # whose pictures have 8 bits, which end at 0 and 1
            mean, std = (torch.tensor(n)[:, None, None] for n in (cfg.mean, cfg.std))
            picture = ((picture * std + mean).clamp(0, 1) - mean) / std
        expected = model.encoder(picture)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_what_the_config_says_counts_more_than_the_source():
    name = "hf-hub:mwalmsley/zoobot-encoder-x"
    assert of(name, normalisation="morph") == InputRecipe(size=224)
    assert of(name, channels="grey", size=96).channels == "grey"
    given = of(name, normalisation="given", mean=(0.5,), std=(2.0,))
    assert (given.mean, given.std, given.size) == ((0.5,), (2.0,), 224)
    assert of(None, normalisation="imagenet").mean[0] == 0.485
    assert of("timm").clip
    assert not of("timm", FLUXES, normalisation="given", mean=(0,), std=(1,)).clip


@pytest.mark.parametrize(
    ("weights", "asked", "said"),
    [
        ("timm", {}, "the weights of timm are for pictures"),
        ("hf-hub:mwalmsley/zoobot-encoder-x", {}, "are for pictures"),
        (None, {"normalisation": "unit"}, "the normalisation 'unit' is for pictures"),
        (None, {"normalisation": "imagenet"}, "set image.input to"),
    ],
)
def test_fluxes_are_refused_by_encoders_of_pictures(weights, asked, said):
    with pytest.raises(MorphError, match=said):
        of(weights, FLUXES, **asked)


def test_a_file_without_a_card_is_read_as_before(tmp_path):
    path = tmp_path / "encoder.safetensors"
    save_file({"w": torch.zeros(1)}, path)
    assert of(str(path)) == MORPH
    assert of(str(path), FLUXES) == UNCHANGED


def test_the_card_of_a_file_says_encoder_and_input(tmp_path):
    path = tmp_path / "encoder.safetensors"
    card = {"encoder": ENCODER, "input": asdict(ZOOBOT)}
    save_file({"w": torch.zeros(1)}, path, {"morph": json.dumps(card)})
    assert of(str(path)) == ZOOBOT
    with pytest.raises(MorphError, match="are for pictures"):
        of(str(path), FLUXES)
    with pytest.raises(MorphError, match=f"Set model.encoder to '{ENCODER}'"):
        recipe_of(ModelConfig("resnet18", weights=str(path)), PICTURES)


@pytest.mark.parametrize("text", ["{", "[1]", '{"encoder": "test_convnext"}'])
def test_a_card_that_cannot_be_read_is_refused(tmp_path, text):
    path = tmp_path / "encoder.safetensors"
    save_file({"w": torch.zeros(1)}, path, {"morph": text})
    with pytest.raises(MorphError, match="card"):
        of(str(path))


def test_a_model_fitted_here_passes_its_input_on(tmp_path):
    """And its encoder, whose names begin with "encoder."."""
    recipe, config = InputRecipe((0.0,), (1.0,), size=32), ModelConfig(ENCODER)
    model = make_model(config, len(GZD5.labels), 16, recipe=recipe)
    card = FittedModel(
        GZD5.name, GZD5.labels, PICTURES, config, 16, 0.262, ("s",), input=recipe
    )
    save_model(tmp_path, model, card)
    path = str(tmp_path / "model.safetensors")
    assert of(path) == recipe
    with pytest.raises(MorphError, match="was fitted to 'asinh' images"):
        of(path, FLUXES)
    with pytest.raises(MorphError, match=r"with Q = 20, and image\.q is 50; set"):
        of(path, ImageConfig(q=50.0))
    made = make_encoder(config)
    load_pretrained(made, ModelConfig(ENCODER, weights=path))
    for name, tensor in made.state_dict().items():
        assert torch.equal(tensor, model.encoder.state_dict()[name]), name
    again, found = load_model(tmp_path)
    assert (again.recipe, found.input) == (recipe, recipe)
    value = json.loads((tmp_path / "model.json").read_text())
    value.pop("input")  # as before there were recipes
    (tmp_path / "model.json").write_text(json.dumps(value))
    assert load_model(tmp_path)[0].recipe == MORPH


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"normalisation": "given"}, "give both"),
        ({"mean": [0.1]}, "give both"),
        ({"normalisation": "given", "mean": [0.1, 0.2], "std": [1]}, "one number or"),
        ({"normalisation": "given", "mean": [0.1], "std": [0]}, "std above 0"),
        ({"normalisation": "imagenet", "channels": "one"}, "normalisation of three"),
        ({"size": 4096}, "a value from 0 to 1024"),
    ],
)
def test_an_input_is_whole(value, said):
    with pytest.raises(MorphError, match=said):
        read_dataclass(InputConfig, value)
