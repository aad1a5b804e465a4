"""Survey simulation: source pictures as the target survey would have taken them.

Volunteers' votes stay true of a galaxy whichever telescope took its picture, so a
model may learn the target's seeing and noise from source galaxies that were given
them. Both are measured from pixels (`training.surveys.look`), nobody's tables are used.
"""

import torch
from torch import Tensor

from training.pixels.galaxy_images import Retake
from training.pixels.random_draws import Draws
from training.surveys.look import SurveyLook
from training.surveys.noise import noise_level
from training.surveys.seeing import (
    at_frequency,
    fall,
    frequency,
    positive,
    ring_powers,
    transfer,
    wings,
)

_SHARPEST = 3.0  # no amplitude is raised further than this
_CORRECTIONS = 1  # of the measured seeing, by trial
_TRIED = 4096  # galaxies at most
_CHUNK = 256
_FULLEST = 4.0  # times what it can hold, that a full pixel may have been given
_WIDEST = 0.1  # share of light in wings that only show around full pixels, at most


def as_target_sees(source: SurveyLook, target: SurveyLook) -> Retake:
    """A function that takes source fluxes and gives them the target's look.

    Each picture takes on the seeing and the noise around one target galaxy, drawn
    anew every time. At frequencies at which light outshines noise, amplitudes become
    what the target's seeing leaves of them, even where that is more; the more noise
    outshines light, the less may they be above what makes the noise the target's.
    What full pixels would have held, and how much of that the target scatters widely,
    is not known, so it is drawn; pictures with full pixels are never sharpened, for
    the edges of what is full would ring.

    How the seeing differs is measured, tried on source pictures, and corrected by what
    they then still lack: a few per cent of it move a model's answers.
    """
    factor = transfer(source.rings, target.rings)
    for attempt in range(_CORRECTIONS):
        factor = factor * transfer(
            _tried(source, target, factor, attempt), target.rings
        )
    return retaking(source, target, factor)


def _tried(
    source: SurveyLook, target: SurveyLook, factor: Tensor, attempt: int
) -> tuple[Tensor, Tensor]:
    """`ring_powers` of source pictures as ``factor`` makes them look in the target."""
    device = source.noise.device
    some = torch.Generator().manual_seed(attempt)
    rows = torch.randperm(len(source.noise), generator=some)[:_TRIED].sort().values
    rows = rows.to(device)
    drawn = Draws(torch.Generator(device).manual_seed(attempt))
    retake = retaking(source, target, factor)
    parts = []
    for chunk in rows.split(_CHUNK):
        taken = retake(source.flux[chunk], chunk, drawn)
        noise = noise_level(taken)
        parts.append(ring_powers(taken, noise, target.noise_power))
    light, dark = zip(*parts, strict=True)
    return torch.cat(light), torch.cat(dark)


def retaking(source: SurveyLook, target: SurveyLook, factor: Tensor) -> Retake:
    """The same, where the seeing's (3, S // 2) factor of amplitudes is known."""
    size = source.noise_power.shape[-1]
    half = size // 2 + 1
    k = frequency(size, source.noise.device)[:, :half]
    mean_seeing = at_frequency(factor, k)  # (3, S, half)
    gain = (target.colour - source.colour).exp()[:, None, None]
    source_power, target_power = (
        look.noise_power[:, :, :half] for look in (source, target)
    )

    def retake(flux: Tensor, rows: Tensor, drawn: Draws) -> Tensor:
        like = drawn.integers(len(rows), len(target.noise))
        broader = (target.blur[like] - source.blur[rows])[:, :, None, None]
        own = source.noise[rows].square()[:, :, None, None] * source_power
        wanted = target.noise[like].square()[:, :, None, None] * target_power
        seeing = (mean_seeing * torch.exp(-broader * fall(k))).clamp(max=_SHARPEST)
        full = (flux >= source.full).flatten(1).any(dim=1)
        halo = _WIDEST * drawn.uniform(len(flux), 1, 1, 1)
        around = (1 - halo[full]) * seeing[full].clamp(max=1) + halo[full] * wings(k)
        seeing[full] = positive(around)
        light = torch.fft.rfft2(_refilled(flux.float(), source.full, drawn))
        seeing = gain * seeing
        over = (seeing - (wanted / own).sqrt()).clamp(min=0)
        seeing = seeing - over * _share_of_noise(light, own, k)
        missing = (wanted - own * seeing.square()).clamp(min=0).sqrt()
        noise = torch.fft.rfft2(drawn.normal(*flux.shape))
        taken = torch.fft.irfft2(seeing * light + missing * noise, s=(size, size))
        return taken.clamp(max=target.full)

    return retake


def _refilled(flux: Tensor, full: float, drawn: Draws) -> Tensor:
    """Fluxes (B, 3, S, S) whose full pixels hold up to ``_FULLEST`` times as much."""
    more = _FULLEST ** drawn.uniform(len(flux), 1, 1, 1)
    return torch.where(flux >= full, flux * more, flux)


def _share_of_noise(light: Tensor, own: Tensor, k: Tensor) -> Tensor:
    """(B, 3, S, half) how much of the power at each frequency is the noise's.

    Of (B, 3, S, half) transforms of pictures, averaged over rings, and their noise's
    variance per frequency ``own``.
    """
    size = light.shape[-2]
    ring = (k * size).round().long().clamp(max=size // 2 - 1).flatten()
    count = torch.bincount(ring)
    both = []
    for power in (light.abs().square(), size**2 * own.expand(light.shape)):
        sums = power.new_zeros(*light.shape[:2], len(count))
        both.append(sums.index_add_(2, ring, power.flatten(2)) / count)
    share = (both[1] / both[0].clamp(min=1e-12)).clamp(max=1)
    return at_frequency(share, k)
