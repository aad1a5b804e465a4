"""Pilot A: a model of SDSS examples on DECaLS examples, before and after adaptation."""

from pathlib import Path
from typing import Any

import numpy as np

from morph.errors import MorphError
from morph.trees.decision_tree import GZD5
from tests.research.pilots import workplace
from tests.research.pilots.real import RealGalaxies
from tests.research.pilots.scores import paired_difference, right_answers
from tests.research.pilots.sizes import Size
from tests.research.pilots.tables import Row, rounded

SOURCE, TARGET = "pilot-sdss", "pilot-decals"
FIGURES = ("labels", "before", "after", "difference", "low", "high")
UNMEASURED = "not measured:"


def fit_sdss(
    root: Path, real: RealGalaxies, size: Size, seed: int, weights: Path | None = None
) -> Path:
    """The run of a model fitted to SDSS examples, optionally from an encoder."""
    store = _sdss_store(root, real)
    fit = size.sdss_fit | ({"learning_rate": 1e-3} if weights else {})
    config = workplace.source_config(store, fit, size.device, seed, weights=weights)
    return workplace.fitted(root, "sdss-pretrained" if weights else "sdss", config)


def adapt_to_decals(
    root: Path, real: RealGalaxies, size: Size, model: Path, seed: int
) -> Path:
    """The run that adapted ``model`` by the default method."""
    target = workplace.write_pictures(root, TARGET, real.unlabelled("decals"))
    config: dict[str, Any] = {
        "kind": "adapt",
        "model_run": model.name,
        "source_stores": [_sdss_store(root, real)],
        "target_stores": [target],
        "seed": seed,
        "long_simulation": {"fit": size.adapt_fit},
        "device": size.device,
    }
    return workplace.fitted(root, "decals", config)


def rows(
    root: Path, real: RealGalaxies, size: Size, weights: Path | None = None
) -> list[Row]:
    """One row per seed: the paired difference, pooled over questions.

    A seed whose run fails has a row with the reason.
    """
    table = []
    for seed in range(1, size.seeds + 1):
        try:
            found = _row(*_before_and_after(root, real, size, seed, weights))
        except MorphError as error:
            found = dict.fromkeys(FIGURES, "") | {"claim": f"{UNMEASURED} {error}"}
        table.append({"seed": seed} | found)
    return table


def failed(rows: list[Row]) -> list[str]:
    """The seeds that were not measured, and why."""
    return [
        f"pilot A, seed {row['seed']}, {row['claim']}"
        for row in rows
        if str(row["claim"]).startswith(UNMEASURED)
    ]


def _before_and_after(
    root: Path, real: RealGalaxies, size: Size, seed: int, weights: Path | None
) -> list[np.ndarray]:
    judged = real.of("decals")
    model = fit_sdss(root, real, size, seed, weights)
    adapted = adapt_to_decals(root, real, size, model, seed)
    usual = workplace.usual_fractions(model)
    return [
        right_answers(
            judged.table, workplace.looked_at(run, judged.pixels)[0], usual, GZD5
        )
        for run in (model, adapted)
    ]


def _sdss_store(root: Path, real: RealGalaxies) -> str:
    labelled = real.robust()
    votes = workplace.label_votes(labelled)
    return workplace.write_pictures(root, SOURCE, labelled.pixels, votes)


def _row(before: np.ndarray, after: np.ndarray) -> Row:
    difference, low, high = paired_difference(before, after)
    claim = "none: the interval includes 0"
    if low > 0 or high < 0:
        claim = "adapting helps" if low > 0 else "adapting harms"
    shares = (before.mean(), after.mean(), difference, low, high)
    figures = (len(before), *map(rounded, shares))
    return dict(zip(FIGURES, figures, strict=True)) | {"claim": claim}
