"""What a release tells of the run that made it: calibration, bad pixels, documents."""

from pathlib import Path
from typing import Any

from morph.report.card import CARD
from morph.runs.evaluation_file import EVALUATION
from morph.trees.decision_tree import DecisionTree
from training.apply.predict import Prediction, Predictor
from training.network.calibrate import UNCHANGED
from training.pixels.bad_images import counted


def images_of(prediction: Prediction, most: float) -> dict[str, Any] | None:
    """Numbers of images with bad pixels, for the details of a release."""
    if prediction.bad is None:
        return None
    return {"most_bad_pixels": most, **counted(prediction.bad, most)}


def documents_of(folder: Path) -> dict[str, str]:
    """The model card and the evaluation of a run, where it has them, by file name."""
    paths = [folder / name for name in (CARD, EVALUATION)]
    return {p.name: p.read_text(encoding="utf-8") for p in paths if p.is_file()}


def calibration_of(
    predictors: list[Predictor], tree: DecisionTree
) -> dict[str, Any] | None:
    """Calibration of each question and model, where one is calibrated."""
    if not any(predictor.card.calibration for predictor in predictors):
        return None
    unchanged = (UNCHANGED,) * len(tree.questions)
    of_models = [predictor.card.calibration or unchanged for predictor in predictors]
    return {
        question.name: list(map(list, pairs))
        for question, *pairs in zip(tree.questions, *of_models, strict=True)
    }
