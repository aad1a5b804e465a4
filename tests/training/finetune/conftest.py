"""A small model that was fitted to a survey."""

import pytest
import torch

from morph.runs.config_parts import ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from training.network.checkpoints import FittedModel
from training.network.model import make_model


@pytest.fixture
def first():
    """A model with random weights, and its metadata."""
    torch.manual_seed(1)
    model = make_model(ModelConfig(), len(GZD5.labels), 16)
    card = FittedModel(
        GZD5.name, GZD5.labels, ImageConfig(), ModelConfig(), 16, None, survey="decals"
    )
    return model, card
