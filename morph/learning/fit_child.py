"""The process that fits models, started and spoken to by `morph.learning.fit_process`.

It reads the folders of tasks from its input, one a line, and answers each part of the
result with a line; after each it waits for "on" or "stop". It ends with its input, or
after a while without a task.
"""

import os
import select
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.learning.fit_task import RANKS, FitTask, as_message, read_task
from morph.learning.judging.evaluation import evaluate
from morph.learning.judging.learning_curve import learning_curve
from morph.learning.models.answer_model import AnswerModel
from morph.learning.models.feature_space import open_space
from morph.learning.models.ranking import Model, fit, rank
from morph.learning.models.rating_model import RatingModel
from morph.sandbox import limit

MEMORY_BYTES = 8 << 30
_CPU_S, _FILE_BYTES = 24 * 3600, 4 << 30
_IDLE_S = 900
_INPUT = 0  # file descriptor
_came = bytearray()  # from it, and not read yet


class _Stopped(Exception):
    """The other process does not want the rest."""


def main() -> int:
    """Carry out tasks until there are no more."""
    limit(memory_bytes=MEMORY_BYTES, cpu_s=_CPU_S, file_bytes=_FILE_BYTES)
    while folder := _next_line():
        try:
            _carry_out(Path(folder))
            _send("end", None)
        except _Stopped:
            continue
        except (MorphError, MemoryError, OSError) as error:
            _send("refused", str(error) or "not enough memory to fit the model")
    return 0


def _carry_out(folder: Path) -> None:
    task = read_task(folder)
    features = np.load(task.features, mmap_mode="r")
    space = open_space(features, task.space)
    x = np.asarray(space[task.rows], np.float64)
    models = [
        fit(one, x[one.rows], task.groups[one.rows], seed=task.seed)
        for one in task.problems
    ]
    np.savez(folder / RANKS, **rank(task.problems, models, space))
    strengths = [m.strength if isinstance(m, AnswerModel) else None for m in models]
    _part("ranks", strengths)
    _judge(task, x)
    _measure(task, models, x)


def _judge(task: FitTask, x: np.ndarray) -> None:
    for one in task.problems:
        plain = None if task.plain is None else task.plain[one.rows]
        found = evaluate(
            one,
            x[one.rows],
            task.groups[one.rows],
            plain=plain,
            at_random=task.at_random[one.rows],
            seed=task.seed,
        )
        _part("evaluation", asdict(found))


def _measure(task: FitTask, models: list[Model], x: np.ndarray) -> None:
    for one, model in zip(task.problems, models, strict=True):
        is_rating = isinstance(model, RatingModel)
        found = learning_curve(
            one,
            x[one.rows],
            task.groups[one.rows],
            strength=1.0 if is_rating else model.strength,
            kernel=model.kernel if is_rating else None,
            seed=task.seed,
        )
        _part("curve", asdict(found))


def _part(name: str, value: object) -> None:
    """Send a part, and go on only if the other process wants more."""
    _send(name, value)
    if _next_line() != "on":
        raise _Stopped


def _send(name: str, value: object) -> None:
    sys.stdout.write(as_message(name, value))
    sys.stdout.flush()


def _next_line() -> str:
    """The next line of the input; "" at its end, or after `_IDLE_S` without one.

    Lines that came together are kept: a stream with a buffer of its own would hold the
    second one where `select` does not see it.
    """
    while b"\n" not in _came:
        if not select.select([_INPUT], [], [], _IDLE_S)[0]:
            return ""
        more = os.read(_INPUT, 1 << 16)
        if not more:
            return ""
        _came.extend(more)
    line, _, rest = bytes(_came).partition(b"\n")
    _came[:] = rest
    return line.decode().strip()


if __name__ == "__main__":
    sys.exit(main())
