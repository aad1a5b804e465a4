"""Batch norms of a network: found, frozen, and kept alike between processes."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from morph.errors import MorphError


def batch_norms(model: nn.Module) -> list[_BatchNorm]:
    """All of them, in the order of the network."""
    return [module for module in model.modules() if isinstance(module, _BatchNorm)]


def freeze_batch_norm(model: nn.Module) -> None:
    """Let means and variances stand as they are, until ``train`` is called."""
    for norm in batch_norms(model):
        norm.eval()


def shared_batch_norm(model: nn.Module, processes: int, *, on_gpu: bool) -> nn.Module:
    """``model`` with batch norms that see the whole batch, however many share it.

    Raises
    ------
    MorphError
        On CPUs, where torch has no batch norm over several processes.
    """
    if processes == 1 or not batch_norms(model):
        return model
    if on_gpu:
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)
    raise MorphError(
        f"{processes} CPU processes cannot share a batch norm; use one process, set "
        'batch_norm to "frozen", or choose an encoder without batch norm '
        "(convnext_nano)"
    )
