"""The adaptation benchmark's tables and goals, on errors made up for them."""

from dataclasses import replace

import numpy as np
import pytest

from morph.errors import MorphError
from morph.runs.config import read_config
from tests.benchmarks import adaptation_pairs, adaptation_runs, adaptation_table
from tests.benchmarks.adaptation_judged import QUESTIONS, Judged, compared
from tests.benchmarks.adaptation_methods import (
    ADABN,
    CONSTANT,
    CONTROL,
    DEFAULT,
    DIRECT,
    METHODS,
    ORACLE,
    OTHERS,
    SOURCE,
    adapt_config,
    methods_called,
    variants,
)
from tests.benchmarks.adaptation_pairs import QUICK, Size, drawn_pairs, write_pair
from tests.benchmarks.adaptation_runs import carry_out

GALAXIES, Q = 400, len(QUESTIONS)


def judged(rmse: float, *, seeds: int = 2, verdict: str = "better") -> Judged:
    """Errors of that root mean square in every question, scattered over galaxies."""
    rng = np.random.default_rng(3)
    scatter = rng.exponential(size=(1, GALAXIES, Q))
    squared = rmse**2 * scatter / scatter.mean(axis=1, keepdims=True)
    n = np.full(Q, 120.0 * seeds)
    return Judged(
        squared=np.repeat(squared, seeds, axis=0),
        confident=np.stack([n, 0.99 * n]),
        coverage=np.stack([n, 0.92 * n, 0.93 * n]),
        sure=(("bar", 1.1),) * seeds,
        verdicts=(verdict,) * seeds if verdict else (),
    )


def predictions() -> dict[str, Judged]:
    return {
        CONSTANT: judged(0.30, verdict=""),
        SOURCE: judged(0.10, verdict=""),
        DIRECT: judged(0.20, verdict="cannot be told"),
        CONTROL: judged(0.15),
        ADABN: judged(0.18),
        DEFAULT: judged(0.105),
        ORACLE: judged(0.10, verdict=""),
    }


def pairs(**changed: Judged) -> dict[str, dict[str, Judged]]:
    """Two pairs, of which the second has half the errors."""
    second = {
        name: replace(own, squared=own.squared / 4)
        for name, own in predictions().items()
    }
    return {"one": predictions() | changed, "two": second}


def test_the_gap_between_direct_and_oracle_is_what_is_closed():
    table = {row["prediction"]: row for row in adaptation_table.rows(pairs())}
    assert table[DIRECT]["one"] == "0.2000   0%"
    assert table[ADABN]["two"] == "0.0900  20%"
    assert table[ORACLE]["mean"] == "0.0750"
    assert table[DEFAULT]["gap closed"] == "95% (95% to 95%)"
    assert table[DEFAULT]["beyond the control"] == "90% (90% to 90%)"


def test_gaps_over_pairs_are_those_of_mean_errors():
    """A pair with a small gap counts by its size, not as much as one with a large."""
    both = pairs()
    both["two"] |= {DIRECT: judged(0.051), DEFAULT: judged(0.051)}
    closed = adaptation_table.gap_closed(DEFAULT, both)
    assert closed == pytest.approx((0.251 - 0.156) / (0.251 - 0.15))


def test_parts_of_the_gain_add_up():
    parts = adaptation_table.shares(pairs())
    assert [float(row["RMSE"]) for row in parts] == [0.015, 0.0225, 0.0338]
    assert [row["of the gain"].split()[0] for row in parts] == ["21%", "32%", "47%"]


def test_the_mean_error_is_that_of_each_question_over_the_galaxies_asked_it():
    squared = np.full((1, 4, Q), 0.04)
    squared[0, :3, 1] = np.nan
    squared[0, 3, 1] = 0.16
    own = Judged(squared, np.zeros((2, Q)), np.zeros((3, Q)))
    assert own.error == pytest.approx((0.2 * (Q - 1) + 0.4) / Q)


def test_the_interval_is_that_of_galaxies_drawn_anew():
    found = predictions()
    rng = np.random.default_rng(0)
    own = found[DEFAULT].squared[0]
    brute = [
        np.sqrt(own[rng.integers(GALAXIES, size=GALAXIES)].mean(axis=0)).mean()
        for _ in range(1000)
    ]
    drawn = found[DEFAULT].resampled[:, 0]
    assert drawn.std() == pytest.approx(np.std(brute), rel=0.15)


