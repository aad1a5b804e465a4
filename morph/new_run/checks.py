"""What is wrong with the configuration of a new run, given what is in MORPH_HOME.

The same is refused by the run itself, some of it only after a long fit.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from morph.errors import MorphError
from morph.home import checked_name, cutouts_folder
from morph.images.store import read_table
from morph.images.store_manifest import Look, as_cropped, lacking_bands
from morph.new_run.ingredients import Ingredients, Model, Store
from morph.new_run.published_encoders import fluxes_given
from morph.runs import config as run_config
from morph.runs.config import KINDS, AdaptConfig, RunConfig, SourceConfig, read_config
from morph.runs.config_parts import ImageConfig
from morph.runs.settings import Setting, each_setting, settings_of, value_at
from morph.trees.decision_tree import tree_called

_NEW = ("release.release_id", "map.name")  # they name what the run makes
_FITTED = ("stores", "source_stores")  # their votes are learnt
_JUDGED = ("release.stores", "evaluate.store")  # their votes are read if there are any
_OWN_ANSWERS = ("features", "finetune")  # kinds that need no votes, nor a fitted model
_LISTED = 8  # names in a message


def problems_of(config: Mapping[str, Any], found: Ingredients) -> dict[str, str]:
    """Path -> what is wrong with it; "" for what concerns several settings."""
    wrong = run_config.problems_of(config)
    if "kind" in wrong:
        return wrong
    missing = dict(_missing(config, found, wrong))
    if wrong or missing:
        return wrong | missing
    unfit: dict[str, list[str]] = {}
    for path, problem in _unfit(read_config(config), found):
        unfit.setdefault(path, []).append(problem)
    return {path: "; ".join(dict.fromkeys(said)) for path, said in unfit.items()}


def name_problem(run_id: str, found: Ingredients) -> str:
    """What is wrong with the name of a new run, or ""."""
    try:
        checked_name(run_id, what="run")
    except MorphError as error:
        return str(error)
    taken = run_id in found.runs
    return f"there is already a run {run_id!r}; choose another name" if taken else ""


def waited_for(config: RunConfig, found: Ingredients) -> list[str]:
    """The runs in progress that a run would wait for, since they make its models."""
    return [one.run_id for one in _models(config, found) if not one.finished]


def shared_galaxies(root: Path, config: RunConfig, found: Ingredients) -> str:
    """Why the model must not be evaluated on the store it names, or "".

    Reads the names of all galaxies in the stores concerned.
    """
    if config.evaluate is None or config.evaluate.store not in found.stores:
        return ""
    names = _names(root, config.evaluate.store)
    for learnt in learnt_stores(config, found):
        if learnt not in found.stores:
            continue
        shared = np.intersect1d(names, _names(root, learnt))
        if len(shared):
            return (
                f"evaluate.store is {config.evaluate.store!r}, which shares "
                f"{len(shared):,} galaxies with {learnt}, whose votes the model learns "
                f"from (first: {shared[0]}); name a store with other galaxies"
            )
    return ""


def mixed_release(config: RunConfig, found: Ingredients) -> str:
    """Why the stores that a release names cannot be in one, or ""."""
    names = config.release.stores if config.release is not None else ()
    manifests = [found.stores[name].manifest for name in names if name in found.stores]
    for what in ("survey", "origin"):
        values = sorted({getattr(manifest, what) for manifest in manifests})
        if len(values) > 1:
            return (
                f"release.stores differ in {what}: {', '.join(values)}; a release has "
                "one, so make a release of each"
            )
    return ""


def learnt_stores(config: RunConfig, found: Ingredients) -> set[str]:
    """Cutout stores that the model of a run has learnt from at its end."""
    if isinstance(config, SourceConfig):
        return set(config.stores)
    own: set[str] = set()
    if isinstance(config, AdaptConfig):
        choice = config.choice
        own = {*config.learnt_stores, *choice.source_stores, *choice.target_stores}
    return own.union(*(model.stores for model in _models(config, found)))


def _missing(
    config: Mapping[str, Any], found: Ingredients, wrong: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Settings that name what is not there, or what is there already."""
    for setting in each_setting(settings_of(KINDS[config["kind"]])):
        value = value_at(config, setting.path)
        if not setting.names or value is None or setting.path in wrong:
            continue
        if setting.path in _NEW:
            if setting.path == "release.release_id" and value in found.releases:
                yield (
                    setting.path,
                    f"{setting.path} is {value!r}, the name of an existing release; "
                    "choose another",
                )
            continue
        yield from _absent(setting, value if setting.several else [value], found)


def _absent(
    setting: Setting, names: list[str], found: Ingredients
) -> Iterator[tuple[str, str]]:
    there = found.names(setting.names)
    for name in names:
        if name not in there:
            known = ", ".join(there[:_LISTED])
            rest = f". Expected one of: {known}" if known else ", and none exists yet"
            what = "run with a model" if setting.names == "run" else setting.names
            yield (
                setting.path,
                f"{setting.path} is {name!r}; there is no {what} of that name{rest}",
            )
            return


