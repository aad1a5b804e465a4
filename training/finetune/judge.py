"""Judge a fine-tuned network on galaxies that no method has learnt from."""

from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric

from morph.atomic import write_json
from morph.evaluation.answer_scores import (
    SCORES,
    Interval,
    drawn_weights,
    interval,
    mcnemar,
    score,
)
from morph.runs.active_run import Run
from morph.runs.finetuning.config import FinetuneConfig
from morph.runs.finetuning.results_file import (
    CHANCE,
    FINE_TUNED,
    FROZEN,
    JUDGED,
    MAJORITY,
    SCRATCH,
)
from morph.runs.run_files import read_events
from morph.trees.decision_tree import DecisionTree
from training.apply.forward import concentrations_of, features_of
from training.finetune.fits import scratch_model
from training.finetune.frozen import frozen_probability
from training.finetune.labelled import Labelled, read_labelled
from training.finetune.networks import begun_with, first_model
from training.network.calibrate import calibrated
from training.network.checkpoints import load_model

_DIGITS = 5


def judge(run: Run, fabric: Fabric, config: FinetuneConfig, tree: DecisionTree) -> None:
    """Write ``finetuned.json``: all methods on the same galaxies, none learnt from."""
    first, card = first_model(run, config)
    labelled = read_labelled(run, fabric, config, card, tree)
    galaxies, rows = labelled.galaxies, torch.from_numpy(labelled.tested)

    model, own = load_model(run.folder / "checkpoints", tree)
    model.to(fabric.device)
    alpha = concentrations_of(fabric, model, galaxies, own.image, rows).cpu()
    found = {FINE_TUNED: calibrated(alpha, own.calibration, tree).numpy()}
    if config.scratch is not None:
        other = scratch_model(run, fabric, config, card, labelled, tree)
        alpha = concentrations_of(fabric, other, galaxies, card.image, rows)
        found[SCRATCH] = alpha.cpu().numpy()
    begun = begun_with(first, card, tree, survey=labelled.survey, seed=config.seed)
    begun.to(fabric.device)
    features = features_of(fabric, begun, galaxies, card.image).cpu().numpy()
    if fabric.is_global_zero:
        write_json(
            run.folder / JUDGED,
            {
                "galaxies": _numbers(labelled),
                "labels": int(labelled.votes.sum()),
                "labels_sha256": labelled.sha256,
                "epoch": _best_epoch(run),
                "questions": [
                    _question(place, labelled, features, found, tree, config.seed)
                    for place in range(len(tree.questions))
                ],
            },
        )
    fabric.barrier()


def _best_epoch(run: Run) -> int | None:
    """The epoch of the fine-tuning whose weights were kept."""
    epochs = [
        (event["held_out_loss"], event["epoch"])
        for event in read_events(run.folder)
        if event.get("event") == "epoch" and event.get("fit") == "finetune"
    ]
    return min(epochs)[1] if epochs else None


def _numbers(labelled: Labelled) -> dict[str, int]:
    return {
        "labelled": len(labelled.names),
        "without_image": labelled.without_image,
        "learnt": len(labelled.learnt),
        "held_out": len(labelled.held_out),
        "tested": len(labelled.tested),
    }


def _question(
    place: int,
    labelled: Labelled,
    features: np.ndarray,
    concentrations: dict[str, np.ndarray],
    tree: DecisionTree,
    seed: int,
) -> dict[str, Any]:
    """Scores of all methods on one question, and how two of them differ."""
    question, given = tree.questions[place], labelled.given[:, place]
    known = given[labelled.tested] >= 0
    rows = labelled.tested[known]
    learnt = np.union1d(labelled.learnt, labelled.held_out)
    learnt = learnt[given[learnt] >= 0]
    answers = len(question.answers)
    probabilities = {}
    for method, alpha in concentrations.items():
        own = alpha[known][:, tree.columns(question)]
        probabilities[method] = own / own.sum(axis=1, keepdims=True)
    frozen, strength = frozen_probability(
        features[learnt], given[learnt], features[rows], answers
    )
    shares = np.bincount(given[learnt], minlength=answers) / len(learnt)
    probabilities[FROZEN] = frozen
    probabilities[MAJORITY] = np.tile(shares, (len(rows), 1))
    probabilities[CHANCE] = np.full((len(rows), answers), 1 / answers)
    return {
        "question": question.name,
        "title": question.title,
        "answers": list(question.words),
        "galaxies": np.bincount(given[rows], minlength=answers).tolist(),
        "learnt": np.bincount(given[learnt], minlength=answers).tolist(),
        "strength": strength,
        **compared(probabilities, given[rows], seed=seed),
        "predictions": _predictions(labelled.names[rows], given[rows], probabilities),
    }


def compared(
    probabilities: dict[str, np.ndarray], given: np.ndarray, *, seed: int
) -> dict[str, Any]:
    """Scores of (n, K) probabilities for the answers ``given`` (n,), with intervals.

    Differences are of the fine-tuned network to each other method, by the same draws.
    """
    if not len(given):
        return {"methods": {}, "differences": {}, "mcnemar": None}
    weights = drawn_weights(len(given), seed=seed)
    values = {
        method: {one: score(one, found, given, weights) for one in SCORES}
        for method, found in probabilities.items()
    }
    best = values[FINE_TUNED]
    right = {m: found.argmax(axis=1) == given for m, found in probabilities.items()}
    only, other, p = mcnemar(right[FINE_TUNED], right[FROZEN])
    return {
        "methods": {
            method: {one: _plain(interval(drawn)) for one, drawn in scores.items()}
            for method, scores in values.items()
        },
        "differences": {
            method: {
                one: _plain(interval(best[one] - drawn))
                for one, drawn in scores.items()
            }
            for method, scores in values.items()
            if method != FINE_TUNED
        },
        "mcnemar": {"fine_tuned": only, "frozen": other, "p": round(p, _DIGITS)},
    }


def _plain(one: Interval) -> list[float | None]:
    """Value and ends of an interval as JSON, in which there is no NaN."""
    ends = (one.value, one.low, one.high)
    return [round(end, _DIGITS) if np.isfinite(end) else None for end in ends]


def _predictions(
    names: np.ndarray, given: np.ndarray, probabilities: dict[str, np.ndarray]
) -> list[dict[str, Any]]:
    """The judged galaxies with their answer and what two methods say of it."""
    return [
        {
            "iauname": str(name),
            "given": int(given[row]),
            **{
                method: np.round(probabilities[method][row], _DIGITS).tolist()
                for method in (FINE_TUNED, FROZEN)
            },
        }
        for row, name in enumerate(names)
    ]
