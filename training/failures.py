"""Explain failures from outside: out of memory, a full disk."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from morph.errors import MorphError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_COMPILER = ("torch._dynamo", "torch._inductor")
_NO_MEMORY = ("can't allocate memory", "out of memory", "not enough memory")


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise such errors as MorphErrors that say what to change.

    ``folder`` is the run's; the run can resume from its contents.
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError) as error:
        sentence = _explanation(error, folder)
        if sentence is None:
            raise
        raise MorphError(sentence) from error


def _explanation(error: Exception, folder: Path) -> str | None:
    """What happened and what to change, or None for an error of this code."""
    if isinstance(error, OSError):
        if error.errno not in _FULL:
            return None
        free = shutil.disk_usage(folder).free
        return (
            f"the disk of {folder} is full ({free / 1e6:,.0f} MB free); free some "
            "space and start the run again: it resumes after its last completed epoch"
        )
    on_gpu = isinstance(error, torch.OutOfMemoryError)
    if (
        on_gpu
        or isinstance(error, MemoryError)
        or any(words in str(error) for words in _NO_MEMORY)  # of a CPU
    ):
        return (
            f"{'the GPU' if on_gpu else 'the machine'} has too little memory for this "
            "run; lower batch_size (of the step that failed), set device.pixels to "
            '"disk" or device.precision to "bf16-mixed", or choose a smaller encoder '
            "or smaller cutouts, and start a new run"
        )
    if type(error).__module__.startswith(_COMPILER):
        return (
            f"torch could not compile the encoder ({str(error).strip()}); set "
            "device.compile to false and start a new run"
        )
    return None
