"""A new model like the source's, fitted to its votes on survey-simulated pictures.

A model that has settled on one survey's pictures never quite forgets them: one that
begins with the other survey's look ends where a model fitted to true target pictures
does (docs/adaptation.md). It costs what the source's fit did.
"""

from dataclasses import asdict, replace
from pathlib import Path

import torch

from morph.errors import MorphError
from morph.home import run_folder
from morph.run_files import read_json
from training.adaptation import Adaptation
from training.config import AdaptConfig, SourceConfig, read_config
from training.config_parts import FitConfig
from training.config_steps import JointConfig
from training.joint import fit_named
from training.model import make_model


def refit_on_simulation(given: Adaptation) -> None:
    """Put a new model in the place of the fitted one, and fit it, in place.

    It starts from what the source model started from and is fitted as that was, for all
    its epochs, on pictures retaken (`training.survey_simulation`). The source model's
    calibration stands for it too.

    Raises
    ------
    MorphError
        As `fit_of_source`.
    """
    card = given.card
    fit = fit_of_source(given.run.root, given.config)
    torch.manual_seed(given.config.seed)
    fresh = make_model(card.model, len(card.labels), card.size)
    fresh.start_at(torch.tensor(card.mean_fraction))
    given.model.load_state_dict(fresh.state_dict())
    fit_named(given, "refit", JointConfig(fit=fit))


def fit_of_source(root: Path, config: AdaptConfig) -> FitConfig:
    """How the model was fitted to votes, with what ``config.refit`` changes of it.

    Raises
    ------
    MorphError
        If the model is one that was adapted.
    """
    folder = run_folder(root, config.model_run)
    source = read_config(read_json(folder / "config.json"))
    if not isinstance(source, SourceConfig):
        raise MorphError(
            f"the model of {config.model_run!r} was adapted, not fitted to votes; name "
            'the run that fitted it, or choose another method ("physical")'
        )
    told = {name: value for name, value in asdict(config.refit).items() if value}
    # Which epoch is the best is judged without votes here, and never ends a fit.
    return replace(source.fit, patience=0, **told)
