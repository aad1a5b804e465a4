"""Add a model's features and their map to an existing release."""

from dataclasses import replace
from typing import Any

import pandas as pd
import torch
from lightning_fabric import Fabric

from morph.errors import MorphError
from morph.home import release_folder
from morph.images.store import CutoutStore
from morph.release.attach_features import (
    ImageMatch,
    add_map,
    attach_features,
    checked_new_map,
    match,
)
from morph.release.details import FIRST_MAP, Details
from morph.release.folder import MANIFEST, Manifest, verify_release
from morph.report.card import CARD
from morph.runs.active_run import Run
from morph.runs.config import FeaturesConfig, RunConfig
from morph.runs.config_parts import ImageConfig, ReleaseConfig
from morph.trees.decision_tree import DecisionTree
from training.apply.predict import Prediction
from training.apply.release_of_run import feature_table, read_projection
from training.network.checkpoints import FittedModel, of_look, save_model
from training.network.model import make_model
from training.network.published_input import recipe_of
from training.pixels.galaxy_images import open_stores

OWN_CARD = "features_card.md"  # the parent's card describes its posteriors
_LEAST_ON_MAP = 3


def matched(run: Run, config: FeaturesConfig) -> ImageMatch:
    """Match the cutouts' galaxies with the parent's; refuse what cannot be attached."""
    parent = release_folder(run.root, config.parent)
    manifest = verify_release(parent)
    _check_parent(config, manifest)
    release = config.release
    whole = ImageConfig()  # only their galaxies matter
    stores = open_stores(run.root, release.stores, whole, first=release.first)
    for store in stores:
        _check_same_survey(store, manifest)
    names = pd.concat([store.index["iauname"] for store in stores])
    found = match(parent, names.to_numpy())
    if config.release.projection is not None and len(found.rows) < _LEAST_ON_MAP:
        raise MorphError(
            f"{found.words}: too few for a map; set release.projection to null"
        )
    return found


def keep_encoder(
    run: Run, fabric: Fabric, config: FeaturesConfig, tree: DecisionTree
) -> None:
    """Save the pretrained encoder in the run's checkpoints; its head is not used."""
    matched(run, config)  # before any download
    image = config.image or ImageConfig()
    store = open_stores(run.root, config.release.stores, image)[0]
    encoder, look = config.encoder, store.look
    recipe = recipe_of(encoder, image)
    torch.manual_seed(config.seed)
    card = FittedModel(
        tree=tree.name,
        labels=tree.labels,
        image=image,
        model=encoder,
        **of_look(look),
        description=f"{encoder.encoder} encoder with the weights of {encoder.weights} "
        f"(input: {recipe.words}), not fitted to votes",
        survey=store.manifest.survey,
        input=recipe,
    )
    if fabric.is_global_zero:
        model = make_model(encoder, len(tree.labels), look.size, recipe=recipe)
        save_model(run.folder / "checkpoints", model, card)
    fabric.barrier()


def map_name(config: RunConfig) -> str:
    """The name of the map that a run makes."""
    further = config.map if isinstance(config, FeaturesConfig) else None
    return FIRST_MAP if further is None else further.name


def of_parent(prediction: Prediction, found: ImageMatch) -> Prediction:
    """The prediction for galaxies of the parent only."""
    return Prediction(
        prediction.names[found.rows],
        prediction.concentration[found.rows],
        prediction.features[found.rows],
    )


def write_release_with_features(
    run: Run,
    config: FeaturesConfig,
    prediction: Prediction,
    model: FittedModel,
    *,
    details: Details,
) -> Manifest:
    """Write the run's release, or return it if it exists."""
    folder = run.folder / "release"
    if (folder / MANIFEST).exists():
        return verify_release(folder)
    parent = release_folder(run.root, config.parent)
    inherited, found = verify_release(parent), matched(run, config)
    table = feature_table(of_parent(prediction, found))
    attached = _attached(run, config, model, found)
    target = (folder, parent, table, read_projection(run.folder))
    card = (run.folder / CARD).read_text(encoding="utf-8")
    if config.map is None:
        return attach_features(
            *target,
            changes=_changes(config.release, inherited, found.words),
            details=replace(details, features=attached),
            documents={OWN_CARD: card},
        )
    name = config.map.name
    words = config.map.words or f"UMAP of the features of the run {run.folder.name}"
    return add_map(
        *target,
        name=name,
        record={"words": words, "projection": details.projection, "features": attached},
        changes=_changes(config.release, inherited, f"map {name}: {found.words}"),
        documents={f"map_{name}_card.md": card},
    )


def _attached(
    run: Run, config: FeaturesConfig, model: FittedModel, found: ImageMatch
) -> dict[str, Any]:
    """Where the features are from, for the details of the release."""
    return {
        "run": run.folder.name,
        "config": run.config,
        "model": model.description,
        "stores": list(config.release.stores),
        "galaxies": len(found.rows),
        "without_picture": found.without_image,
        "not_in_release": found.not_in_release,
    }


def _changes(asked: ReleaseConfig, given: Manifest, matched: str) -> dict[str, Any]:
    """Differences of the child's manifest from its parent's."""
    return {
        "release_id": asked.release_id,
        "title": asked.title or given.title,
        "note": _sentences(given.note, asked.note, matched),
        "citation": asked.citation or given.citation,
        "cutouts": tuple(dict.fromkeys([*given.cutouts, *asked.stores])),
    }


def _check_parent(config: FeaturesConfig, manifest: Manifest) -> None:
    """Refuse a config that contradicts the parent's manifest."""
    if config.release.release_id == config.parent:
        raise MorphError(
            f"release.release_id is the parent's, {config.parent!r}; the release with "
            "features needs a new name"
        )
    if config.release.passes:
        raise MorphError(
            f"release.passes is {config.release.passes}, but features have no passes; "
            "leave it out"
        )
    if manifest.tree != config.tree:
        raise MorphError(
            f"the release {config.parent} follows the tree {manifest.tree!r}, and this "
            f"run's tree is {config.tree!r}; name another parent, or set tree to "
            f"{manifest.tree!r}"
        )
    if config.map is not None:
        checked_new_map(manifest, config.map.name)


def _check_same_survey(store: CutoutStore, manifest: Manifest) -> None:
    """Raise MorphError for cutouts of another survey or origin than the release."""
    for what in ("survey", "origin"):
        of_store, expected = getattr(store.manifest, what), getattr(manifest, what)
        if of_store != expected:
            raise MorphError(
                f"the {what} of {store.folder.name} is {of_store}, but that of the "
                f"release {manifest.release_id} is {expected}; name a cutout store "
                "of its galaxies"
            )


def _sentences(*parts: str) -> str:
    """Notes joined, each as a sentence."""
    notes = [part.strip() for part in parts if part.strip()]
    return " ".join(
        part[0].upper() + part[1:] + ("" if part[-1] in ".!?" else ".")
        for part in notes
    )
