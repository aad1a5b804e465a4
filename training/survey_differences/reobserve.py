"""Mock observations: source images with the PSF and noise of the target survey.

Votes describe the galaxy, not the image, so a model may learn the target's PSF and
noise from mock observations of source galaxies. Both are measured from pixels alone
(`training.survey_differences.look`).
"""

import torch
from torch import Tensor

from training.pixels.galaxy_images import MockObserver
from training.pixels.random_draws import Draws
from training.survey_differences.look import SurveyLook
from training.survey_differences.noise import noise_level
from training.survey_differences.seeing import (
    at_frequency,
    fall,
    frequency,
    positive,
    ring_powers,
    transfer,
    wings,
)

_SHARPEST = 3.0  # largest factor of an amplitude
_CORRECTIONS = 1  # of the measured transfer function
_TRIED = 4096  # galaxies at most
_CHUNK = 256
_FULLEST = 4.0  # largest true flux of a saturated pixel, of its measured one
_WIDEST = 0.1  # largest fraction of light in the wings around saturated pixels


def mock_observer(source: SurveyLook, target: SurveyLook) -> MockObserver:
    """A function that makes mock observations in the target survey of source fluxes.

    Each image gets the PSF and the noise around one random target galaxy. PSF matching:
    where the signal dominates, amplitudes become those under the target's PSF, even if
    that sharpens. Noise matching: where the noise dominates, they are limited to what
    gives the target's noise. The true flux of saturated pixels, and the fraction of it
    in the target's wings, are drawn at random; images with saturated pixels are never
    sharpened, which would cause ringing.

    The transfer function is measured, applied to source images and corrected by the
    remaining difference: errors of a few per cent change a model's predictions.
    """
    factor = transfer(source.rings, target.rings, source.pixel)
    for attempt in range(_CORRECTIONS):
        rings = _mock_rings(source, target, factor, attempt)
        factor = factor * transfer(rings, target.rings, source.pixel)
    return _observer(source, target, factor)


def _mock_rings(
    source: SurveyLook, target: SurveyLook, factor: Tensor, attempt: int
) -> tuple[Tensor, Tensor]:
    """`ring_powers` of mock observations with the transfer function ``factor``."""
    device = source.noise.device
    generator = torch.Generator().manual_seed(attempt)
    rows = torch.randperm(len(source.noise), generator=generator)[:_TRIED].sort().values
    rows = rows.to(device)
    drawn = Draws(torch.Generator(device).manual_seed(attempt))
    observe = _observer(source, target, factor)
    parts = []
    for chunk in rows.split(_CHUNK):
        flux = observe(source.flux[chunk], chunk, drawn)
        parts.append(ring_powers(flux, noise_level(flux), target.noise_power))
    light, dark = zip(*parts, strict=True)
    return torch.cat(light), torch.cat(dark)


def _observer(source: SurveyLook, target: SurveyLook, factor: Tensor) -> MockObserver:
    """The same for a transfer function (3, S // 2)."""
    size = source.noise_power.shape[-1]
    half = size // 2 + 1
    k = frequency(size, source.noise.device)[:, :half]
    mean_seeing = at_frequency(factor, k)  # (3, S, half)
    falling, winged = fall(k / source.pixel), wings(k / source.pixel)
    gain = (target.colour - source.colour).exp()[:, None, None]
    source_power, target_power = (
        look.noise_power[:, :, :half] for look in (source, target)
    )

    def observe(flux: Tensor, rows: Tensor, drawn: Draws) -> Tensor:
        like = drawn.integers(len(rows), len(target.noise))
        broader = (target.blur[like] - source.blur[rows])[:, :, None, None]
        source_noise = source.noise[rows].square()[:, :, None, None] * source_power
        target_noise = target.noise[like].square()[:, :, None, None] * target_power
        seeing = (mean_seeing * torch.exp(-broader * falling)).clamp(max=_SHARPEST)
        full = (flux >= source.full).flatten(1).any(dim=1)
        halo = _WIDEST * drawn.uniform(len(flux), 1, 1, 1)
        around = (1 - halo[full]) * seeing[full].clamp(max=1) + halo[full] * winged
        seeing[full] = positive(around)
        light = torch.fft.rfft2(_refilled(flux.float(), source.full, drawn))
        seeing = gain * seeing
        over = (seeing - (target_noise / source_noise).sqrt()).clamp(min=0)
        seeing = seeing - over * _noise_fraction(light, source_noise, k)
        missing = (target_noise - source_noise * seeing.square()).clamp(min=0).sqrt()
        noise = torch.fft.rfft2(drawn.normal(*flux.shape))
        taken = torch.fft.irfft2(seeing * light + missing * noise, s=(size, size))
        return taken.clamp(max=target.full)

    return observe


def _refilled(flux: Tensor, full: float, drawn: Draws) -> Tensor:
    """Fluxes (B, 3, S, S), saturated pixels times up to ``_FULLEST``."""
    more = _FULLEST ** drawn.uniform(len(flux), 1, 1, 1)
    return torch.where(flux >= full, flux * more, flux)


def _noise_fraction(light: Tensor, noise: Tensor, k: Tensor) -> Tensor:
    """(B, 3, S, half) noise fraction of the ring-averaged power at each frequency.

    From (B, 3, S, half) transforms of images and their noise power ``noise``.
    """
    size = light.shape[-2]
    ring = (k * size).round().long().clamp(max=size // 2 - 1).flatten()
    count = torch.bincount(ring)
    both = []
    for power in (light.abs().square(), size**2 * noise.expand(light.shape)):
        sums = power.new_zeros(*light.shape[:2], len(count))
        both.append(sums.index_add_(2, ring, power.flatten(2)) / count)
    share = (both[1] / both[0].clamp(min=1e-12)).clamp(max=1)
    return at_frequency(share, k)
