"""Plan of the demonstration: scales, runs and releases."""

from dataclasses import dataclass, replace
from typing import Any

from morph.new_run import demonstration
from morph.new_run.demonstration import (
    ADAPTED_RELEASE,
    ADAPTED_RUN,
    FIT_EPOCHS,
    MAP_EPOCHS,
    SEED,
    SIMULATED,
    SIMULATION_EPOCHS,
    SOURCE_RELEASE,
    SOURCE_RUN,
    SOURCE_STORE,
    TARGET_STORE,
)

DIRECT_RUN, OVERLAP_RUN = "demo-direct", "demo-overlap"
OVERLAP_TARGET_RUN = "demo-overlap-bmz"
FIRST_RUN = "demo-first"  # its release is replaced by that of the adapted run
FIRST_STORE = "demo-first"
DIRECT_RELEASE, OVERLAP_RELEASE = "demo-bmz-direct", "demo-overlap"
OVERLAP_TARGET_RELEASE = "demo-overlap-bmz"

# In order of execution; the last release is shown first.
RUNS = (
    FIRST_RUN,
    SOURCE_RUN,
    DIRECT_RUN,
    OVERLAP_RUN,
    OVERLAP_TARGET_RUN,
    ADAPTED_RUN,
)
RELEASES = (
    SOURCE_RELEASE,
    DIRECT_RELEASE,
    OVERLAP_RELEASE,
    OVERLAP_TARGET_RELEASE,
    ADAPTED_RELEASE,
)
OVERLAP_FROM = 5000  # galaxies; smaller demonstrations skip the overlap

_FIRST_TITLE = "Simulated BASS+MzLS: the first galaxies"
_FIRST_NOTE = (
    "These are the first galaxies of the survey, classified by a model shipped with "
    "morph. The full survey replaces them once it is simulated and classified."
)
_TITLES = {
    SOURCE_RELEASE: "Simulated DECaLS: the source model on its own survey",
    DIRECT_RELEASE: "Simulated BASS+MzLS: the source model without adaptation",
    OVERLAP_RELEASE: "Simulated DECaLS in the overlap with BASS+MzLS: the source model",
    OVERLAP_TARGET_RELEASE: "Simulated BASS+MzLS in the overlap with DECaLS: the "
    "source model without adaptation",
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


FULL = Scale("full", 8000, FIT_EPOCHS, SIMULATION_EPOCHS, MAP_EPOCHS)
SMALL = Scale(
    "small", galaxies=3000, fit_epochs=16, simulation_epochs=3, map_epochs=100
)
TRAINED = replace(FULL, name="train", train=True)


def configs(scale: Scale) -> dict[str, dict[str, Any]]:
    """The configuration of each run of a demonstration of that size."""
    applied = {"kind": "predict", "model_run": SOURCE_RUN, "seed": scale.seed}
    made = {"map_epochs": scale.map_epochs, "seed": scale.seed}
    runs = {
        FIRST_RUN: _first(scale),
        SOURCE_RUN: demonstration.source(
            SOURCE_RELEASE,
            title=_TITLES[SOURCE_RELEASE],
            fit_epochs=scale.fit_epochs,
            **made,
        ),
        DIRECT_RUN: applied | _released(DIRECT_RELEASE, TARGET_STORE),
        OVERLAP_RUN: applied | _released(OVERLAP_RELEASE, SOURCE_STORE, overlap=True),
        OVERLAP_TARGET_RUN: applied
        | _released(OVERLAP_TARGET_RELEASE, TARGET_STORE, overlap=True),
        ADAPTED_RUN: demonstration.adapted(
            ADAPTED_RELEASE,
            SOURCE_RUN,
            title=_TITLES[ADAPTED_RELEASE],
            simulation_epochs=scale.simulation_epochs,
            **made,
        ),
    }
    if scale.galaxies < OVERLAP_FROM:
        del runs[OVERLAP_RUN], runs[OVERLAP_TARGET_RUN]
    if scale.train:
        del runs[FIRST_RUN]
    return runs


def releases(scale: Scale) -> tuple[str, ...]:
    """The releases of a demonstration of that size, in their order."""
    runs = {name: run for name, run in configs(scale).items() if name != FIRST_RUN}
    return tuple(config["release"]["release_id"] for config in runs.values())


def _released(release_id: str, store: str, *, overlap: bool = False) -> dict[str, Any]:
    title = _TITLES[release_id]
    return demonstration.released(
        release_id, store, title=title, map_epochs=0, overlap=overlap
    )


def _first(scale: Scale) -> dict[str, Any]:
    """The first galaxies of the target, predicted by the shipped adapted model."""
    release = {
        "release_id": ADAPTED_RELEASE,
        "stores": [FIRST_STORE],
        "title": _FIRST_TITLE,
        "note": f"{SIMULATED} {_FIRST_NOTE}",
    }
    projection = {"epochs": 0} if scale.map_epochs else None
    described = demonstration.described(release, 0) | {"projection": projection}
    applied = {"kind": "predict", "model_run": ADAPTED_RUN, "seed": scale.seed}
    return applied | {"release": described}
