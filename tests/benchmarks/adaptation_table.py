"""The tables of the adaptation benchmark, and its goals.

Errors of a pair are means over seeds; those over pairs are means of these. Intervals
are from one bootstrap: pairs are drawn with replacement, and the galaxies of each.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from tests.benchmarks.adaptation_judged import MASS, RESAMPLES, Predictions
from tests.benchmarks.adaptation_methods import (
    ADABN,
    CONSTANT,
    CONTROL,
    DEFAULT,
    DIRECT,
    ORACLE,
    SOURCE,
)

CLOSED = 0.8  # goal: of the gap between the control and the oracle
COVERED = 0.02  # goal: largest difference from the coverage of an exact model
SOURCE_MARGIN = 0.15  # least relative gain of the source model over the constant
TRUTHS = ("better", "worse", "cannot be told")
SMOOTH = 0  # place of smooth-or-featured among the questions

Pairs = Mapping[str, Predictions]  # by the pairs' names


def pair_rows(pairs: Pairs) -> list[dict[str, object]]:
    """A row per pair: how large its gap is, also in the measure of the paper."""
    table = []
    for name, found in pairs.items():
        right = [
            _share(*found[which].confident[::-1, SMOOTH])
            for which in (SOURCE, DIRECT, DEFAULT, ORACLE)
            if which in found
        ]
        direct, oracle = found[DIRECT].error, found[ORACLE].error
        table.append(
            {
                "pair": name,
                "galaxies": found[DIRECT].squared.shape[1],
                "none": f"{direct:.4f}",
                "oracle": f"{oracle:.4f}",
                "ratio": f"{direct / oracle:.2f}",
                "smooth right: source, none, default, oracle": ", ".join(right),
            }
        )
    return table


def rows(pairs: Pairs) -> list[dict[str, object]]:
    """A row per prediction: error and gap closed of each pair, and over pairs."""
    return [_row(name, pairs) for name in next(iter(pairs.values()))]


def _row(name: str, pairs: Pairs) -> dict[str, object]:
    row: dict[str, object] = {"prediction": name}
    for pair, found in pairs.items():
        row[pair] = f"{found[name].error:.4f} {gap_closed(name, {pair: found}):4.0%}"
    row["mean"] = f"{_mean(name, pairs):.4f}"
    row["gap closed"] = _interval(gap_closed(name, pairs), _gaps(name, pairs))
    row["beyond the control"] = "-"
    if all(CONTROL in found for found in pairs.values()):
        beyond = gap_closed(name, pairs, CONTROL)
        row["beyond the control"] = _interval(beyond, _gaps(name, pairs, CONTROL))
    seeds = np.mean([found[name].rmse.mean(axis=1) for found in pairs.values()], axis=0)
    row["± seeds"] = f"{seeds.std(ddof=1):.4f}" if len(seeds) > 1 else "-"
    return row


def gap_closed(name: str, pairs: Pairs, since: str = DIRECT) -> float:
    """(since − own) / (since − oracle), of errors averaged over pairs and seeds."""
    start, own, oracle = (_mean(which, pairs) for which in (since, name, ORACLE))
    return (start - own) / (start - oracle)


def shares(pairs: Pairs) -> list[dict[str, object]]:
    """What the default's gain consists of: fractions of none − default."""
    steps = (
        ("statistics: none − AdaBN", DIRECT, ADABN),
        ("longer training: AdaBN − control", ADABN, CONTROL),
        ("mock observations: control − default", CONTROL, DEFAULT),
    )
    gain, gains = _mean(DIRECT, pairs) - _mean(DEFAULT, pairs), _drawn(DIRECT, pairs)
    gains = gains - _drawn(DEFAULT, pairs)
    table = []
    for words, before, after in steps:
        part = _mean(before, pairs) - _mean(after, pairs)
        parts = _drawn(before, pairs) - _drawn(after, pairs)
        row = {"part": words, "RMSE": f"{part:.4f}"}
        table.append(row | {"of the gain": _interval(part / gain, parts / gains)})
    return table


def calibration_rows(pairs: Pairs) -> list[dict[str, object]]:
    """Coverage beside that of an exact model, and how many times too sure."""
    table = []
    for name in (SOURCE, DIRECT, CONTROL, DEFAULT, ORACLE):
        row: dict[str, object] = {"prediction": name}
        for pair, found in pairs.items():
            coverage, exact = _coverage(found[name].coverage)
            question, times = max(found[name].sure, key=lambda one: one[1])
            row[pair] = f"{coverage:.1%} ({exact:.1%}), {question} {times:.1f}"
        table.append(row)
    return table