def test_verdicts_are_counted_by_what_happened():
    both = pairs(**{ADABN: judged(0.21, verdict="better")})
    rows = {row["verdict"]: row for row in adaptation_table.verdict_rows(both)}
    # Two seeds: of control and default in both pairs, of AdaBN in the other alone.
    assert rows["better"]["really worse"] == "2 (0 default)"
    assert rows["better"]["really better"] == "10 (4 default)"
    assert rows["cannot be told"]["really better"] == "0 (0 default)"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({SOURCE: judged(0.27)}, ["beat the constant"]),
        ({"rival": judged(0.1049)}, ["the default is worse than rival"]),
        ({"rival": judged(0.105)}, ["not better than rival beyond chance"]),
        ({DIRECT: judged(0.104)}, ["the default harms"]),
        ({ORACLE: judged(0.07)}, ["closes 64% of the gap"]),
        (
            {
                DEFAULT: replace(
                    judged(0.105),
                    coverage=np.stack([np.ones(Q)] * 2 + [0.9 * np.ones(Q)]),
                )
            },
            ["intervals hold 100.0% of the counts, those of an exact model 90.0%"],
        ),
    ],
)
def test_a_goal_missed_is_said(change, said):
    misses = adaptation_table.missed(pairs(**change))
    assert len(misses) == len(said)
    assert all(part in miss for part, miss in zip(said, misses, strict=True))


def test_every_fit_to_votes_has_the_same_epochs_and_rate():
    every = (*METHODS, *OTHERS, *variants(METHODS))
    assert len({m.slug for m in every}) == len({m.name for m in every})
    for method in every:
        config = read_config(adapt_config(QUICK, 1, method, "test"))
        fits = (config.joint.fit, config.simulation.fit, config.long_simulation.fit)
        assert {(f.epochs, f.learning_rate, f.batch_size) for f in fits} == {
            (QUICK.epochs, 2e-3, 32)
        }


def test_methods_are_chosen_by_name_and_beside_none():
    chosen = methods_called(["physical-plus"])
    assert [method.name for method in chosen] == [DIRECT, DEFAULT]
    with pytest.raises(MorphError, match="unknown: nothing"):
        methods_called(["nothing"])
    tried = [method.slug for method in variants(methods_called(["mmd"]))]
    assert tried == ["none", "mmd-5", "mmd-50", "mmd-500"]


def test_a_pair_is_the_same_however_many_are_drawn():
    few, many = drawn_pairs(2), drawn_pairs(6)
    assert [pair.kind for pair in many[2:]] == ["small gap", "GalSim", "drawn", "drawn"]
    for one, other in zip(few, many, strict=False):
        assert np.array_equal(one.target.depth, other.target.depth)
    gaps = [np.abs(p.target.fwhm_arcsec / p.source.fwhm_arcsec - 1) for p in many]
    assert np.argmin(np.max(gaps, axis=1)) == 2


def test_a_pair_without_real_psfs_is_not_called_by_them(tmp_path, monkeypatch):
    """So that errors of one are never taken for errors of the other."""
    monkeypatch.setattr(adaptation_pairs, "REAL", tmp_path)
    assert drawn_pairs(1)[0].kind == "made-up PSFs"
    (tmp_path / "ccd").mkdir()
    assert drawn_pairs(1)[0].kind == "real PSFs"


def test_runs_are_kept_and_never_mixed_with_others(tmp_path, monkeypatch):
    """A second pass trains nothing; another size and another config are refused."""
    tiny = Size(galaxies=66, overlap=60, epochs=1, judged=64, pixels=32)
    seeds, (pair,) = [1], drawn_pairs(1)
    methods = methods_called(["physical-plus", "simulation"])
    options = {"half": "test", "jobs": 1}
    carry_out(tmp_path, [pair], tiny, seeds, methods, **options)
    home = pair.folder(tmp_path)
    found = compared(home, seeds, methods, "test")
    names = [CONSTANT, SOURCE, DIRECT, "mock observations", DEFAULT, ORACLE]
    assert sorted(found) == sorted(names)
    assert found[DEFAULT].verdicts[0] in adaptation_table.TRUTHS
    log = (home / "runs" / "simulation-1" / "events.jsonl").read_text()
    assert '"epoch"' not in log  # its fit is that of physical+
    monkeypatch.setattr(adaptation_runs, "train", None)
    carry_out(tmp_path, [pair], tiny, seeds, methods, **options)
    again = compared(home, seeds, methods, "test")
    assert again[DEFAULT].error == found[DEFAULT].error
    with pytest.raises(MorphError, match="another configuration"):
        adaptation_runs.carried_out(home, "none-1", {"kind": "adapt"})
    with pytest.raises(MorphError, match="Name another folder"):
        write_pair(tmp_path, pair, replace(tiny, galaxies=67))
