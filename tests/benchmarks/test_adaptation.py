"""The adaptation benchmark's tables and goals, on errors made up for them."""

from dataclasses import replace

import numpy as np
import pytest

from morph.errors import MorphError
from morph.runs.config import read_config
from tests.benchmarks import adaptation, adaptation_table
from tests.benchmarks.adaptation_judged import QUESTIONS, Judged
from tests.benchmarks.adaptation_methods import (
    CONSTANT,
    DEFAULT,
    DIRECT,
    METHODS,
    ORACLE,
    SOURCE,
    adapt_config,
)
from tests.benchmarks.adaptation_pair import QUICK, Size, write_surveys
from tests.benchmarks.adaptation_runs import carried_out, compared

GALAXIES, Q = 400, len(QUESTIONS)


def judged(rmse: float, *, seeds: int = 2, right: float = 0.99) -> Judged:
    """Errors of that root mean square in every question, scattered over galaxies."""
    rng = np.random.default_rng(3)
    scatter = rng.exponential(size=(1, GALAXIES, Q))
    squared = rmse**2 * scatter / scatter.mean(axis=1, keepdims=True)
    n = np.full(Q, 120.0 * seeds)
    return Judged(
        squared=np.repeat(squared, seeds, axis=0),
        confident=np.stack([n, right * n]),
        coverage=np.stack([n, 0.9 * n, 0.92 * n]),
    )


def predictions() -> dict[str, Judged]:
    return {
        CONSTANT: judged(0.30),
        SOURCE: judged(0.10),
        DIRECT: judged(0.20),
        "fast: AdaBN": judged(0.16),
        DEFAULT: judged(0.105),
        ORACLE: judged(0.10),
    }


def test_the_gap_between_direct_and_oracle_is_what_is_closed():
    table = {row["prediction"]: row for row in adaptation_table.rows(predictions())}
    closed = {name: row["gap closed"] for name, row in table.items()}
    assert closed[DIRECT] == "0%"
    assert closed[ORACLE] == "100%"
    assert closed["fast: AdaBN"] == "40%"
    assert closed[DEFAULT] == "95%"
    assert table["fast: AdaBN"]["by seed"] == "40% 40%"
    assert table[DEFAULT]["worst question"].endswith("-47.5%")


def test_the_mean_error_is_that_of_each_question_over_the_galaxies_asked_it():
    squared = np.full((1, 4, Q), 0.04)
    squared[0, :3, 1] = np.nan
    squared[0, 3, 1] = 0.16
    own = Judged(squared, np.zeros((2, Q)), np.zeros((3, Q)))
    assert own.rmse.mean() == pytest.approx((0.2 * (Q - 1) + 0.4) / Q)


def test_the_interval_is_that_of_galaxies_drawn_anew():
    """Where all galaxies have the same error, it is a point; else as wide as brute."""
    found = predictions()
    flat = {n: replace(j, squared=0 * j.squared + 0.01) for n, j in found.items()}
    flat[DIRECT] = replace(flat[DIRECT], squared=4 * flat[DIRECT].squared)
    assert adaptation_table.gap_interval(flat[DEFAULT], flat) == pytest.approx((1, 1))
    rng = np.random.default_rng(0)
    own = found[DEFAULT].squared[0]
    brute = [
        np.sqrt(own[rng.integers(GALAXIES, size=GALAXIES)].mean(axis=0)).mean()
        for _ in range(1000)
    ]
    drawn = found[DEFAULT].resampled()[:, 0]
    assert drawn.std() == pytest.approx(np.std(brute), rel=0.15)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({SOURCE: judged(0.27)}, ["beat the constant"]),
        ({DIRECT: judged(0.11)}, ["direct's error", "closes 50%", "as low as 50%"]),
        ({ORACLE: judged(0.11)}, ["oracle's error"]),
        ({DEFAULT: judged(0.15)}, ["closes 50%", "as low as 50%"]),
        ({DEFAULT: judged(0.105, right=0.9)}, ["confident galaxies"] * Q),
    ],
)
def test_a_goal_missed_is_said(change, said):
    misses = adaptation_table.missed(predictions() | change)
    assert len(misses) == len(said)
    assert all(part in miss for part, miss in zip(said, misses, strict=True))


