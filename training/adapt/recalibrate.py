"""Galaxies held out of all fits, and the calibration of an adapted model on them.

The source fit holds out galaxies; they stay held out of every adaptation of its model.
Their mock observations in the target survey, with their votes, calibrate the adapted
posteriors, as well as these stand for the target's images and galaxies.
"""

import hashlib
from pathlib import Path

import numpy as np
import torch

from morph.errors import MorphError
from morph.home import run_folder
from morph.runs.config import AdaptConfig, SourceConfig, read_config
from morph.runs.config_parts import ImageConfig
from morph.runs.run_files import CONFIG, read_json
from morph.trees.decision_tree import DecisionTree
from training.fit.source import learnt_and_held_out
from training.judge.reference import Reference, output_of
from training.network.calibrate import Calibration, fit_together
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import open_stores
from training.pixels.store_counts import read_counts

_HELD_OUT = 0.05  # fraction, if none are known of the source fit


def held_out_names(
    root: Path, config: AdaptConfig, image: ImageConfig, tree: DecisionTree
) -> tuple[frozenset[str], str]:
    """Names of the galaxies whose votes no fit may learn, and where they are from.

    Those held out of the source fit. If none of these are in the source stores, a
    fraction of the stores' galaxies, chosen by their names: the same in every run.
    """
    names: set[str] = set()
    for store in open_stores(root, config.source_stores, image):
        names.update(store.names)
    source = _source_fit(root, config.model_run)
    if source is not None and source.held_out:
        kept = _held_out_of(root, source, tree) & names
        if kept:
            return frozenset(kept), "held out of the source fit"
    kept = {name for name in names if _place(name) < _HELD_OUT}
    return frozenset(kept), "chosen by name; the source model may have learnt them"


def recalibrated(reference: Reference, model: GalaxyModel) -> tuple[Calibration, ...]:
    """Calibration of each question of the adapted model.

    Fitted to the votes of held-out galaxies (at most ``choice.galaxies``) on their mock
    observations, not weighted to the target's population; the source model's, if there
    are no mock observations.
    """
    setup, mocks = reference.setup, reference.reobserved
    if mocks is None or not len(mocks.held_out):
        return setup.card.calibration
    alpha = output_of(setup, model, mocks.held_out, calibrated=False).alpha
    fitted = fit_together(torch.from_numpy(alpha), mocks.votes, setup.tree)
    rounded = {
        question.name: [round(value, 4) for value in factors]
        for question, factors in zip(setup.tree.questions, fitted, strict=True)
    }
    setup.run.event("calibrated", questions=rounded, galaxies=len(mocks.held_out))
    return fitted


def _source_fit(root: Path, run_id: str) -> SourceConfig | None:
    """The config of the fit to votes that a model started from, if it is known."""
    seen: set[str] = set()
    while run_id not in seen:
        seen.add(run_id)
        try:
            config = read_config(read_json(run_folder(root, run_id) / CONFIG))
        except MorphError:
            return None
        if isinstance(config, SourceConfig):
            return config
        if not isinstance(config, AdaptConfig):
            return None
        run_id = config.model_run
    return None


def _held_out_of(root: Path, source: SourceConfig, tree: DecisionTree) -> set[str]:
    """Names of the galaxies held out of a source fit; none if its stores are gone."""
    try:
        stores = open_stores(root, source.stores, source.image, first=source.first)
        _, rows = learnt_and_held_out(read_counts(stores, tree), source, tree)
    except MorphError:
        return set()
    return set(np.concatenate([store.names for store in stores])[rows])


def _place(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6]) / 2**48
