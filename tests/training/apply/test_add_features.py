"""Add features to an existing release: tiny whole runs, and errors."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from morph.errors import MorphError
from morph.home import release_folder
from morph.images.store import open_store
from morph.images.uploaded_image import Seen, encoder_of
from morph.release.folder import verify_release
from morph.release.maps import maps_of
from morph.release.publish import publish_release
from morph.runs.config import read_config
from morph.runs.config_parts import ImageConfig, ModelConfig
from morph.runs.lifecycle import create_run, read_run
from morph.trees.decision_tree import GZD5
from tests.fraction_releases import write_fractions
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main
from training.encode import encode
from training.network.checkpoints import FittedModel, save_model
from training.network.encoders import make_encoder
from training.network.model import make_model
from training.pixels.galaxy_images import network_input


@pytest.fixture
def root(tmp_path):
    """An imported release of 40 galaxies, cutouts of 36 of them and 12 others."""
    store = open_store(write_tiny_store(tmp_path, "seen", survey="bmz", votes=False))
    index = store.index.head(36)[["iauname", "ra", "dec"]]
    blind = pd.DataFrame({"iauname": [f"blind-{i}" for i in range(4)]})
    galaxies = pd.concat([index, blind.assign(ra=10.0, dec=50.0)], ignore_index=True)
    write_fractions(
        tmp_path,
        "imported",
        galaxies,
        np.full((40, 34), 0.5),
        origin="demonstration",
        survey="bmz",
        title="Imported",
        note="A published table",
    )
    model = make_model(ModelConfig(), len(GZD5.labels))
    card = FittedModel(
        "gzd5",
        GZD5.labels,
        ImageConfig(),
        ModelConfig(),
        16,
        0.262,
        ("elsewhere",),
        tuple([0.5] * 34),
        "a model of a test",
    )
    fitted = create_run(tmp_path, "fitted", {"kind": "source", "stores": ["elsewhere"]})
    save_model(fitted / "checkpoints", model, card)
    return tmp_path


def config(release: dict | None = None, **changes) -> dict:
    given = {"release_id": "with-features", "stores": ["seen"]}
    given |= {"projection": {"epochs": 0, "neighbours": 5}} | (release or {})
    found = {"kind": "features", "model_run": "fitted", "parent": "imported"}
    return found | {"release": given} | changes


def test_a_release_gets_features_and_a_map(root):
    folder = create_run(root, "adding", config())
    assert main([str(folder)]) == 0, read_run(folder).error
    child = verify_release(folder / "release")
    parent = verify_release(release_folder(root, "imported"))
    assert (child.parent_release, child.parent_run) == ("imported", None)
    assert child.files["posteriors.parquet"] == parent.files["posteriors.parquet"]
    assert child.cutouts == ("seen",)
    assert child.note == (
        "A published table. Features of 36 of 40 galaxies; 4 have no image; 12 "
        "images are of other galaxies."
    )
    said = child.details.features
    assert (said["run"], said["galaxies"], said["without_picture"]) == ("adding", 36, 4)
    assert child.details.projection["neighbours"] == 5
    features = pd.read_parquet(folder / "release" / "features.parquet")
    place = pd.read_parquet(folder / "release" / "projection.parquet")
    names = {f"seen-{i:03d}" for i in range(36)}
    assert set(features["iauname"]) == set(place["iauname"]) == names
    assert place["trust"].between(0, 1).all()
    assert "# Model card for adding" in (
        folder / "release" / "features_card.md"
    ).read_text(encoding="utf-8")
    events = [json.loads(x) for x in (folder / "events.jsonl").read_text().splitlines()]
    assert "36 of 40" in next(e["says"] for e in events if e["event"] == "matched")


def bare_config(root, **changes) -> dict:
    """Of a run with a pretrained encoder, its weights on this machine."""
    path = root / "encoder.safetensors"
    if not path.exists():
        save_file(make_encoder(ModelConfig()).state_dict(), path)
    encoder = {"encoder": "small", "weights": str(path)}
    return config(encoder=encoder) | {"model_run": None} | changes


def test_a_pretrained_encoder_gives_features_as_it_is(root):
    seen = {"input": "raw", "q": 50.0, "crop": 12, "rebin": 1}
    folder = create_run(root, "adding", bare_config(root, image=seen))
    assert main([str(folder)]) == 0, read_run(folder).error
    child = verify_release(folder / "release")
    assert child.details.features["model"].endswith("not fitted to votes")
    card = (folder / "model_card.md").read_text(encoding="utf-8")
    assert "not trained on votes, so it predicts no answers" in card
    assert "Expected vote fractions" not in card
    assert "Votes used: none." in card
    again = read_config(json.loads(card.split("```json")[1].split("```")[0]))
    assert again.image == ImageConfig(**seen)
    found = pd.read_parquet(folder / "release" / "features.parquet")
    encoder = make_encoder(ModelConfig()).eval()
    encoder.load_state_dict(load_file(root / "encoder.safetensors"))
    store = open_store(root / "cutouts" / "seen")
    with torch.no_grad():
        flux = torch.from_numpy(store.pixels[:3, :, 2:14, 2:14].copy())
        expected = encoder(network_input(flux, ImageConfig(**seen)))
    own = found.set_index("iauname").loc[store.index["iauname"][:3], "feature"]
    np.testing.assert_allclose(np.stack(own), expected, rtol=2e-2, atol=2e-2)
    assert encoder_of(root, child).run == folder  # for pictures of one's own


def test_an_image_gets_answers_only_from_a_model_fitted_to_votes(root, tmp_path):
    """The head of a bare encoder is random."""
    folder = create_run(root, "adding", bare_config(root))
    assert main([str(folder)]) == 0, read_run(folder).error
    flux = open_store(root / "cutouts" / "seen").pixels[0]
    np.save(tmp_path / "image.npy", flux.astype(np.float32))
    for run, knows in ((folder, False), (root / "runs" / "fitted", True)):
        encode(run, tmp_path / "image.npy", tmp_path / "out.npz")
        with np.load(tmp_path / "out.npz") as found:
            seen = Seen(found["features"], found["concentration"])
        assert np.isfinite(seen.features).all() and seen.features.any()
        expected = seen.expected(GZD5)
        assert expected.shape == (34,)
        if knows:
            assert expected[:3].sum() == pytest.approx(1)
        else:
            assert np.isnan(expected).all()


def test_an_encoder_that_has_no_answers_predicts_none(root):
    folder = create_run(root, "adding", bare_config(root))
    assert main([str(folder)]) == 0, read_run(folder).error
    release = {"release_id": "r", "stores": ["seen"], "projection": None}
    applied = {"kind": "predict", "model_run": "adding", "release": release}
    folder = create_run(root, "applied", applied)
    assert main([str(folder)]) == 1
    assert "it has features and no answers" in read_run(folder).error


def test_another_encoder_adds_a_second_map_and_keeps_the_first(root):
    first = create_run(root, "adding", config())
    assert main([str(first)]) == 0, read_run(first).error
    before = publish_release(first, root / "releases")
    further = {"name": "other", "words": "The encoder alone"}
    changes = {"parent": "with-features", "map": further}
    given = bare_config(root, **changes)
    given["release"] |= {
        "release_id": "two-maps",
        "projection": {"epochs": 0, "neighbours": 7},
    }
    folder = create_run(root, "again", given)
    assert main([str(folder)]) == 0, read_run(folder).error
    child = publish_release(folder, root / "releases")
    assert child.parent_release == "with-features"
    assert {n: child.files[n] for n in before.files} == before.files
    assert child.details.features == before.details.features
    assert "Map other: features of 36 of 40 galaxies" in child.note
    umap, other = maps_of(child)
    assert umap.columns == ("umap_x", "umap_y", "trust")
    assert umap.settings == before.details.projection
    assert (other.words, other.features) == (
        "The encoder alone",
        "features_other.parquet",
    )
    assert other.settings["neighbours"] == 7 and other.model.endswith(
        "not fitted to votes"
    )
    table = pd.read_parquet(folder / "release" / "projection_other.parquet")
    assert list(table.columns) == ["iauname", "other_x", "other_y", "other_trust"]
    assert set(table["iauname"]) == {f"seen-{i:03d}" for i in range(36)}
    assert "Model card for again" in (
        folder / "release" / "map_other_card.md"
    ).read_text(encoding="utf-8")
    assert encoder_of(root, child) == encoder_of(root, before)  # that of similarity


def test_the_same_encoder_adds_a_map_of_other_settings_without_its_features(root):
    first = create_run(root, "adding", config())
    assert main([str(first)]) == 0, read_run(first).error
    publish_release(first, root / "releases")
    changes = {"parent": "with-features", "map": {"name": "wide"}}
    release = {"release_id": "two-maps", "projection": {"epochs": 0, "neighbours": 20}}
    folder = create_run(root, "again", config(release, **changes))
    assert main([str(folder)]) == 0, read_run(folder).error
    child = verify_release(folder / "release")
    assert "features_wide.parquet" not in child.files
    assert [one.features for one in maps_of(child)] == ["features.parquet"] * 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"map": {"name": "other"}}, "release imported has no map yet"),
        (
            {"map": {"name": "other"}, "release": {"projection": None}},
            "map is given, 'other', but release.projection is null",
        ),
    ],
)
def test_a_further_map_needs_a_first_and_settings(root, changes, said):
    given = config(changes.pop("release", None), **changes)
    folder = create_run(root, "adding", given)
    assert main([str(folder)]) == 1
    assert said in read_run(folder).error


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_run": "fitted"}, "set exactly one of model_run"),
        ({"encoder": None}, "set exactly one of model_run"),
        ({"encoder": {"encoder": "small"}}, "encoder.weights is null"),
        (
            {"model_run": "fitted", "encoder": None, "image": {"q": 50.0}},
            "image applies only to a pretrained encoder",
        ),
    ],
)
def test_one_model_is_named_and_it_has_learnt(root, changes, said):
    with pytest.raises(MorphError, match=said):
        read_config(bare_config(root, **changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parent": "nowhere"}, "not a finished release"),
        ({"release": {"release_id": "imported"}}, "needs a new name"),
        ({"release": {"passes": 3}}, "features have no passes"),
        ({"release": {"stores": ["seen", "again"]}}, "48 galaxies have two images"),
        ({"release": {"stores": ["other"]}}, "none of the 48 images"),
        ({"release": {"stores": ["south"]}}, "the survey of south is decals"),
        ({"model_run": "nobody"}, "has no fitted model"),
    ],
)
def test_what_cannot_be_attached_is_refused_before_anything_is_encoded(
    root, changes, said
):
    write_tiny_store(root, "again", survey="bmz", called="seen", seed=1)
    write_tiny_store(root, "other", survey="bmz")
    write_tiny_store(root, "south")
    given = dict(changes)
    folder = create_run(root, "adding", config(given.pop("release", None), **given))
    assert main([str(folder)]) == 1
    assert said in read_run(folder).error
    assert not (folder / "release").exists()
