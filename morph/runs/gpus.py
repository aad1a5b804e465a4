"""GPUs of this computer, as NVIDIA's driver reports them."""

from contextlib import suppress
from dataclasses import dataclass

import pynvml


@dataclass(frozen=True)
class Gpu:
    """One GPU: bytes of memory, and the percentage of time in use of late."""

    name: str
    free: int
    total: int
    use: int


def gpus() -> list[Gpu]:
    """The GPUs of this computer, in the driver's order; none without a driver."""
    found = []
    with suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        for number in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(number)
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            use = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
            name = pynvml.nvmlDeviceGetName(handle)
            found.append(Gpu(name, memory.free, memory.total, use))
    return found
