"""Configurations to begin a new run with, filled in with what is in MORPH_HOME."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from morph.new_run import demonstration, ye2025
from morph.new_run.ingredients import Ingredients, Model, next_name
from morph.release.manifest import SIMULATED
from morph.runs.config_adaptation import PRESETS as METHODS

Config = dict[str, Any]

_SMOKE = 256  # galaxies


@dataclass(frozen=True)
class Preset:
    """A configuration to begin with; ``make`` leaves out what is not there."""

    key: str
    title: str
    words: str
    called: str  # the beginning of the run's name
    make: Callable[[Ingredients], Config]
    # Of a run that is started with it and waits for its model: the beginning of its
    # name, and its configuration for the name of the first.
    then_called: str = ""
    then: Callable[[Ingredients, str], Config] | None = None


def _smoke(found: Ingredients) -> Config:
    """Everything that a source run does, on a few galaxies."""
    store = found.first_store(votes=True)
    stores = [store] if store else []
    return {
        "kind": "source",
        "stores": stores,
        "first": _SMOKE,
        "held_out": 0.25,
        "fit": {"epochs": 2},
        "release": {
            "release_id": _release_name(found, "smoke-test"),
            "stores": stores,
            "first": _SMOKE,
            "title": "Smoke test",
            "note": "A model fitted for only a few seconds: its predictions are "
            "meaningless.",
            "projection": {"epochs": 0},
        },
    }


def _source(found: Ingredients) -> Config:
    store = found.first_store(votes=True)
    config = {"kind": "source", "stores": [store] if store else []}
    return config | _evaluated(found, set(config["stores"]))


def _pretrained_source(found: Ingredients) -> Config:
    """A fit of published weights: the new head first, early stages slower."""
    return _source(found) | {
        "model": {"encoder": "convnext_nano", "weights": "timm", "drop_path": 0.1},
        "fit": {
            "learning_rate": 1e-3,
            "augment": {"zoom": 0.25, "zoomed": 0.5},
        },
        "transfer": {"head_epochs": 2, "stage_decay": 0.7},
    }


def _adapting(method: str) -> Callable[[Ingredients], Config]:
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


def _predict(found: Ingredients) -> Config:
    model, store = _newest(found), found.first_store(votes=False)
    name = f"{store or 'store'}-predicted"
    return _applied(model) | {
        "kind": "predict",
        "release": {
            "release_id": _release_name(found, name),
            "stores": [store] if store else [],
        },
    }


def _ensemble(found: Ingredients) -> Config:
    config, newest = _predict(found), _newest(found)
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


def _evaluate(found: Ingredients) -> Config:
    model = _newest(found)
    seen = set(model.stores if model else ())
    config = _applied(model) | {"kind": "evaluate"}
    return config | (_evaluated(found, seen) or {"evaluate": {}})


def _features(found: Ingredients) -> Config:
    model = _newest(found)
    config: Config = _applied(model) | {"kind": "features"}
    parent = next(iter(found.releases.values()), None)
    stores = [] if parent is None else [s for s in parent.cutouts if s in found.stores]
    name = "release-map" if parent is None else f"{parent.release_id}-map"
    config |= {} if parent is None else {"parent": parent.release_id}
    release = {"release_id": _release_name(found, name), "stores": stores}
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


_METHOD_WORDS = {
    "none": "Applies the source model unchanged, for comparison.",
    "fast": "Estimates the batch-norm statistics on the target; takes minutes.",
    "physical": "A short fit on source images with the seeing and noise of the target: "
    "a fifth of the epochs of physical+.",
    "physical+": "A long fit on source images with the seeing and noise of the target; "
    "the smallest errors on simulated surveys.",
    "pairs": "Like physical, followed by distillation on galaxies in both surveys.",
    "paper": "Pseudo-labels from spherical k-means (Ye et al. 2025).",
}


def _scratch_source(found: Ingredients) -> Config:
    name = _release_name(found, demonstration.SOURCE_RELEASE)
    return demonstration.source(name, title="Simulated DECaLS: a source model")


def _scratch_adapted(found: Ingredients, model_run: str) -> Config:
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


def _ye2025_source(found: Ingredients) -> Config:
    store = _ye2025_stores(found, votes=True)
    return ye2025.source([store] if store else [])


def _ye2025_adapted(found: Ingredients, model_run: str) -> Config:
    source = _ye2025_stores(found, votes=True)
    survey = found.stores[source].manifest.survey if source else ""
    target = _ye2025_stores(found, votes=False, survey_not=survey)
    name = _release_name(found, f"{target or 'target'}-ye2025")
    learnt, applied = ([one] if one else [] for one in (source, target))
    return ye2025.adapted(model_run, learnt, applied, name)


_ALL = (
    Preset(
        "smoke",
        "Smoke test",
        f"Runs every stage on {_SMOKE} galaxies, to check this computer.",
        "smoke",
        _smoke,
    ),
    Preset(
        "source",
        "Source model",
        "Fits a model to the votes of one survey.",
        "source",
        _source,
    ),
    Preset(
        "pretrained",
        "Source model, pretrained",
        "Fits an encoder with published weights to the votes of one survey: first a "
        "new head, then the encoder too, its early stages more slowly.",
        "pretrained",
        _pretrained_source,
    ),
    *(
        Preset(
            f"adapt-{method}",
            f"Adaptation: {method}",
            _METHOD_WORDS[method],
            "adaptation",
            _adapting(method),
        )
        for method in ("physical+", *(m for m in METHODS if m != "physical+"))
    ),
    Preset(
        "ye2025",
        "Ye et al. 2025",
        "The source model of the paper, on fluxes of 256-pixel cutouts, and its "
        "adaptation by spherical k-means. Needs a GPU with 24 GiB.",
        "ye2025-source",
        _ye2025_source,
        "ye2025-adapted",
        _ye2025_adapted,
    ),
    Preset(
        "predict",
        "Predict a store",
        "Applies a fitted model to all galaxies of a cutout store.",
        "prediction",
        _predict,
    ),
    Preset(
        "ensemble",
        "Ensemble",
        "Applies several fitted models to a cutout store and averages them.",
        "ensemble",
        _ensemble,
    ),
    Preset(
        "evaluate",
        "Evaluate a model",
        "Compares a model's predictions with votes it has not learnt from.",
        "evaluation",
        _evaluate,
    ),
    Preset(
        "features",
        "Add features and a map",
        "Adds image features and a map to a release, such as an imported table.",
        "features",
        _features,
    ),
    Preset(
        "demonstration",
        "Demonstration from scratch",
        "Fits the source model of the demonstration to its simulated votes, then "
        "adapts it to the other survey, as `make demo-train` does. Needs the images "
        "that `make demo` simulates.",
        demonstration.SOURCE_RUN,
        _scratch_source,
        demonstration.ADAPTED_RUN,
        _scratch_adapted,
    ),
)


def _with_real_stores(found: Ingredients) -> Ingredients:
    """Without simulated stores and models of them, where there are real stores.

    Real and simulated galaxies are never in one run by default.
    """
    simulated = {
        name
        for name, store in found.stores.items()
        if store.manifest.origin in SIMULATED
    }
    stores = {n: s for n, s in found.stores.items() if n not in simulated}
    if not stores:
        return found
    models = {
        name: model
        for name, model in found.models.items()
        if simulated.isdisjoint(model.stores)
    }
    return replace(found, stores=stores, models=models)


def _of_real(preset: Preset) -> Preset:
    """A preset that prefers real stores."""
    then = preset.then
    return replace(
        preset,
        make=lambda found: preset.make(_with_real_stores(found)),
        then=then and (lambda found, run_id: then(_with_real_stores(found), run_id)),
    )


PRESETS = {
    one.key: one if one.key == "demonstration" else _of_real(one) for one in _ALL
}
