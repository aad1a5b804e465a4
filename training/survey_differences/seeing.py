"""The relative PSF of two surveys, from the power spectra of galaxies.

Galaxies of one population have the same mean intrinsic power at each spatial frequency,
so the ratio of two surveys' mean powers is the squared ratio of their PSF transforms.
Frequencies dominated by noise are extrapolated from the others. Ground-based PSFs
follow a Moffat profile (1969), whose transform falls like a Gaussian at low frequencies
and exponentially at high ones; ``fall`` is the shape of its logarithm.

``pixel`` is the side of a pixel in those of the Legacy Surveys, 0.262 arcsec, which the
constants below refer to: images with other pixels have the PSF at other frequencies.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from morph.errors import MorphError
from training.survey_differences.in_chunks import in_chunks
from training.survey_differences.without_data import filled

_TURN = 0.03  # cycles per 0.262″, from Gaussian to exponential: seeing of 5 pixels
_NARROWER = 4.0  # width ratio of the wide and the narrow profile
_WINGS = 0.02  # cycles per 0.262″, scale of the transform of wide wings
_FEWEST_RINGS = 4
_LEAST_SIGNAL = 2.0  # least ratio of signal to noise power
_MOST_MISSING = 0.02  # fraction of the window without data
_NOISY, _NOISIEST = 0.28, 0.38  # cycles per pixel from which noise outshines galaxies
_FLAT = 3.0  # at most this ratio of the noise beyond the sky's at these two


def ring_powers(
    flux: Tensor,
    noise: Tensor,
    noise_power: Tensor,
    photon_noise: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """(N, 3, S // 2) power of each galaxy's signal and noise in rings of frequency.

    Of (N, 3, S, S) images with standard deviations (N, 3) of the sky, the survey's
    noise power (3, S, S) and `photon_noise` (3,). Ring r has frequencies of r / S
    cycles per pixel. In units of the power at frequency 0; the noise power is
    subtracted from the signal. Images that lack data have NaN.
    """
    size = flux.shape[-1]
    of_noise = noise_power.flatten(1) @ ring_means(size, flux.device)
    photons = torch.zeros(3, device=flux.device)
    photons = photons if photon_noise is None else photon_noise

    def measure(flux: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        power, sky, galaxy = _windowed(flux)
        variance = sigma.square() * sky + photons * galaxy
        expected = variance[:, :, None] * of_noise
        return (power - expected) / power[:, :, :1], expected / power[:, :, :1]

    return in_chunks(measure, flux, noise)


def photon_noise(flux: Tensor, noise: Tensor, noise_power: Tensor) -> Tensor:
    """(3,) variance of the noise per nanomaggy of light: 1 / photons per nanomaggy.

    From the power beyond that of the sky at high frequencies, of the brighter half of
    the images; arguments as of `ring_powers`. Light that is left there, with a sharp
    PSF, falls with frequency much faster than noise, which shows it.
    """
    size = flux.shape[-1]
    rings = noise_power.flatten(1) @ ring_means(size, flux.device)
    ring = torch.arange(size // 2, device=flux.device)
    # Each frequency counts as the noise has power there.
    weights = torch.stack([rings * (ring >= k * size) for k in (_NOISY, _NOISIEST)])
    weights = weights / (weights * rings).sum(dim=2, keepdim=True)

    def measure(flux: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        power, sky, galaxy = _windowed(flux)
        whole = torch.einsum("nbr,tbr->ntb", power, weights)
        return whole - (sigma.square() * sky)[:, None], galaxy

    beyond, galaxy = in_chunks(measure, flux, noise)
    galaxy = galaxy.masked_fill(galaxy < galaxy.nanmedian(dim=0).values, torch.nan)
    ratio = beyond / galaxy[:, None]
    noisy, noisiest = ratio.nanmedian(dim=0).values.clamp(min=0)
    return torch.minimum(noisy, _FLAT * noisiest)


def _windowed(flux: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Power (B, 3, S // 2) of windowed images in rings, NaN for those that lack data.

    Also the sums of the squared window, () and, times their light, (B, 3): the powers
    of white noise with a variance of 1, and of the light.
    """
    size = flux.shape[-1]
    window = _window(size, flux.device)
    known, missing = filled(flux)
    power = torch.fft.fft2(known * window).abs().square().flatten(2)
    power = power @ ring_means(size, flux.device)
    lacking = (missing * window).sum(dim=(2, 3)) > _MOST_MISSING * window.sum()
    power = power.masked_fill(lacking[:, :, None], torch.nan)
    light = (known * window.square()).sum(dim=(2, 3))
    return power, window.square().sum(), light.clamp(min=0)


def transfer(
    source: tuple[Tensor, Tensor], target: tuple[Tensor, Tensor], pixel: float = 1.0
) -> Tensor:
    """(3, S // 2) transfer function: the ratio of target to source amplitudes.

    ``source`` and ``target`` are `ring_powers` of similar populations. Medians are
    compared, because a single star has more power than a thousand galaxies. The ratio
    is smoothed, because a jump between rings would cause ringing around bright stars.
    """
    light, trusted = zip(*map(_typical, (source, target)), strict=True)
    ratio = (light[1] / light[0]).clamp(min=1e-6).log() / 2
    both = trusted[0] & trusted[1]
    smooth = [_smooth(r, t, pixel) for r, t in zip(ratio, both, strict=True)]
    return torch.stack(smooth).exp()


def at_frequency(values: Tensor, k: Tensor) -> Tensor:
    """(..., R) values of rings, interpolated to frequencies ``k``."""
    ring = (k * 2 * values.shape[-1]).clamp(max=values.shape[-1] - 1)
    below = ring.floor().long().clamp(max=values.shape[-1] - 2)
    part = ring - below
    return (1 - part) * values[..., below] + part * values[..., below + 1]


def extra_blur(
    light: Tensor, dark: Tensor, groups: Tensor, pixel: float = 1.0
) -> Tensor:
    """(N, 3) excess blur of each galaxy's group.

    The amplitude at frequency k is exp(−blur · ``fall(k)``) times the survey's median,
    so sharper groups have negative values. ``groups`` (N, G) are the rows of each
    galaxy's neighbours on the sky, over whose powers the median is taken.
    """
    typical, trusted = _typical((light, dark))
    blur = []
    for band, rings in enumerate(trusted):
        used = rings.nonzero()[:, 0]
        # Of power: twice the amplitude's.
        x = 2 * fall(used / (2 * light.shape[2]) / pixel)
        own = light[:, band][:, used]
        (local,) = in_chunks(_medians_of(own), groups)
        ratio = torch.nan_to_num(local / typical[band, used], nan=1.0)
        y = ratio.clamp(min=1e-3).log()
        blur.append(-(y @ x) / x.square().sum())
    return torch.stack(blur, dim=1)


def _medians_of(values: Tensor) -> Callable[[Tensor], tuple[Tensor]]:
    """Medians (B, K) of values (N, K) over groups of rows (B, G)."""
    return lambda groups: (values[groups].nanmedian(dim=1).values,)


def _typical(rings: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """(3, R) median signal, and whether all rings up to this exceed the noise."""
    light, dark = (values.nanmedian(dim=0).values for values in rings)
    return light, (light > _LEAST_SIGNAL * dark).long().cumprod(dim=1).bool()


def ring_means(size: int, device: torch.device) -> Tensor:
    """(S * S, S // 2) weights that average a 2-D spectrum over rings."""
    rings = (frequency(size, device) * size).round().long().flatten()
    weights = torch.zeros(size * size, size // 2, device=device)
    inside = rings < size // 2
    weights[inside.nonzero()[:, 0], rings[inside]] = 1
    return weights / weights.sum(dim=0)


def frequency(size: int, device: torch.device) -> Tensor:
    """(S, S) cycles per pixel, in the layout of ``torch.fft.fft2``."""
    axis = torch.fft.fftfreq(size, device=device)
    return torch.hypot(axis[:, None], axis)


def fall(k: Tensor) -> Tensor:
    """Shape of minus the logarithm of a Moffat transform, k in cycles per 0.262″."""
    return torch.sqrt(1 + (k / _TURN).square()) - 1


def wings(k: Tensor) -> Tensor:
    """Transform of the wide wings of a profile, k in cycles per 0.262″."""
    return torch.exp(-k / _WINGS)


def positive(amplitude: Tensor) -> Tensor:
    """(B, 3, S, half) amplitudes of the same profiles with negative values set to 0.

    Negative values would cause dark rings around bright pixels.
    """
    size = amplitude.shape[-2]
    profile = torch.fft.irfft2(amplitude, s=(size, size)).clamp(min=0)
    return torch.fft.rfft2(profile / profile.sum(dim=(2, 3), keepdim=True)).real


def _smooth(log_ratio: Tensor, trusted: Tensor, pixel: float) -> Tensor:
    """(R,) least-squares fit of three smooth shapes to the trusted rings.

    One for light in wide wings, one each for a wide and a narrow profile. The fit
    extrapolates beyond the trusted rings.
    """
    last = int(trusted.sum())
    if last < _FEWEST_RINGS:
        raise MorphError(
            "the galaxies of a survey are too faint compared with the noise; use "
            "brighter galaxies for mock observations, or choose another method"
        )
    ring = torch.arange(len(log_ratio), device=log_ratio.device)
    k = ring / (2 * len(log_ratio)) / pixel
    shapes = torch.stack([1 - wings(k), fall(k), fall(k / _NARROWER)], dim=1)
    weights = torch.linalg.lstsq(shapes[:last], log_ratio[:last, None]).solution
    return (shapes @ weights)[:, 0]


def _window(size: int, device: torch.device) -> Tensor:
    """1 at the middle, falling smoothly to 0 at the edge."""
    axis = torch.arange(size, device=device) - (size - 1) / 2
    radius = torch.hypot(axis[:, None], axis) / (size / 2)
    return torch.cos(torch.pi / 2 * radius.clamp(max=1)).square()
