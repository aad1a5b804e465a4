"""Images per second that reach a network, cropped and binned, and that it can take.

Shuffled batches are read as a fit reads them from disk (`MappedPixels`, four threads
that read ahead), of each format, beside the fastest thing that a network does with
them on this processor: features of morph's own encoder without gradients. Files are
not cached before. Of morph's format the processor time is shown too, which other
programs on the machine do not change.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from morph.runs.config_parts import ImageConfig, ModelConfig
from tests.benchmarks.cutouts.formats import formats
from tests.benchmarks.cutouts.made_cutouts import SIZE, made_cutouts
from tests.benchmarks.cutouts.row import Row
from tests.benchmarks.cutouts.store_formats import cutouts_of
from training.network.model import GalaxyModel
from training.pixels.crop_and_bin import BinnedPixels
from training.pixels.galaxy_images import network_input
from training.pixels.on_disk import MappedPixels, at_once, each, shuffled_blocks

GALAXIES = 128
BATCH = 32
SEEN = (128, 64)  # pixels per side of what a network sees of 256
CPU = torch.device("cpu")


def rows(folder: Path, galaxies: int | None) -> list[Row]:
    """The feeding rate of each format beside the rate of the encoder."""
    pixels = made_cutouts(galaxies or GALAXIES)
    takes = {side: _encoder_rate(pixels, side) for side in SEEN}
    found = []
    for number, one in enumerate(formats()):
        place = folder / str(number)
        place.mkdir()
        held = cutouts_of(place, one, pixels)
        for side in SEEN:
            # The same kind of array as of an opened store, read by rows.
            seen = MappedPixels([BinnedPixels(held, SIZE // side)], CPU)
            pace, what = _feeding_rate(seen), f"256 to {side} px: {one.name}"
            units = ("images/s", "images per CPU s")
            pairs = zip(pace, units, takes[side], strict=True)
            some = [_row(what, *pair, ours=number == 0) for pair in pairs]
            found += some if number == 0 else some[:1]
    return found


def _row(what: str, rate: float, unit: str, takes: float, *, ours: bool) -> Row:
    goal, met = ("at least as fast", rate >= takes) if ours else ("-", None)
    beside = "the encoder `small`"
    return Row(f"feeding {what}", rate, unit, beside, takes, goal, met)


def _feeding_rate(pixels: MappedPixels) -> tuple[float, float]:
    """Of one shuffled epoch."""
    order = shuffled_blocks(np.arange(len(pixels)), np.random.default_rng(0))
    batches = torch.from_numpy(order).split(BATCH)
    return _rate(len(pixels), lambda: each(pixels, batches))


def _encoder_rate(pixels: np.ndarray, side: int) -> tuple[float, float]:
    """Images per second of the encoder, of images that are in memory."""
    torch.manual_seed(0)
    model = GalaxyModel(ModelConfig("small"), 34, side).train(False)
    model = model.to(memory_format=torch.channels_last)
    flux = torch.from_numpy(np.array(BinnedPixels(pixels, SIZE // side)))

    def work() -> Iterator[torch.Tensor]:
        with torch.inference_mode():
            for some in flux.split(at_once(side, CPU)):
                yield model.features(network_input(some, ImageConfig()))

    list(work())  # to warm up
    return _rate(len(flux), work)


def _rate(count: int, work: Callable[[], Iterator[object]]) -> tuple[float, float]:
    """Images per second, and per second of processor time."""
    begun = time.perf_counter(), time.process_time()
    for _ in work():
        pass
    ended = time.perf_counter(), time.process_time()
    wall, busy = (end - start for start, end in zip(begun, ended, strict=True))
    return count / wall, count / busy
