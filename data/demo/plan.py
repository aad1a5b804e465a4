"""Plan of the demonstration: scales, runs and releases."""

from dataclasses import dataclass, replace
from typing import Any

SEED = 1926  # Hubble's "Extra-galactic nebulae"

SOURCE_RUN, ADAPTED_RUN, DIRECT_RUN = "demo-source", "demo-adapted", "demo-direct"
OVERLAP_RUN = "demo-overlap"
FIRST_RUN = "demo-first"  # its release is replaced by that of the adapted run
FIRST_STORE = "demo-first"
SOURCE_RELEASE, ADAPTED_RELEASE = "demo-decals", "demo-bmz"
DIRECT_RELEASE, OVERLAP_RELEASE = "demo-bmz-direct", "demo-overlap"

# In order of execution; the last release is shown first.
RUNS = (FIRST_RUN, SOURCE_RUN, DIRECT_RUN, OVERLAP_RUN, ADAPTED_RUN)
RELEASES = (SOURCE_RELEASE, DIRECT_RELEASE, OVERLAP_RELEASE, ADAPTED_RELEASE)
JUDGED = 600  # galaxies of either survey for model selection
OVERLAP_FROM = 5000  # galaxies; smaller demonstrations skip the overlap

SIMULATED = (
    "Simulated galaxies with simulated votes: a demonstration of the workflow, "
    "not a result about real galaxies. Rare classes are deliberately over-represented."
)
_FIRST_TITLE = "Simulated BASS+MzLS: the first galaxies"
_FIRST_NOTE = (
    "These are the first galaxies of the survey, classified by a model shipped with "
    "morph. The full survey replaces them once it is simulated and classified."
)
_TITLES = {
    SOURCE_RELEASE: "Simulated DECaLS: the source model on its own survey",
    DIRECT_RELEASE: "Simulated BASS+MzLS: the source model without adaptation",
    OVERLAP_RELEASE: "Simulated DECaLS in the overlap with BASS+MzLS: the source model",
    ADAPTED_RELEASE: "Simulated BASS+MzLS: the model adapted from simulated DECaLS",
}


@dataclass(frozen=True)
class Scale:
    """Size of a demonstration."""

    name: str
    galaxies: int  # of the source survey, and as many of the target
    fit_epochs: int  # of the source model
    simulation_epochs: int  # of its adaptation to mock observations
    map_epochs: int  # 0: no map
    seed: int = SEED
    train: bool = False  # fit the models, instead of those that morph ships


FULL = Scale("full", galaxies=8000, fit_epochs=16, simulation_epochs=8, map_epochs=200)
SMALL = Scale(
    "small", galaxies=3000, fit_epochs=16, simulation_epochs=3, map_epochs=100
)
TRAINED = replace(FULL, name="train", train=True)


def configs(scale: Scale) -> dict[str, dict[str, Any]]:
    """The configuration of each run of a demonstration of that size."""
    projection = {"epochs": scale.map_epochs} if scale.map_epochs else None
    applied = {"kind": "predict", "model_run": SOURCE_RUN}
    adapted = {
        "kind": "adapt",
        "model_run": SOURCE_RUN,
        "source_stores": ["demo-decals"],
        "target_stores": ["demo-bmz"],
        # The default method with fewer epochs.
        "long_simulation": {"fit": {"epochs": scale.simulation_epochs}},
        "choice": {"galaxies": JUDGED},
    }
    fitted = {"kind": "source", "stores": ["demo-decals"]}
    fitted["fit"] = {"epochs": scale.fit_epochs}
    first = {
        "release_id": ADAPTED_RELEASE,
        "stores": [FIRST_STORE],
        "title": _FIRST_TITLE,
        "note": f"{SIMULATED} {_FIRST_NOTE}",
    }
    runs = {
        FIRST_RUN: {"kind": "predict", "model_run": ADAPTED_RUN}
        | {"release": _described(first, projection and {"epochs": 0})},
        SOURCE_RUN: fitted | _release(SOURCE_RELEASE, "decals", projection),
        DIRECT_RUN: applied | _release(DIRECT_RELEASE, "bmz", None),
        OVERLAP_RUN: applied | _release(OVERLAP_RELEASE, "decals", None),
        ADAPTED_RUN: adapted | _release(ADAPTED_RELEASE, "bmz", projection),
    }
    if scale.galaxies < OVERLAP_FROM:
        del runs[OVERLAP_RUN]
    if scale.train:
        del runs[FIRST_RUN]
    return {run_id: config | {"seed": scale.seed} for run_id, config in runs.items()}


def releases(scale: Scale) -> tuple[str, ...]:
    """The releases of a demonstration of that size, in their order."""
    runs = {name: run for name, run in configs(scale).items() if name != FIRST_RUN}
    return tuple(config["release"]["release_id"] for config in runs.values())


def _release(
    release_id: str, survey: str, projection: dict[str, Any] | None
) -> dict[str, Any]:
    """The release of a run, and the simulated galaxies on which it is evaluated."""
    overlap = f"demo-overlap-{survey}"
    release = {
        "release_id": release_id,
        "stores": [overlap if release_id == OVERLAP_RELEASE else f"demo-{survey}"],
        "title": _TITLES[release_id],
        "note": SIMULATED,
    }
    return {
        "release": _described(release, projection),
        "evaluate": {"store": overlap, "half": "test"},
    }


def _described(
    release: dict[str, Any], projection: dict[str, Any] | None
) -> dict[str, Any]:
    citation = "morph; method after Walmsley et al. 2022 and Ye et al. 2025"
    return release | {"citation": citation, "projection": projection}
