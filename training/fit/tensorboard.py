"""Curves of a fit for TensorBoard, in ``tensorboard/`` of the run's folder.

They are those of the events; `tensorboard --logdir MORPH_HOME/runs` shows all runs.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FOLDER = "tensorboard"

Write = Callable[[str, int, Mapping[str, float]], None]


@contextmanager
def tensorboard(run: Path, fit: str, *, on: bool) -> Iterator[Write]:
    """A function that writes values of a step, under a group; nothing unless ``on``."""
    if not on:
        yield lambda group, step, values: None
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(run / FOLDER / fit)) as writer:

        def write(group: str, step: int, values: Mapping[str, float]) -> None:
            for name, value in values.items():
                writer.add_scalar(f"{group}/{name}", value, step)
            writer.flush()

        yield write