def _unfit(config: RunConfig, found: Ingredients) -> Iterator[tuple[str, str]]:
    """What is there but does not fit this run."""
    models = _models(config, found)
    looks = [(f"the model of {model.run_id} takes", model.look) for model in models]
    image = models[0].image if models else _image(config)
    for path, names in _stores(config):
        stores = [found.stores[name] for name in names]
        if config.kind not in _OWN_ANSWERS:
            if path in _FITTED:
                yield from _without_votes(path, stores)
            if path in _FITTED or path in _JUDGED:
                yield from _other_votes(path, stores, config.tree)
        yield from _without_bands(path, stores)
        # Without a model, the stores that it will be fitted to come first.
        for store in stores:
            yield from _other_look(path, store, image, looks)
    for model in models:
        if not model.look.fits(models[0].look):
            yield (
                "ensemble",
                f"ensemble is {model.run_id!r}, whose model takes {model.look}, but "
                f"that of {models[0].run_id} takes {models[0].look}; choose models of "
                "the same images",
            )
        if model.tree != config.tree and config.kind != "finetune":
            yield (
                "tree",
                f"tree is {config.tree!r}, but that of the model of {model.run_id} is "
                f"{model.tree!r}; set tree to {model.tree!r}, or choose another model",
            )
        if not model.fitted and config.kind not in _OWN_ANSWERS:
            yield (
                "model_run",
                f"model_run is {model.run_id!r}, a pretrained encoder, which was not "
                "fitted to votes; choose another model",
            )
    if problem := fluxes_given(config):
        yield "image.input", problem
    if mixed := mixed_release(config, found):
        yield "release.stores", mixed
    if config.evaluate is not None:
        yield from _not_labelled(config, found.stores[config.evaluate.store])


def _models(config: RunConfig, found: Ingredients) -> list[Model]:
    """The existing models that a run applies or adapts."""
    first = getattr(config, "model_run", None)
    names = ([first] if first else []) + list(getattr(config, "ensemble", ()))
    return [found.models[name] for name in names if name in found.models]


def _stores(config: RunConfig) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path in ("stores", "source_stores", "target_stores"):
        yield path, getattr(config, path, ())
    if isinstance(config, AdaptConfig):
        parts = {"choice": config.choice}
        if "distillation" in config.steps:
            parts["pairs"] = config.pairs
        for name, part in parts.items():
            yield f"{name}.source_stores", part.source_stores
            yield f"{name}.target_stores", part.target_stores
    if config.release is not None:
        yield "release.stores", config.release.stores
    if config.evaluate is not None:
        yield "evaluate.store", (config.evaluate.store,)


def _without_votes(path: str, stores: list[Store]) -> Iterator[tuple[str, str]]:
    for store in stores:
        if not store.votes:
            yield (
                path,
                f"{path} is {store.name!r}, which has no votes; choose a cutout store "
                "with votes",
            )


def _other_votes(
    path: str, stores: list[Store], tree: str
) -> Iterator[tuple[str, str]]:
    """Stores whose votes are those of another tree."""
    labels = tree_called(tree).labels
    for store in stores:
        lacking = [label for label in labels if label not in store.vote_columns]
        if store.votes and lacking:
            yield (
                path,
                f"{path} is {store.name!r}, whose votes lack {len(lacking)} of the "
                f"{len(labels)} answers of the tree {tree} (first: {lacking[0]}); "
                "choose another store, or set tree to that of its votes",
            )


def _without_bands(path: str, stores: list[Store]) -> Iterator[tuple[str, str]]:
    for store in stores:
        if problem := lacking_bands(store.name, store.manifest):
            yield path, f"{path}: {problem}"


def _image(config: RunConfig) -> ImageConfig:
    """How a run that applies no existing model makes images of cutouts."""
    return getattr(config, "image", None) or ImageConfig()


def _other_look(
    path: str, store: Store, image: ImageConfig, looks: list[tuple[str, Look]]
) -> Iterator[tuple[str, str]]:
    """Whether a store gives the images of the first of ``looks``; it is added there."""
    try:
        look = store.look(image)
    except MorphError as error:
        yield path, f"{path}: {error}"
        return
    looks.append((f"{store.name} has cutouts of", look))
    name, needed = looks[0]
    if not look.fits(needed):
        yield (
            path,
            f"{path} is {store.name!r}, with cutouts of {look}{as_cropped(image)}; "
            f"{name} {needed}. Choose stores of the same size and scale",
        )


def _not_labelled(config: RunConfig, store: Store) -> Iterator[tuple[str, str]]:
    half = config.evaluate.half
    if not store.labelled:
        yield (
            "evaluate.store",
            f"evaluate.store is {store.name!r}, which has neither votes nor true vote "
            "fractions; choose a labelled store",
        )
    elif half != "all" and not store.halves:
        yield (
            "evaluate.half",
            f"evaluate.half is {half!r}, but {store.name} is not divided into halves; "
            'choose "all"',
        )


def _names(root: Path, store: str) -> np.ndarray:
    path = cutouts_folder(root, store) / "index.parquet"
    return read_table(path, ["iauname"])["iauname"].to_numpy()