def test_a_question_that_gets_worse_is_a_miss():
    found = predictions()
    worse = found[DEFAULT].squared.copy()
    worse[:, :, 3] = 1.03 * found[DIRECT].squared[:, :, 3]
    found[DEFAULT] = replace(found[DEFAULT], squared=worse)
    misses = adaptation_table.missed(found)
    assert any(f"makes {QUESTIONS[3]} worse by 1.5%" in miss for miss in misses)


def test_intervals_that_hold_too_many_counts_are_a_miss():
    found = predictions()
    n = found[SOURCE].coverage[0]
    found[SOURCE] = replace(found[SOURCE], coverage=np.stack([n, 0.97 * n, 0.91 * n]))
    assert adaptation_table.missed(found) == [
        f"{SOURCE}: 90% intervals contain 97.0% of the counts, those of an exact model "
        "91.0%"
    ]


def test_every_method_has_a_name_of_its_own_and_a_config_that_is_read():
    for of in (lambda m: m.slug, lambda m: m.name):
        assert len(set(map(of, METHODS))) == len(METHODS)
    for method in METHODS:
        config = read_config(adapt_config(QUICK, 1, method, "test"))
        fits = (config.joint.fit, config.simulation.fit, config.prototypes.fit)
        assert {fit.epochs for fit in fits} == {QUICK.adapt_epochs}
        assert config.long_simulation.fit.epochs == QUICK.fit_epochs


def test_methods_are_chosen_by_name_and_beside_none():
    chosen = adaptation._methods(["physical-plus"])
    assert [method.name for method in chosen] == [DIRECT, DEFAULT]
    with pytest.raises(MorphError, match="unknown: nothing"):
        adaptation._methods(["nothing"])


def test_a_gpu_size_without_a_gpu_is_an_error(monkeypatch):
    monkeypatch.setattr(adaptation.torch.cuda, "is_available", lambda: False)
    with pytest.raises(MorphError, match="needs a GPU"):
        adaptation.main(["--gpu"])


TINY = Size(
    galaxies=70,
    overlap=40,
    pairs=64,
    choice=4,
    fit_epochs=1,
    adapt_epochs=1,
    kmeans_epochs=1,
)


def test_runs_are_kept_and_never_mixed_with_others(tmp_path, monkeypatch):
    """A second pass trains nothing; another size and another config are refused."""
    write_surveys(tmp_path, TINY)
    methods = adaptation._methods(["fast"])
    found = compared(tmp_path, TINY, [1], methods, "test", jobs=2)
    assert list(found) == [CONSTANT, SOURCE, DIRECT, "fast: AdaBN", ORACLE]
    measured = adaptation._measured(tmp_path, found, methods, range(1, 2))
    assert set(measured["method"]) == {DIRECT, "fast: AdaBN"}
    error = measured.set_index("method")["error"]
    assert error["fast: AdaBN"] == found["fast: AdaBN"].rmse.mean()
    assert measured[["pairs", "conditional"]].notna().all(axis=None)
    monkeypatch.setattr("tests.benchmarks.adaptation_runs.train", None)
    write_surveys(tmp_path, TINY)
    again = compared(tmp_path, TINY, [1], methods, "test")
    for name, own in found.items():
        assert np.array_equal(again[name].squared, own.squared, equal_nan=True)
    with pytest.raises(MorphError, match="another configuration"):
        carried_out(tmp_path, "none-1", {"kind": "adapt"})
    with pytest.raises(MorphError, match="Name another folder"):
        write_surveys(tmp_path, replace(TINY, galaxies=71))
