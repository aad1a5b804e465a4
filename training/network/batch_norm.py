"""Batch norms of a network: freeze, synchronise, and keep statistics per survey.

A fit on two surveys keeps the means and variances (``joint.statistics``) of "both"
together, of the "source", of the "target", or "dual": a set for each survey.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from morph.errors import MorphError
from morph.runs.config_adaptation import Statistics

SECOND = ("source_mean", "source_var")  # additional buffers of "dual"


def batch_norms(model: nn.Module) -> list[_BatchNorm]:
    """All batch norms, in the order of the network."""
    return [module for module in model.modules() if isinstance(module, _BatchNorm)]


def freeze_batch_norm(model: nn.Module) -> None:
    """Keep means and variances fixed until ``train`` is called."""
    for norm in batch_norms(model):
        norm.eval()


def shared_batch_norm(model: nn.Module, processes: int, *, on_gpu: bool) -> nn.Module:
    """``model`` with batch norms over the whole batch of all processes.

    Second sets of statistics are kept. torch cannot do this on CPUs.
    """
    if processes == 1 or not batch_norms(model):
        return model
    if not on_gpu:
        raise MorphError(
            f"{processes} CPU processes cannot synchronise batch norm; use one "
            'process, set batch_norm to "frozen", or choose an encoder without batch '
            "norm (convnext_nano)"
        )
    before = [dict(norm.named_buffers()) for norm in batch_norms(model)]
    model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    for norm, buffers in zip(batch_norms(model), before, strict=True):
        for name in buffers.keys() & set(SECOND):
            norm.register_buffer(name, buffers[name])
    return model


def keep_two(model: nn.Module) -> None:
    """Give every batch norm a second set of means and variances: the source's.

    Both sets start with the present values; a model with two sets keeps them.
    """
    for norm in batch_norms(model):
        if not has_two(norm):
            norm.register_buffer(SECOND[0], norm.running_mean.clone())
            norm.register_buffer(SECOND[1], norm.running_var.clone())


def has_two(model: nn.Module) -> bool:
    """Whether the batch norms of ``model`` keep a set for the source as well."""
    return any(hasattr(norm, SECOND[0]) for norm in batch_norms(model))


@contextmanager
def reading_source(model: nn.Module) -> Iterator[None]:
    """Use and update the source's statistics, where batch norms keep two sets."""
    _swap(model)
    try:
        yield
    finally:
        _swap(model)


@contextmanager
def counted_as(
    model: nn.Module, statistics: Statistics, *, source: bool
) -> Iterator[None]:
    """Update the statistics that a batch of one survey belongs to, if any."""
    if statistics == "dual" and source:
        with reading_source(model):
            yield
        return
    norms = batch_norms(model)
    momenta = [norm.momentum for norm in norms]
    if statistics == ("target" if source else "source"):
        for norm in norms:
            norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _swap(model: nn.Module) -> None:
    for norm in batch_norms(model):
        if has_two(norm):
            used = norm.running_mean, norm.running_var
            norm.running_mean, norm.running_var = norm.source_mean, norm.source_var
            norm.source_mean, norm.source_var = used
