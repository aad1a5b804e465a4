"""Out of memory and full disks are explained; other errors pass."""

import errno

import pytest
import torch
from torch._dynamo.exc import BackendCompilerFailed

from morph.errors import MorphError
from training.failures import explained


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "the machine has too little memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), "the GPU has too little"),
        (OSError(errno.ENOSPC, "No space left on device"), "is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "is full"),
    ],
)
def test_what_ran_out_and_what_to_change(tmp_path, error, said):
    with pytest.raises(MorphError, match=said), explained(tmp_path):
        raise error


def test_an_encoder_that_cannot_be_compiled(tmp_path):
    error = BackendCompilerFailed(compile, RuntimeError("no C++ compiler"), None)
    with pytest.raises(MorphError, match=r"device\.compile to"), explained(tmp_path):
        raise error


def test_a_tensor_larger_than_all_memory_is_explained(tmp_path):
    with pytest.raises(MorphError, match="lower batch_size"), explained(tmp_path):
        torch.empty(2**58)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), PermissionError(13)])
def test_other_errors_pass_as_they_are(tmp_path, error):
    with pytest.raises(type(error)) as caught, explained(tmp_path):
        raise error
    assert caught.value is error
