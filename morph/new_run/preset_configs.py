"""Configurations that presets begin with, filled in with what is in MORPH_HOME.

What is not there is left out.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from morph.new_run import demonstration, ye2025
from morph.new_run.ingredients import Ingredients, Model, next_name

Config = dict[str, Any]

SMOKE = 256  # galaxies of a smoke test


def smoke(found: Ingredients) -> Config:
    """Everything that a source run does, on a few galaxies."""
    store = found.first_store(votes=True)
    stores = [store] if store else []
    return {
        "kind": "source",
        "stores": stores,
        "first": SMOKE,
        "held_out": 0.25,
        "fit": {"epochs": 2},
        "release": {
            "release_id": _release_name(found, "smoke-test"),
            "stores": stores,
            "first": SMOKE,
            "title": "Smoke test",
            "note": "A model fitted for only a few seconds: its predictions are "
            "meaningless.",
            "projection": {"epochs": 0},
        },
    }


def source(found: Ingredients) -> Config:
    """A fit to the votes of the largest store with votes."""
    store = found.first_store(votes=True)
    config = {"kind": "source", "stores": [store] if store else []}
    return config | _evaluated(found, set(config["stores"]))


def pretrained_source(found: Ingredients) -> Config:
    """A fit of published weights: the new head first, early stages slower."""
    return source(found) | {
        "model": {"encoder": "convnext_nano", "weights": "timm", "drop_path": 0.1},
        "fit": {
            "learning_rate": 1e-3,
            "augment": {"zoom": 0.25, "zoomed": 0.5},
        },
        "transfer": {"head_epochs": 2, "stage_decay": 0.7},
    }


def adapting(method: str) -> Callable[[Ingredients], Config]:
    """What configures an adaptation of the newest source model by a method."""

    def make(found: Ingredients) -> Config:
        model = _newest(found, "source")
        survey = model.survey if model else ""
        target = found.first_store(votes=False, survey_not=survey)
        config: Config = {"kind": "adapt", "method": method}
        config |= {"model_run": model.run_id} if model else {}
        config["source_stores"] = [
            name for name in (model.stores if model else ()) if name in found.stores
        ]
        config["target_stores"] = [target] if target else []
        config["release"] = {
            "release_id": _release_name(found, f"{target or 'target'}-adapted"),
            "stores": config["target_stores"],
            "passes": 25,
        }
        seen = {*config["source_stores"], *config["target_stores"]}
        of_target = found.stores[target].manifest.survey if target else ""
        return config | _evaluated(found, seen, of_target)

    return make


def predict(found: Ingredients) -> Config:
    """The newest model applied to the largest store without votes."""
    model, store = _newest(found), found.first_store(votes=False)
    name = f"{store or 'store'}-predicted"
    return _applied(model) | {
        "kind": "predict",
        "release": {
            "release_id": _release_name(found, name),
            "stores": [store] if store else [],
        },
    }


def ensemble(found: Ingredients) -> Config:
    """As `predict`, with up to four other models that take the same images."""
    config, newest = predict(found), _newest(found)
    if newest is None:
        return config
    others = [
        one.run_id
        for one in found.models.values()
        if one.run_id != newest.run_id
        and one.fitted
        and one.finished
        and one.tree == newest.tree
        and one.look.fits(newest.look)
    ]
    return config | {"ensemble": others[:4]}


def evaluate(found: Ingredients) -> Config:
    """The newest model compared with votes that it has not learnt from."""
    model = _newest(found)
    seen = set(model.stores if model else ())
    config = _applied(model) | {"kind": "evaluate"}
    return config | (_evaluated(found, seen) or {"evaluate": {}})


def features(found: Ingredients) -> Config:
    """Features and a map of the newest model for the first release."""
    model = _newest(found)
    config: Config = _applied(model) | {"kind": "features"}
    parent = next(iter(found.releases.values()), None)
    stores = [] if parent is None else [s for s in parent.cutouts if s in found.stores]
    name = "release-map" if parent is None else f"{parent.release_id}-map"
    config |= {} if parent is None else {"parent": parent.release_id}
    release = {"release_id": _release_name(found, name), "stores": stores}
    return config | {"release": release}


def finetune(found: Ingredients) -> Config:
    """The newest model taught a question of the page Label, in the first release."""
    model = _newest(found)
    stores = [] if model is None else [s for s in model.stores if s in found.stores]
    config = _applied(model) | {"kind": "finetune", "stores": stores}
    config["question"] = {"text": "Is there a ring?", "answers": ["Ring", "No ring"]}
    parents = [one for one in found.releases.values() if set(one.cutouts) & set(stores)]
    if not parents:
        return config
    parent = parents[0]
    release = {
        "parent": parent.release_id,
        "release_id": _release_name(found, f"{parent.release_id}-ring"),
        "stores": [name for name in parent.cutouts if name in found.stores],
    }
    return config | {"release": release}


def copied(config: Config, run_id: str, found: Ingredients) -> Config:
    """The configuration of a run, with a new name for its release."""
    release = config.get("release")
    if not isinstance(release, dict):
        return dict(config)
    name = _release_name(found, str(release.get("release_id", run_id)))
    return config | {"release": release | {"release_id": name}}


def _newest(found: Ingredients, kind: str = "") -> Model | None:
    """The newest model fitted to votes: to whole stores, and of a kind, if possible."""
    fitted = [one for one in found.models.values() if one.fitted and one.finished]
    return max(fitted, key=lambda one: (one.whole, one.kind == kind), default=None)


def _applied(model: Model | None) -> Config:
    return {} if model is None else {"model_run": model.run_id}


def _evaluated(found: Ingredients, seen: set[str], survey: str = "") -> Config:
    """Evaluation on a labelled store with halves that was not learnt from, if any.

    With ``survey``, on one of its images.
    """
    fit = [
        one
        for one in found.stores.values()
        if one.labelled and one.name not in seen and survey in ("", one.manifest.survey)
    ]
    best = max(fit, key=lambda s: (s.halves, s.manifest.galaxies), default=None)
    if best is None:
        return {}
    half = {} if best.halves else {"half": "all"}
    return {"evaluate": {"store": best.name} | half}


def _release_name(found: Ingredients, called: str) -> str:
    return next_name(called, {*found.releases, *found.planned})


def scratch_source(found: Ingredients) -> Config:
    """The demonstration's source model, fitted from scratch."""
    name = _release_name(found, demonstration.SOURCE_RELEASE)
    return demonstration.source(name, title="Simulated DECaLS: a source model")


