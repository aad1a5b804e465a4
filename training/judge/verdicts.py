"""Whether an adaptation made a model better or worse, or that this cannot be told.

Each criterion is smaller for a better model. Its change has an interval from a paired
bootstrap: the same galaxies are drawn, with replacement, for the model before and
after. The verdict is "better" or "worse" only if the interval does not contain 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

Verdict = Literal["better", "worse", "cannot be told"]
UNTOLD: Verdict = "cannot be told"

SAMPLES = 1000  # of the bootstrap
_SEED = 0
_AT_ONCE = 32  # samples
_NOBODY = 1e-9  # weight of a sample
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Change:
    """A criterion of the model before and after, and the 95% interval of its change.

    ``doubt`` says why it does not decide, "" if it does; ``chance`` is the value
    expected of two samples of one population, where that is not 0.
    """

    criterion: str
    before: float
    after: float
    low: float  # of after − before
    high: float
    verdict: Verdict
    doubt: str = ""
    chance: float | None = None


def change(
    criterion: str,
    of_all: tuple[float | np.ndarray, float | np.ndarray],
    of_samples: tuple[np.ndarray, np.ndarray],
    *,
    doubt: str = "",
    chance: float | None = None,
) -> Change:
    """From the values before and after, and those (B,) of B bootstrap samples."""
    low, high = np.nanquantile(of_samples[1] - of_samples[0], _INTERVAL)
    before, after = map(float, of_all)
    verdict: Verdict = "better" if high < 0 else "worse" if low > 0 else UNTOLD
    return Change(
        criterion, before, after, float(low), float(high), verdict, doubt, chance
    )


def overall(changes: Sequence[Change]) -> tuple[Verdict, Change | None]:
    """The verdict of all criteria without doubt, and the one that it rests on.

    One that is worse outweighs all others; without, the first that is better counts;
    without either it is that of the first criterion, None if all are in doubt.
    """
    trusted = [one for one in changes if not one.doubt]
    for verdict in ("worse", "better"):
        for one in trusted:
            if one.verdict == verdict:
                return verdict, one
    return UNTOLD, trusted[0] if trusted else None


@lru_cache(maxsize=4)
def drawn(galaxies: int, number: int = 0) -> np.ndarray:
    """(B, N) uint8, how often each of N galaxies is in each bootstrap sample.

    The same for every call with the same arguments, so samples are paired; ``number``
    makes those of another set of galaxies. 100,000 galaxies take 0.1 GB, as floats they
    would take 0.8 GB: use `sample_sums`.
    """
    rng = np.random.default_rng([_SEED, number, galaxies])
    even = np.full(galaxies, 1 / galaxies)
    times = np.empty((SAMPLES, galaxies), np.uint8)  # more than 255 does not occur
    for some in _few(times):
        some[:] = rng.multinomial(galaxies, even, len(some))
    times.setflags(write=False)  # it is kept for the next call
    return times


def sample_sums(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(B, ...) sums of values (N, ...) over the galaxies of each sample of `drawn`."""
    return np.concatenate([some.astype(float) @ values for some in _few(times)])


def _few(times: np.ndarray) -> list[np.ndarray]:
    """The samples in parts, so that these can be numbers of 8 bytes."""
    return [times[i : i + _AT_ONCE] for i in range(0, len(times), _AT_ONCE)]


def mean_change(
    criterion: str,
    before: np.ndarray,
    after: np.ndarray,
    weight: np.ndarray,
    *,
    doubt: str = "",
) -> Change:
    """The change of a weighted mean of values (N,) of N galaxies."""
    parts = np.stack([weight, weight * before, weight * after], axis=1)
    total, *samples = sample_sums(drawn(len(before)), parts).T
    samples = tuple(part / np.maximum(total, _NOBODY) for part in samples)
    whole = np.average(before, weights=weight), np.average(after, weights=weight)
    return change(criterion, whole, samples, doubt=doubt)