def verdict_rows(pairs: Pairs) -> list[dict[str, object]]:
    """How often each verdict fell, by what really happened; the default's after."""
    told = list(_told(pairs))
    table = []
    for verdict in TRUTHS:
        row: dict[str, object] = {"verdict": verdict}
        for truth in TRUTHS:
            both = [name for name, *own in told if own == [verdict, truth]]
            row[f"really {truth}"] = f"{len(both)} ({both.count(DEFAULT)} default)"
        table.append(row)
    return table


def _told(pairs: Pairs) -> Iterator[tuple[str, str, str]]:
    """Name, verdict and truth of every adaptation; of "none" there is no verdict."""
    for found in pairs.values():
        before = found[DIRECT]
        for name, own in found.items():
            for seed, verdict in enumerate(own.verdicts):
                if name != DIRECT:
                    change = own.resampled[:, seed] - before.resampled[:, seed]
                    yield name, verdict, told(change)


def told(change: np.ndarray) -> str:
    """ "better" or "worse" beyond chance, of (B,) changes of the error."""
    low, high = np.quantile(change, [0.025, 0.975])
    return "better" if high < 0 else "worse" if low > 0 else "cannot be told"


def missed(pairs: Pairs) -> list[str]:
    """A sentence for each missed goal."""
    misses = []
    for pair, found in pairs.items():
        misses += [f"{pair}: {words}" for words in _missed_of(found)]
    if all(CONTROL in found for found in pairs.values()):
        closed = gap_closed(DEFAULT, pairs, CONTROL)
        if not closed >= CLOSED:
            misses.append(
                f"over pairs, the default closes {closed:.0%} of the gap between the "
                f"control and the oracle, not {CLOSED:.0%}"
            )
    return misses


def _missed_of(found: Predictions) -> Iterator[str]:
    """Missed goals of one pair."""
    default = found[DEFAULT]
    if found[SOURCE].error > (1 - SOURCE_MARGIN) * found[CONSTANT].error:
        yield f"{SOURCE} does not beat the constant by {SOURCE_MARGIN:.0%}"
    for name, rival in found.items():
        if name in (CONSTANT, SOURCE, DEFAULT, ORACLE):
            continue
        change = (default.resampled - rival.resampled).mean(axis=1)
        verdict, errors = told(change), f"{default.error:.4f}, {rival.error:.4f}"
        if verdict == "worse":
            words = (
                "the default harms" if name == DIRECT else "the default is worse than"
            )
            yield f"{words} {name} ({errors})"
        elif verdict != "better":
            yield f"the default is not better than {name} beyond chance ({errors})"
    coverage, exact = _coverage(default.coverage)
    if abs(coverage - exact) > COVERED:
        yield (
            f"the default's {MASS:.0%} intervals hold {coverage:.1%} of the counts, "
            f"those of an exact model {exact:.1%}"
        )


def _mean(name: str, pairs: Pairs) -> float:
    return float(np.mean([found[name].error for found in pairs.values()]))


def _drawn(name: str, pairs: Pairs) -> np.ndarray:
    """(B,) mean errors of a prediction in the bootstrap samples of pairs."""
    each = np.stack([found[name].resampled.mean(axis=1) for found in pairs.values()])
    rng = np.random.default_rng(len(each))
    rows = rng.integers(len(each), size=(RESAMPLES, len(each)))
    return each[rows, np.arange(RESAMPLES)[:, None]].mean(axis=1)


def _gaps(name: str, pairs: Pairs, since: str = DIRECT) -> np.ndarray:
    start, own, oracle = (_drawn(which, pairs) for which in (since, name, ORACLE))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (start - own) / (start - oracle)


def _interval(value: float, samples: np.ndarray) -> str:
    low, high = np.nanquantile(samples, [0.025, 0.975])
    return f"{value:.0%} ({low:.0%} to {high:.0%})"


def _coverage(counts: np.ndarray) -> tuple[float, float]:
    """Fraction of counts in their intervals, and that of an exact model."""
    n, inside, exact = counts.sum(axis=1)
    return inside / n, exact / n


def _share(right: float, n: float) -> str:
    return f"{right / n:.1%}" if n else "-"
