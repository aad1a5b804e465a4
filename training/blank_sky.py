"""The noise of a survey's pictures, measured where they show blank sky.

Two things are told apart: how noise is spread over spatial frequencies, which is the
survey's (resampled pixels are correlated), and how strong it is, which differs from
picture to picture.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

_QUIET_SHARE = 0.2  # of all corners: those with the least light in them
_MAD_TO_SIGMA = 1.4826
_LEAST_NOISE = 1e-6  # nanomaggies; a picture without any has no logarithm of it

# Second differences along both axes: blind to a galaxy's smooth outskirts.
_FILTER = torch.tensor([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])


def noise_power(flux: Tensor) -> Tensor:
    """Mean power of the noise at each frequency, of noise with a variance of 1.

    Parameters
    ----------
    flux : (N, 3, S, S) tensor
        Nanomaggies per pixel.

    Returns
    -------
    (3, S, S) float32 tensor
        In the layout of ``torch.fft.fft2``; 1 everywhere for white noise.
    """
    size = flux.shape[-1]
    corners = _quiet_corners(flux, size // 4)  # (M, 3, P, P)
    correlation = _autocorrelation(corners)  # (3, 2P - 1, 2P - 1), 1 in the middle
    whole = correlation.new_zeros(3, size, size)
    reach = correlation.shape[-1] // 2
    lags = torch.arange(-reach, reach + 1) % size
    whole[:, lags[:, None], lags] = correlation
    return torch.fft.fft2(whole).real.clamp(min=1e-3)


def noise_level(flux: Tensor) -> Tensor:
    """(N, 3) standard deviation of each picture's noise, nanomaggies per pixel."""
    side = flux.shape[-1] // 4
    quiet = _quiet_corners(flux, side)
    whole, rough = _scatter(quiet.flatten(2)), _scatter(_differences(quiet))
    ratio = whole.median(dim=0).values / rough.median(dim=0).values
    corners = [_differences(corner) for corner in _corners(flux, side)]
    return (ratio * _scatter(torch.cat(corners, dim=2))).clamp(min=_LEAST_NOISE)


def _quiet_corners(flux: Tensor, side: int) -> Tensor:
    """(M, 3, side, side) corners with the least light, less a plane fitted to each."""
    corners = torch.cat(_corners(flux, side)).float()
    light = corners.mean(dim=(2, 3))
    light = (light / light.std(dim=0)).sum(dim=1)
    quiet = light.argsort()[: max(1, round(_QUIET_SHARE * len(light)))]
    return _less_plane(corners[quiet])


def _corners(flux: Tensor, side: int) -> list[Tensor]:
    """The four (N, 3, side, side) corners of each picture."""
    ends = (slice(None, side), slice(-side, None))
    return [flux[:, :, rows, columns] for rows in ends for columns in ends]


def _differences(patches: Tensor) -> Tensor:
    """(M, 3, P) second differences, which smooth light leaves near 0."""
    kernel = _FILTER.to(patches.device).expand(3, 1, 3, 3)
    return F.conv2d(patches.float(), kernel, groups=3).flatten(2)


def _scatter(values: Tensor) -> Tensor:
    """Robust standard deviation about 0 along the last axis."""
    return _MAD_TO_SIGMA * values.abs().median(dim=-1).values


def _less_plane(patches: Tensor) -> Tensor:
    side = patches.shape[-1]
    axis = torch.linspace(-1, 1, side, device=patches.device)
    down, right = axis[:, None].expand(side, side), axis.expand(side, side)
    basis = torch.stack([torch.ones_like(down), down, right]).flatten(1)
    basis = basis / basis.norm(dim=1, keepdim=True)
    flat = patches.flatten(2)
    return (flat - flat @ basis.T @ basis).view_as(patches)


def _autocorrelation(patches: Tensor) -> Tensor:
    """Mean autocorrelation of the patches, tapered to 0 at half a side."""
    side = patches.shape[-1]
    padded = (2 * side, 2 * side)
    limit = 4 * _scatter(patches.flatten(2))[:, :, None, None]  # stars in corners
    clipped = patches.clamp(-limit, limit)
    power = torch.fft.rfft2(clipped, s=padded).abs().square().mean(dim=0)
    pairs = torch.fft.rfft2(torch.ones(side, side), s=padded).abs().square()
    sums = torch.fft.irfft2(power, s=padded)
    counts = torch.fft.irfft2(pairs.to(power.device), s=padded).round().clamp(min=1)
    reach = side // 2
    mean = torch.fft.fftshift(sums / counts, dim=(1, 2))
    mean = mean[:, side - reach : side + reach + 1, side - reach : side + reach + 1]
    lag = torch.arange(-reach, reach + 1, device=mean.device) / (reach + 1)
    taper = torch.cos(torch.pi / 2 * lag).square()
    return mean * taper[:, None] * taper / mean[:, reach, reach, None, None]
