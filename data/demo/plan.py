"""Plan of the demonstration: scales, runs and releases."""

from dataclasses import dataclass
from typing import Any

SEED = 1926  # Hubble's "Extra-galactic nebulae"

SOURCE_RUN, ADAPTED_RUN, DIRECT_RUN = "demo-source", "demo-adapted", "demo-direct"
OVERLAP_RUN = "demo-overlap"
SOURCE_RELEASE, ADAPTED_RELEASE = "demo-decals", "demo-bmz"
DIRECT_RELEASE, OVERLAP_RELEASE = "demo-bmz-direct", "demo-overlap"

# In order of execution; the last release is shown first.
RUNS = (SOURCE_RUN, DIRECT_RUN, OVERLAP_RUN, ADAPTED_RUN)
RELEASES = (SOURCE_RELEASE, DIRECT_RELEASE, OVERLAP_RELEASE, ADAPTED_RELEASE)
JUDGED = 600  # galaxies of either survey for model selection
OVERLAP_FROM = 5000  # galaxies; smaller demonstrations skip the overlap

SIMULATED = (
    "Simulated galaxies with simulated votes: a demonstration of the workflow, "
    "not a result about real galaxies. Rare classes are deliberately over-represented."
)


@dataclass(frozen=True)
class Scale:
    """Size of a demonstration."""

    name: str
    galaxies: int  # of the source survey, and as many of the target
    fit_epochs: int  # of the source model
    simulation_epochs: int  # of its adaptation to mock observations
    map_epochs: int  # 0: no map
    seed: int = SEED


FULL = Scale("full", galaxies=8000, fit_epochs=16, simulation_epochs=8, map_epochs=200)
SMALL = Scale(
    "small", galaxies=3000, fit_epochs=16, simulation_epochs=3, map_epochs=100
)


def configs(scale: Scale) -> dict[str, dict[str, Any]]:
    """The configuration of each run of a demonstration of that size."""
    configs = {
        SOURCE_RUN: _source(scale),
        DIRECT_RUN: _direct(scale),
        OVERLAP_RUN: _overlap(scale),
        ADAPTED_RUN: _adapted(scale),
    }
    if scale.galaxies < OVERLAP_FROM:
        del configs[OVERLAP_RUN]
    return configs


def releases(scale: Scale) -> tuple[str, ...]:
    """The releases of a demonstration of that size, in their order."""
    return tuple(config["release"]["release_id"] for config in configs(scale).values())


def _source(scale: Scale) -> dict[str, Any]:
    return {
        "kind": "source",
        "stores": ["demo-decals"],
        "seed": scale.seed,
        "fit": {"epochs": scale.fit_epochs},
        "release": _release(
            SOURCE_RELEASE,
            "demo-decals",
            "Simulated DECaLS: the source model on its own survey",
            projection=_projection(scale),
        ),
        "evaluate": {"store": "demo-overlap-decals", "half": "test"},
    }


def _direct(scale: Scale) -> dict[str, Any]:
    return {
        "kind": "predict",
        "model_run": SOURCE_RUN,
        "seed": scale.seed,
        "release": _release(
            DIRECT_RELEASE,
            "demo-bmz",
            "Simulated BASS+MzLS: the source model without adaptation",
            projection=None,
        ),
        "evaluate": {"store": "demo-overlap-bmz", "half": "test"},
    }


def _overlap(scale: Scale) -> dict[str, Any]:
    return {
        "kind": "predict",
        "model_run": SOURCE_RUN,
        "seed": scale.seed,
        "release": _release(
            OVERLAP_RELEASE,
            "demo-overlap-decals",
            "Simulated DECaLS in the overlap with BASS+MzLS: the source model",
            projection=None,
        ),
        "evaluate": {"store": "demo-overlap-decals", "half": "test"},
    }


def _adapted(scale: Scale) -> dict[str, Any]:
    return {
        "kind": "adapt",
        "model_run": SOURCE_RUN,
        "source_stores": ["demo-decals"],
        "target_stores": ["demo-bmz"],
        "seed": scale.seed,
        # The default method with fewer epochs.
        "long_simulation": {"fit": {"epochs": scale.simulation_epochs}},
        "choice": {"galaxies": JUDGED},
        "release": _release(
            ADAPTED_RELEASE,
            "demo-bmz",
            "Simulated BASS+MzLS: the model adapted from simulated DECaLS",
            projection=_projection(scale),
        ),
        "evaluate": {"store": "demo-overlap-bmz", "half": "test"},
    }


def _projection(scale: Scale) -> dict[str, Any] | None:
    return {"epochs": scale.map_epochs} if scale.map_epochs else None


def _release(
    release_id: str, store: str, title: str, *, projection: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "release_id": release_id,
        "stores": [store],
        "title": title,
        "note": SIMULATED,
        "citation": "morph; method after Walmsley et al. 2022 and Ye et al. 2025",
        "projection": projection,
    }
