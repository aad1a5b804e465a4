"""Fits in another process: the same numbers, refusals, and an end at any time."""

import json

import numpy as np
import pytest

from morph.errors import MorphError
from morph.learning import fit_process
from morph.learning.fit_task import FitTask, without, write_task
from morph.learning.judging.evaluation import evaluate
from morph.learning.judging.learning_curve import learning_curve
from morph.learning.models.feature_space import open_space
from morph.learning.models.ranking import fit, rank
from morph.learning.training_labels import Problem

RNG = np.random.default_rng(8)
N, LABELS = 500, 60
FEATURES = np.abs(RNG.normal(size=(N, 12))).astype(np.float16)
FEATURES[7] = 0  # without features
ROWS = np.arange(20, 20 + LABELS)
GIVEN = (FEATURES[ROWS, 0] > 0.7).astype(int)
PROBLEM = Problem("", ("Ring", "No ring"), np.arange(LABELS), GIVEN)
RATED = Problem("", tuple("012345"), np.arange(LABELS), 2.0 + GIVEN, is_rating=True)


@pytest.fixture
def task(tmp_path):
    np.save(tmp_path / "features.npy", FEATURES)
    return FitTask(
        tmp_path / "features.npy",
        tmp_path / "space.npy",
        (PROBLEM,),
        ROWS,
        np.arange(LABELS),
        np.arange(LABELS) < 30,
        FEATURES[ROWS, 1:3].astype(float),
    )


@pytest.fixture(autouse=True)
def ended():
    yield
    fit_process.stop()


def test_the_result_is_that_of_this_process(task, tmp_path):
    found = fit_process.carry_out(task, tmp_path, hear=lambda result: True)
    space = open_space(FEATURES, tmp_path / "mine.npy")
    x = np.asarray(space[ROWS], float)
    model = fit(PROBLEM, x, task.groups, seed=0)
    expected = rank((PROBLEM,), (model,), space)
    assert found.ranks.keys() == expected.keys()
    for name, values in expected.items():
        assert found.ranks[name] == pytest.approx(values, nan_ok=True, rel=1e-4)
        assert np.isnan(values[7]).all() and np.isfinite(np.delete(values, 7, 0)).all()
    assert found.strengths == (model.strength,)
    more = {"at_random": task.at_random, "seed": 0, "plain": task.plain}
    assert found.evaluations == (evaluate(PROBLEM, x, task.groups, **more),)
    curve = learning_curve(
        PROBLEM, x, task.groups, strength=model.strength, kernel=None, seed=0
    )
    assert found.curves == (curve,)


def test_ratings_come_back_with_their_uncertainty(task, tmp_path):
    rated = FitTask(**{**vars(task), "problems": (RATED,), "plain": None})
    found = fit_process.carry_out(rated, tmp_path, hear=lambda result: True)
    assert {"mean", "error", "improvement", "bound"} <= found.ranks.keys()
    known = found.ranks["bound"] == pytest.approx(
        found.ranks["mean"] + 2 * found.ranks["error"], nan_ok=True, rel=1e-4
    )
    assert known
    assert found.strengths == (None,)
    assert found.evaluations[0].judged[0].plain is None


def test_the_rest_is_not_computed_if_nobody_wants_it(task, tmp_path):
    heard = []

    def first_only(result):
        heard.append(result)
        return False

    found = fit_process.carry_out(task, tmp_path, hear=first_only)
    assert (len(heard), found.evaluations) == (1, ())
    again = fit_process.carry_out(task, tmp_path, hear=lambda result: True)
    assert len(again.curves) == 1


def test_a_task_that_comes_with_the_end_of_another_is_heard(task, tmp_path):
    process = fit_process._running()
    write_task(tmp_path, task)
    # As "stop" and the next task do, if nobody reads between them.
    process.stdin.write(f"{tmp_path}\nstop\n{tmp_path}\nstop\n")
    process.stdin.flush()
    parts = [json.loads(process.stdout.readline())["part"] for _ in range(2)]
    assert parts == ["ranks", "ranks"]


def test_a_process_that_ended_is_started_again(task, tmp_path):
    fit_process.start()
    fit_process.stop()
    found = fit_process.carry_out(task, tmp_path, hear=lambda result: False)
    assert "alpha_0" in found.ranks


def test_a_process_that_is_killed_is_said(task, tmp_path):
    def kill(result):
        fit_process.stop()
        return True

    with pytest.raises(MorphError, match="ended before it was done"):
        fit_process.carry_out(task, tmp_path, hear=kill)


def test_what_the_process_refuses_is_raised_here(task, tmp_path):
    lost = FitTask(**{**vars(task), "features": tmp_path / "none.npy"})
    with pytest.raises(MorphError, match=r"none\.npy"):
        fit_process.carry_out(lost, tmp_path, hear=lambda result: True)
    found = fit_process.carry_out(task, tmp_path, hear=lambda result: False)
    assert "alpha_0" in found.ranks


def test_galaxies_without_features_are_left_out(task):
    known = np.arange(LABELS) % 4 != 0
    found = without(task, known)
    assert (found.rows == ROWS[known]).all()
    (problem,) = found.problems
    assert (problem.given == GIVEN[known]).all()
    assert (found.rows[problem.rows] == ROWS[known]).all()
    assert len(found.plain) == len(found.groups) == len(found.at_random) == 45
    with pytest.raises(MorphError, match="51 of 60 labelled galaxies have no image"):
        without(task, np.arange(LABELS) < 9)
