"""Survey simulation: source pictures as the target survey would have taken them.

Volunteers' votes stay true of a galaxy whichever telescope took its picture, so a
model may learn the target's seeing and noise from source galaxies that were given
them. Both are measured from pixels (`training.survey_look`), nobody's tables are used.
"""

import torch
from torch import Tensor

from training.blur import frequency, transfer
from training.draws import Draws
from training.images import Retake
from training.survey_look import SurveyLook

_SHARPEST = 3.0  # no amplitude is raised further than this


def as_target_sees(source: SurveyLook, target: SurveyLook) -> Retake:
    """A function that takes source fluxes and gives them the target's look.

    Each picture takes on the seeing and the noise around one target galaxy, drawn
    anew every time. Where the target is the sharper one, amplitudes are raised as far
    as the source's noise, raised with them, stays below the target's.
    """
    size = source.noise_power.shape[-1]
    half = size // 2 + 1
    device = source.noise.device
    k = frequency(size, device)[:, :half]
    rings = (k * size).round().long().clamp(max=size // 2 - 1)
    mean_transfer = transfer(source.rings, target.rings)[:, rings]  # (3, S, half)
    gain = (target.colour - source.colour).exp()[:, None, None]
    source_power, target_power = (
        look.noise_power[:, :, :half] for look in (source, target)
    )

    def retake(flux: Tensor, rows: Tensor, drawn: Draws) -> Tensor:
        like = drawn.integers(len(rows), len(target.noise))
        broader = (target.blur[like] - source.blur[rows])[:, :, None, None]
        own = source.noise[rows].square()[:, :, None, None] * source_power
        wanted = target.noise[like].square()[:, :, None, None] * target_power
        seeing = mean_transfer * torch.exp(-2 * torch.pi**2 * broader * k.square())
        limit = (wanted / own).sqrt().clamp(1, _SHARPEST)
        seeing = gain * torch.minimum(seeing, limit)
        missing = (wanted - own * seeing.square()).clamp(min=0).sqrt()
        white = drawn.normal(*flux.shape)
        light, noise = torch.fft.rfft2(flux.float()), torch.fft.rfft2(white)
        return torch.fft.irfft2(seeing * light + missing * noise, s=(size, size))

    return retake
