"""The configurations of the two fits of the demonstration: source model, adaptation.

``python -m data build-demo`` and the preset of a new run make the same ones.
"""

from typing import Any

Config = dict[str, Any]

SEED = 1926  # Hubble's "Extra-galactic nebulae"
SOURCE_RUN, ADAPTED_RUN = "demo-source", "demo-adapted"
SOURCE_STORE, TARGET_STORE = "demo-decals", "demo-bmz"
SOURCE_RELEASE, ADAPTED_RELEASE = "demo-decals", "demo-bmz"

FIT_EPOCHS, SIMULATION_EPOCHS, MAP_EPOCHS = 16, 8, 200  # of the full demonstration
JUDGED = 600  # galaxies of either survey for model selection

SIMULATED = (
    "Simulated galaxies with simulated votes: a demonstration of the workflow, "
    "not a result about real galaxies. Rare classes are deliberately over-represented."
)
CITATION = "morph; method after Walmsley et al. 2022 and Ye et al. 2025"


def source(
    release_id: str,
    *,
    title: str,
    fit_epochs: int = FIT_EPOCHS,
    map_epochs: int = MAP_EPOCHS,
    seed: int = SEED,
) -> Config:
    """A fit to the votes of the first survey; ``map_epochs`` 0: no map."""
    fitted = {"kind": "source", "stores": [SOURCE_STORE], "fit": {"epochs": fit_epochs}}
    made = released(release_id, SOURCE_STORE, title=title, map_epochs=map_epochs)
    return fitted | made | {"seed": seed}


def adapted(
    release_id: str,
    model_run: str,
    *,
    title: str,
    simulation_epochs: int = SIMULATION_EPOCHS,
    map_epochs: int = MAP_EPOCHS,
    seed: int = SEED,
) -> Config:
    """Its adaptation to the second survey by the default method, with fewer epochs."""
    settings = {
        "kind": "adapt",
        "model_run": model_run,
        "source_stores": [SOURCE_STORE],
        "target_stores": [TARGET_STORE],
        "long_simulation": {"fit": {"epochs": simulation_epochs}},
        "choice": {"galaxies": JUDGED},
    }
    made = released(release_id, TARGET_STORE, title=title, map_epochs=map_epochs)
    return settings | made | {"seed": seed}


def released(
    release_id: str, store: str, *, title: str, map_epochs: int, overlap: bool = False
) -> Config:
    """A release of a store, and its evaluation on the overlap of both surveys.

    With ``overlap``, the release is of those galaxies too.
    """
    judged = f"demo-overlap-{store.removeprefix('demo-')}"
    release = {
        "release_id": release_id,
        "stores": [judged if overlap else store],
        "title": title,
        "note": SIMULATED,
    }
    return {
        "release": described(release, map_epochs),
        "evaluate": {"store": judged, "half": "test"},
    }


def described(release: Config, map_epochs: int) -> Config:
    """The release with its citation and the settings of its map, if it has one."""
    projection = {"epochs": map_epochs} if map_epochs else None
    return release | {"citation": CITATION, "projection": projection}
