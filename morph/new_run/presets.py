"""The presets to begin a new run with: their titles, words and configurations."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from morph.new_run import demonstration, preset_configs
from morph.new_run.ingredients import Ingredients
from morph.new_run.preset_configs import Config
from morph.release.manifest import SIMULATED
from morph.runs.config_adaptation import PRESETS as METHODS


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


_ALL = (
    Preset(
        "smoke",
        "Smoke test",
        f"Runs every stage on {preset_configs.SMOKE} galaxies, to check this computer.",
        "smoke",
        preset_configs.smoke,
    ),
    Preset(
        "source",
        "Source model",
        "Fits a model to the votes of one survey.",
        "source",
        preset_configs.source,
    ),
    Preset(
        "pretrained",
        "Source model, pretrained",
        "Fits an encoder with published weights to the votes of one survey: first a "
        "new head, then the encoder too, its early stages more slowly.",
        "pretrained",
        preset_configs.pretrained_source,
    ),
    *(
        Preset(
            f"adapt-{method}",
            f"Adaptation: {method}",
            _METHOD_WORDS[method],
            "adaptation",
            preset_configs.adapting(method),
        )
        for method in ("physical+", *(m for m in METHODS if m != "physical+"))
    ),
    Preset(
        "ye2025",
        "Ye et al. 2025",
        "The source model of the paper, on fluxes of 256-pixel cutouts, and its "
        "adaptation by spherical k-means. Needs a GPU with 24 GiB.",
        "ye2025-source",
        preset_configs.ye2025_source,
        "ye2025-adapted",
        preset_configs.ye2025_adapted,
    ),
    Preset(
        "predict",
        "Predict a store",
        "Applies a fitted model to all galaxies of a cutout store.",
        "prediction",
        preset_configs.predict,
    ),
    Preset(
        "ensemble",
        "Ensemble",
        "Applies several fitted models to a cutout store and averages them.",
        "ensemble",
        preset_configs.ensemble,
    ),
    Preset(
        "evaluate",
        "Evaluate a model",
        "Compares a model's predictions with votes it has not learnt from.",
        "evaluation",
        preset_configs.evaluate,
    ),
    Preset(
        "features",
        "Add features and a map",
        "Adds image features and a map to a release, such as an imported table.",
        "features",
        preset_configs.features,
    ),
    Preset(
        "finetune",
        "Fine-tuning to labels",
        "Teaches a model a question of the page Label, whose labels so far are kept "
        "with the run. The question must be one that has been answered there, where a "
        "fine-tuning can be started with fewer settings.",
        "finetuned",
        preset_configs.finetune,
    ),
    Preset(
        "demonstration",
        "Demonstration from scratch",
        "Fits the source model of the demonstration to its simulated votes, then "
        "adapts it to the other survey, as `make demo-train` does. Needs the images "
        "that `make demo` simulates.",
        demonstration.SOURCE_RUN,
        preset_configs.scratch_source,
        demonstration.ADAPTED_RUN,
        preset_configs.scratch_adapted,
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
