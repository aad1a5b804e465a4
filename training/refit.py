"""A new model like the source's, fitted to its votes on survey-simulated pictures.

A model that has settled on one survey's pictures never quite forgets them: one that
begins with the other survey's look ends where a model fitted to true target pictures
does (docs/adaptation.md). It costs what the source's fit did.
"""

from dataclasses import replace

import torch

from morph.errors import MorphError
from morph.home import run_folder
from morph.run_files import read_json
from training.adaptation import Adaptation
from training.config import SourceConfig, read_config
from training.config_parts import FitConfig
from training.config_steps import JointConfig
from training.joint import fit_named
from training.model import make_model


def refit_on_simulation(given: Adaptation) -> None:
    """Put a new model in the place of the fitted one, and fit it, in place.

    It starts from what the source model started from and is fitted as that was, on
    pictures retaken (`training.survey_simulation`). The source model's calibration
    stands for it too.

    Raises
    ------
    MorphError
        If the model is none that a run has fitted to votes.
    """
    card, model = given.card, given.model
    fit = _fit_of_source(given)
    torch.manual_seed(given.config.seed)
    fresh = make_model(card.model, len(card.labels), card.size)
    fresh.start_at(torch.tensor(card.mean_fraction))
    model.load_state_dict(fresh.state_dict())
    fit_named(given, "refit", JointConfig(fit=fit))


def _fit_of_source(given: Adaptation) -> FitConfig:
    """How the model was fitted; for as many epochs as the config says, if it does."""
    name = given.config.model_run
    config = read_config(read_json(run_folder(given.run.root, name) / "config.json"))
    if not isinstance(config, SourceConfig):
        raise MorphError(
            f"the model of {name!r} was adapted, not fitted to votes; name the run "
            'that fitted it, or choose another method ("physical")'
        )
    epochs = given.config.refit.epochs or config.fit.epochs
    return replace(config.fit, epochs=epochs, patience=0)
