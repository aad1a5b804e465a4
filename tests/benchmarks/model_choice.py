"""Compare the ranking of adaptations by measures without votes with that by errors.

``choice.json`` of every adaptation has the measures of its model and of the source
model; the errors are known only to the benchmark.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from morph.runs.run_files import read_choice

RESAMPLES = 2000
INTERVAL = (5, 95)  # per cent
# Whether a larger value should mean a smaller error.
LARGER_IS_BETTER = {
    "pairs": False,
    "remaining": False,
    "conditional": False,
    "separability": False,
    "information": True,
}


def measured(
    folders: Mapping[tuple[str, int], Path],
    errors: Mapping[tuple[str, int], float],
    *,
    direct: str,
) -> pd.DataFrame:
    """The measures and the error of every adaptation, for ``rows``.

    Parameters
    ----------
    folders : mapping
        Finished runs by (method, seed), made with ``choice.harmful`` "keep".
    errors : mapping
        By (method, seed), with those of ``direct``, whose measures are in any run.
    """
    found = {}
    for (method, seed), folder in folders.items():
        choice = read_choice(folder)
        if choice is not None:
            found[method, seed] = _parts(choice["adapted"])
            found[direct, seed] = _parts(choice["unadapted"])
    return pd.DataFrame(
        {"method": method, "seed": seed, "error": errors[method, seed], **parts}
        for (method, seed), parts in found.items()
    )


def _parts(judged: Mapping[str, Any]) -> dict[str, float]:
    """The measures; ``remaining`` is ``pairs`` if there are no mock observations."""
    parts = dict(judged["parts"])
    if "pairs" in parts:
        parts.setdefault("remaining", parts["pairs"])
    return parts


def rows(table: pd.DataFrame, *, direct: str) -> list[dict[str, object]]:
    """How well each measure ranks the methods, a row per measure.

    Spearman's rank correlation with the error is taken over the methods of a seed and
    averaged over seeds; its interval is a bootstrap over methods. A method is harmful
    if its error is above that of ``direct``, and rejected if its measure is worse.

    Parameters
    ----------
    table : DataFrame
        A row per method and seed: ``seed``, ``method``, ``error``, and the measures.
    direct : str
        The method that changes nothing.
    """
    return [
        _row(table, name, larger, direct)
        for name, larger in LARGER_IS_BETTER.items()
        if name in table
    ]


def _row(
    table: pd.DataFrame, name: str, larger: bool, direct: str
) -> dict[str, object]:
    errors = table.pivot(index="method", columns="seed", values="error")
    values = table.pivot(index="method", columns="seed", values=name)
    values = -values if larger else values
    harmful, rejected = (x > x.loc[direct] for x in (errors, values))
    chosen = [errors.loc[values[s].idxmin(), s] - errors[s].min() for s in errors]
    pair = values.to_numpy(), errors.to_numpy()
    low, high = interval(*pair)
    return {
        "measure": name,
        "Spearman": round(float(rank_correlation(*pair)), 2),
        "90 % interval": f"{low:.2f} to {high:.2f}",
        "error above the best": round(float(np.mean(chosen)), 4),
        "harmful rejected": _of(harmful & rejected, harmful),
        "others rejected": _of(~harmful & rejected, ~harmful),
    }


def rank_correlation(values: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Spearman's ρ over the methods of each seed, its mean over seeds.

    Of (..., M methods, S seeds) arrays; a seed with equal values has no ranks and is
    omitted.
    """
    first, second = (rankdata(x, axis=-2) for x in (values, errors))
    first = first - first.mean(axis=-2, keepdims=True)
    second = second - second.mean(axis=-2, keepdims=True)
    norms = np.sqrt((first**2).sum(axis=-2) * (second**2).sum(axis=-2))
    ranked = norms > 0
    each = (first * second).sum(axis=-2) / np.where(ranked, norms, 1)
    return each.sum(axis=-1) / np.maximum(ranked.sum(axis=-1), 1)


def interval(values: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """5th and 95th percentile of `rank_correlation` of methods drawn with replacement.

    The same methods are drawn for all seeds.
    """
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(rank_correlation(values[drawn], errors[drawn]), INTERVAL)
    return float(low), float(high)


def _of(some: pd.DataFrame, of: pd.DataFrame) -> str:
    return f"{some.to_numpy().sum()} of {of.to_numpy().sum()}"
