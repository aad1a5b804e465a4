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
    except MemoryError as error:
        raise MorphError(_out_of_memory("the machine")) from error
    except torch.OutOfMemoryError as error:
        raise MorphError(_out_of_memory("the GPU")) from error
    except RuntimeError as error:
        sentence = _of_runtime(error)
        if sentence is None:
            raise
        raise MorphError(sentence) from error
    except OSError as error:
        if error.errno not in _FULL:
            raise
        free = shutil.disk_usage(folder).free
        raise MorphError(
            f"the disk of {folder} is full ({free / 1e6:,.0f} MB free); make room and "
            "start the run again: it resumes after its last complete epoch"
        ) from error


def _of_runtime(error: RuntimeError) -> str | None:
    """Explain a RuntimeError of torch that is no error of this code, else None."""
    if any(words in str(error) for words in _NO_MEMORY):  # of the CPU
        return _out_of_memory("the machine")
    if type(error).__module__.startswith(_COMPILER):
        return (
            f"torch could not compile the encoder ({str(error).strip()}); set "
            "device.compile to false and start a new run"
        )
    return None


def _out_of_memory(where: str) -> str:
    return (
        f"{where} has too little memory for this run; lower batch_size (of the step "
        'that failed), set device.pixels to "disk" or device.precision to '
        '"bf16-mixed", or choose a smaller encoder or smaller cutouts, and start a '
        "new run"
    )