def scratch_adapted(found: Ingredients, model_run: str) -> Config:
    """The demonstration's adaptation of ``model_run``."""
    name = _release_name(found, demonstration.ADAPTED_RELEASE)
    title = f"Simulated BASS+MzLS: adapted from the model of {model_run}"
    return demonstration.adapted(name, model_run, title=title)


def _ye2025_stores(found: Ingredients, *, votes: bool, survey_not: str = "") -> str:
    """The largest store of 256-pixel cutouts, or of any where there is none; or ""."""
    large = {n: s for n, s in found.stores.items() if s.manifest.size == ye2025.SIZE}
    for stores in (large, found.stores):
        among = replace(found, stores=stores)
        if store := among.first_store(votes=votes, survey_not=survey_not):
            return store
    return ""


def ye2025_source(found: Ingredients) -> Config:
    """The source model of Ye et al. 2025."""
    store = _ye2025_stores(found, votes=True)
    return ye2025.source([store] if store else [])


def ye2025_adapted(found: Ingredients, model_run: str) -> Config:
    """The adaptation of Ye et al. 2025, of ``model_run``."""
    source = _ye2025_stores(found, votes=True)
    survey = found.stores[source].manifest.survey if source else ""
    target = _ye2025_stores(found, votes=False, survey_not=survey)
    name = _release_name(found, f"{target or 'target'}-ye2025")
    learnt, applied = ([one] if one else [] for one in (source, target))
    return ye2025.adapted(model_run, learnt, applied, name)
