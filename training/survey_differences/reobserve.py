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
from training.survey_differences.seeing import (
    at_frequency,
    fall,
    frequency,
    positive,
    ring_powers,
    transfer,
    wings,
)
from training.survey_differences.without_data import filled

_SHARPEST = 3.0  # largest factor of an amplitude
_CORRECTIONS = 2  # of the measured transfer function
_TRIED = 2048  # galaxies at most
_STEEPEST = 10.0  # largest factor of an amplitude in a correction
_CHUNK = 256
_FULLEST = 4.0  # largest true flux of a saturated pixel, of its measured one
_WIDEST = 0.1  # largest fraction of light in the wings around saturated pixels


def mock_observer(
    source: SurveyLook, target: SurveyLook, alike: SurveyLook | None = None
) -> MockObserver:
    """A function that makes mock observations in the target survey of source fluxes.

    Each image gets the PSF and the noise around one random target galaxy. PSF matching:
    where the signal dominates, amplitudes become those under the target's PSF, even if
    that sharpens. Noise matching: where the noise dominates, they are limited to what
    gives the target's noise, and noise grows with the light where the target has more
    photon noise. Pixels without data get those of the opposite pixel; without either,
    they are 0. The true flux of saturated pixels, and the fraction of it in the
    target's wings, are drawn at random; images with saturated pixels are never
    sharpened, which would cause ringing.

    The PSF is round, and pixels without data in the target are not drawn onto the mock
    observations: a fit with the true elliptical PSFs of a foreign target, or with its
    gaps, was no better (`tests.benchmarks.foreign`, ellipticity .07 in the median).

    PSF and colour are compared between galaxies of one population: if the target has
    another one, those of the source are measured from its galaxies ``alike`` the
    target's.
    """
    alike = alike or source
    colour = target.colour - alike.colour
    return _observer(source, target, matching(alike, target), colour)


def matching(source: SurveyLook, target: SurveyLook) -> Tensor:
    """(3, S // 2) transfer function from the source's PSF to the target's.

    It is measured, applied to source images, without the limits that noise sets, and
    corrected by the remaining difference: the window of the measured powers mixes
    neighbouring frequencies, which a ratio of powers does not know of.
    """
    factor = transfer(source.rings, target.rings, source.pixel)
    for _ in range(_CORRECTIONS):
        seen = _rings_under(source, factor.clamp(max=_STEEPEST))
        factor = factor * transfer(seen, target.rings, source.pixel)
    return factor


def _rings_under(source: SurveyLook, factor: Tensor) -> tuple[Tensor, Tensor]:
    """`ring_powers` of source images with their amplitudes times ``factor``."""
    device, size = source.noise.device, source.noise_power.shape[-1]
    generator = torch.Generator().manual_seed(0)
    tried = torch.randperm(len(source.measured), generator=generator)[:_TRIED]
    tried = tried.sort().values.to(device)
    seeing = at_frequency(factor, frequency(size, device))  # (3, S, S)
    power = source.noise_power * seeing.square()
    parts = []
    for some in tried.split(_CHUNK):
        known, _ = filled(source.flux[source.measured[some]])
        light = torch.fft.rfft2(known) * seeing[:, :, : size // 2 + 1]
        taken = torch.fft.irfft2(light, s=(size, size))
        noise = source.own_noise[some]
        parts.append(ring_powers(taken, noise, power, source.photon_noise))
    light, dark = zip(*parts, strict=True)
    return torch.cat(light), torch.cat(dark)


def _observer(
    source: SurveyLook, target: SurveyLook, factor: Tensor, colour: Tensor
) -> MockObserver:
    """The same for a transfer function (3, S // 2) and a difference of colour (3,)."""
    size = source.noise_power.shape[-1]
    half = size // 2 + 1
    k = frequency(size, source.noise.device)[:, :half]
    mean_seeing = at_frequency(factor, k)  # (3, S, half)
    falling, winged = fall(k / source.pixel), wings(k / source.pixel)
    gain = colour.exp()[:, None, None]
    source_power, target_power = (
        look.noise_power[:, :, :half] for look in (source, target)
    )

    photons = (target.photon_noise - source.photon_noise).clamp(min=0)[:, None, None]

    def observe(flux: Tensor, rows: Tensor, drawn: Draws) -> Tensor:
        flux, missing_data = filled(flux)
        like = drawn.integers(len(rows), len(target.noise))
        broader = (target.blur[like] - source.blur[rows])[:, :, None, None]
        source_noise = source.noise[rows].square()[:, :, None, None] * source_power
        target_noise = target.noise[like].square()[:, :, None, None] * target_power
        seeing = (mean_seeing * torch.exp(-broader * falling)).clamp(max=_SHARPEST)
        full = (flux >= source.full).flatten(1).any(dim=1)
        halo = _WIDEST * drawn.uniform(len(flux), 1, 1, 1)
        around = (1 - halo[full]) * seeing[full].clamp(max=1) + halo[full] * winged
        seeing[full] = positive(around)
        light = torch.fft.rfft2(_refilled(flux, source.full, drawn))
        seeing = gain * seeing
        over = (seeing - (target_noise / source_noise).sqrt()).clamp(min=0)
        seeing = seeing - over * _noise_fraction(light, source_noise, k)
        missing = (target_noise - source_noise * seeing.square()).clamp(min=0).sqrt()
        signal = torch.fft.irfft2(seeing * light, s=(size, size))
        sky = target.noise[like].square()[:, :, None, None]
        brighter = (1 + photons * signal.clamp(min=0) / sky).sqrt()
        noise = torch.fft.rfft2(brighter * drawn.normal(*flux.shape))
        taken = signal + torch.fft.irfft2(missing * noise, s=(size, size))
        return taken.clamp(max=target.full).masked_fill(missing_data, 0)

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
