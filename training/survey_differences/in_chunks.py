"""Measure images a few at a time, so that it takes little memory.

What a chunk gives is copied into tensors that are there before: small results that are
kept between large temporary ones would split the free memory, so that it is neither
used again nor given back.
"""

from collections.abc import Callable

from torch import Tensor

CHUNK = 32  # images


def in_chunks(
    measure: Callable[..., tuple[Tensor, ...]], *images: Tensor
) -> tuple[Tensor, ...]:
    """``measure`` of all of ``images`` (N, ...), called with up to `CHUNK` of each.

    Every result has as many rows as it is given, at least one.
    """
    count, whole = len(images[0]), ()
    for start in range(0, count, CHUNK):
        rows = slice(start, start + CHUNK)
        parts = measure(*(of_all[rows] for of_all in images))
        whole = whole or tuple(p.new_empty(count, *p.shape[1:]) for p in parts)
        for result, part in zip(whole, parts, strict=True):
            result[rows] = part
    return whole
