"""Cutouts cropped and binned as they are read, so that a store serves several sizes.

Of a memory-mapped store only the rows of the crop are read from disk. Bins are averaged
over the pixels with data, the finite ones: fluxes stay per pixel of the store, as
surface brightness, so that stretches and saturation levels hold. The noise of a bin is
lower than that of its pixels. A bin is missing if more than half of its pixels are.
"""

from dataclasses import replace

import numpy as np
import torch

from morph.images.store import CutoutStore
from morph.images.store_manifest import look_of
from morph.runs.config_parts import ImageConfig


def as_seen(store: CutoutStore, image: ImageConfig) -> CutoutStore:
    """A store with the size, pixel scale and pixels that a network sees.

    Pixel scales of single galaxies in its index follow. MorphError if the store cannot
    give such images.
    """
    if not image.crop and image.rebin == 1:
        return store
    look = look_of(store.folder.name, store.manifest, image)
    manifest = replace(
        store.manifest,
        size=look.size,
        pixscale_arcsec=look.pixscale_arcsec,
        flux_pixscale_arcsec=look.flux_pixscale_arcsec,
    )
    index = store.index
    if "pixscale_arcsec" in index:
        index = index.assign(pixscale_arcsec=index["pixscale_arcsec"] * image.rebin)
    pixels = cropped(store.pixels, look.size * image.rebin)
    if image.rebin > 1:
        pixels = BinnedPixels(pixels, image.rebin)
    return CutoutStore(store.folder, manifest, index, pixels, look.part)


def cropped(pixels: np.ndarray, side: int) -> np.ndarray:
    """The central ``side`` × ``side`` pixels of (..., S, S), as a view."""
    start = (pixels.shape[-1] - side) // 2
    middle = slice(start, start + side)
    return pixels[..., middle, middle]


def binned(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Means of bins of (..., S, S) pixels, S a multiple of ``factor``; float32.

    NaN and ±∞ are missing: they do not count in the mean of a bin, and the mean is NaN
    if more than half of the bin is missing.
    """
    *lead, height, width = pixels.shape
    shape = (*lead, height // factor, factor, width // factor, factor)
    means = _sums(pixels, factor) / np.float32(factor**2)
    gaps = ~np.isfinite(means)
    if gaps.any():
        bins = pixels.reshape(shape).swapaxes(-2, -3)[gaps].astype(np.float32)
        has_data = np.isfinite(bins)
        number = has_data.sum(axis=(-2, -1))
        sums = np.where(has_data, bins, 0).sum(axis=(-2, -1))
        enough = 2 * number >= factor**2
        means[gaps] = np.where(enough, sums / np.maximum(number, 1), np.nan)
    return means


def _sums(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Sums of bins, not finite where a pixel is not.

    Whole rows are added first, being fastest. By torch, which converts float16 four
    times as fast as NumPy.
    """
    held = torch.from_numpy(np.array(pixels))
    rows = held[..., ::factor, :].float()
    for i in range(1, factor):
        rows += held[..., i::factor, :]
    sums = rows[..., ::factor].clone()
    for i in range(1, factor):
        sums += rows[..., i::factor]
    return sums.numpy()


class BinnedPixels:
    """(N, B, S, S) float16 pixels that are binned as they are read.

    An integer reads one cutout; a slice is another such view, which ``numpy.array``
    reads.
    """

    dtype = np.dtype(np.float16)

    def __init__(self, pixels: np.ndarray, factor: int) -> None:
        self._pixels, self._factor = pixels, factor
        *lead, height, width = pixels.shape
        self.shape = (*lead, height // factor, width // factor)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes of the binned pixels."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __getitem__(self, rows: int | slice) -> "np.ndarray | BinnedPixels":
        if isinstance(rows, slice):
            return BinnedPixels(self._pixels[rows], self._factor)
        return _half(binned(self._pixels[rows], self._factor))

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None):
        del copy  # the array is always a new one
        found = _half(binned(self._pixels, self._factor))
        return found if dtype is None else found.astype(dtype)


def unbinned(pixels: "np.ndarray | BinnedPixels") -> np.ndarray:
    """(N, B, H, W) float16 pixels before they are binned, if they are."""
    return pixels._pixels if isinstance(pixels, BinnedPixels) else pixels


def _half(values: np.ndarray) -> np.ndarray:
    return torch.from_numpy(values).half().numpy()


def of_rows(
    pixels: "np.ndarray | BinnedPixels", rows: np.ndarray
) -> "np.ndarray | BinnedPixels":
    """The pixels of the cutouts in ``rows`` (M,); only theirs are read."""
    if isinstance(pixels, BinnedPixels):
        return BinnedPixels(pixels._pixels[rows], pixels._factor)
    return pixels[rows]
