"""Shared by both throughput benchmarks: model metadata and augmentation."""

from morph.images.store import CutoutStore
from morph.runs.config_parts import AugmentConfig, ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from training.network.checkpoints import FittedModel

ANSWERS = len(GZD5.labels)
AUGMENT = AugmentConfig(turn="any", shift=4.0, zoom=0.1)  # all, interpolated


def card_for(store: CutoutStore, encoder: str) -> FittedModel:
    """Metadata with which a model may predict a store."""
    return FittedModel(
        tree=GZD5.name,
        labels=GZD5.labels,
        image=ImageConfig(),
        model=ModelConfig(encoder),
        size=store.manifest.size,
        pixscale_arcsec=store.manifest.pixscale_arcsec,
        stores=(),
        mean_fraction=(0.5,) * ANSWERS,
        description="",
    )
