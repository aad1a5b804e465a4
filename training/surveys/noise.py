"""The noise of a survey's pictures, measured where they show blank sky.

Two things are told apart: how noise is spread over spatial frequencies, which is the
survey's (resampled pixels are correlated), and how strong it is, which differs from
picture to picture. Frequencies are told apart as finely as a corner is wide, a quarter
of the picture: a spectrum that falls within less than that is found smoothed.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from morph.errors import MorphError

_QUIET_SHARE = 0.2  # of all corners: those with the least light in them
_MAD_TO_SIGMA = 1.4826
_LEAST_NOISE = 1e-6  # nanomaggies; a picture without any has no logarithm of it
_ROUNDS = 6  # of putting back what a fitted plane takes

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

    Raises
    ------
    MorphError
        If no corner of any picture shows sky.
    """
    size = flux.shape[-1]
    corners = _quiet_corners(flux, size // 4)  # (M, 3, P, P)
    correlation = _autocorrelation(corners)  # (3, R, R), R = 2⌊P/2⌋ + 1
    whole = correlation.new_zeros(3, size, size)
    reach = correlation.shape[-1] // 2
    lags = torch.arange(-reach, reach + 1) % size
    whole[:, lags[:, None], lags] = correlation
    return torch.fft.fft2(whole).real.clamp(min=1e-3)


def noise_level(flux: Tensor) -> Tensor:
    """(N, 3) standard deviation of each picture's noise, nanomaggies per pixel.

    A picture without a corner of sky is taken to be as noisy as the median of the
    others.

    Raises
    ------
    MorphError
        If no corner of any picture shows sky.
    """
    side = flux.shape[-1] // 4
    quiet = _quiet_corners(flux, side)
    whole, rough = _scatter(quiet.flatten(2)), _scatter(_differences(quiet))
    ratio = whole.median(dim=0).values / rough.median(dim=0).values
    rough = _scatter(torch.cat(_sky_differences(flux, side), dim=2))
    rough = torch.where(rough.isnan(), rough.nanmedian(dim=0).values, rough)
    return (ratio * rough).clamp(min=_LEAST_NOISE)


def _sky_differences(flux: Tensor, side: int) -> list[Tensor]:
    """Of each corner (N, 3, P) second differences, NaN where it is flat."""
    found = []
    for corner in _corners(flux, side):
        differences = _differences(corner)
        flat = ~_varies(differences)
        found.append(differences.masked_fill(flat[:, None, None], torch.nan))
    return found


def _varies(differences: Tensor) -> Tensor:
    """(M,) whether most of a corner is more than one flux, in every band.

    A corner that is masked or empty is not.
    """
    return (_scatter(differences) > 0).all(dim=1)


def _quiet_corners(flux: Tensor, side: int) -> Tensor:
    """(M, 3, side, side) corners with the least light, less a plane fitted to each."""
    corners = torch.cat(_corners(flux, side)).float()
    corners = corners[_varies(_differences(corners))]
    if not len(corners):
        raise MorphError(
            f"none of {len(flux):,} pictures shows sky in a corner: all corners are "
            "flat, masked or empty in at least one band; survey simulation measures "
            "the noise of g, r and z there, so use larger cutouts in all three, or "
            "choose another method"
        )
    light = corners.mean(dim=(2, 3))
    light = light - light.mean(dim=0)
    spread = light.std(dim=0, correction=0).clamp(min=torch.finfo(light.dtype).tiny)
    quiet = (
        (light / spread)
        .sum(dim=1)
        .argsort()[: max(1, round(_QUIET_SHARE * len(light)))]
    )
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
    return _MAD_TO_SIGMA * values.abs().nanmedian(dim=-1).values


def _less_plane(patches: Tensor) -> Tensor:
    basis = _plane(patches.shape[-1], patches.device)
    flat = patches.flatten(2)
    return (flat - flat @ basis.T @ basis).view_as(patches)


def _plane(side: int, device: torch.device) -> Tensor:
    """(3, side²) orthonormal: what all planes are sums of."""
    axis = torch.linspace(-1, 1, side, device=device)
    down, right = axis[:, None].expand(side, side), axis.expand(side, side)
    basis = torch.stack([torch.ones_like(down), down, right]).flatten(1)
    return basis / basis.norm(dim=1, keepdim=True)


def _autocorrelation(patches: Tensor) -> Tensor:
    """Mean autocorrelation of the patches' noise, tapered to 0 at half a side.

    The plane that was taken from each patch took noise with it: most of what is as slow
    as the patch is wide. How much is known for noise of any autocorrelation, so it is
    put back for the one found, and anew for what that makes of it, `_ROUNDS` times.
    """
    side = patches.shape[-1]
    limit = 4 * _scatter(patches.flatten(2))[:, :, None, None]  # stars in corners
    spectra = _padded_spectra(patches.clamp(-limit, limit))
    found = _mean_products(spectra.abs().square().mean(dim=0), side)
    reach = side // 2
    middle = slice(side - reach, side + reach + 1)
    lag = torch.arange(-reach, reach + 1, device=found.device) / (reach + 1)
    taper = torch.cos(torch.pi / 2 * lag).square()
    taper = F.pad(taper[:, None] * taper, [side - reach, side - reach - 1] * 2)
    noise = taper * found
    for _ in range(_ROUNDS):
        noise = taper * (found + _lost_to_plane(noise))
    return (noise / noise[:, side, side, None, None])[:, middle, middle]


def _lost_to_plane(noise: Tensor) -> Tensor:
    """What noise of the autocorrelation (3, 2P, 2P) lacks of it once planes are off.

    With Q the planes and C the noise's covariance, the lags' means of C − (1 − QQᵀ) C
    (1 − QQᵀ) = QQᵀC + CQQᵀ − QQᵀCQQᵀ.
    """
    side = noise.shape[-1] // 2
    planes = _plane(side, noise.device).view(1, 3, side, side).expand(3, -1, -1, -1)
    spectra = _padded_spectra(planes)
    spread = torch.fft.rfft2(torch.fft.ifftshift(noise, dim=(1, 2)))[:, None]
    seen = torch.fft.irfft2(spectra * spread)
    seen = seen[..., :side, :side]  # CQ
    both = torch.einsum("bixy,bjxy->bij", planes, seen)  # QᵀCQ
    within = torch.einsum("bij,bjxy->bixy", both, planes)
    products = spectra.conj() * _padded_spectra(seen - within / 2)
    one_way = _mean_products(products.sum(dim=1), side)
    return one_way + one_way.flip(1, 2).roll((1, 1), (1, 2))


def _padded_spectra(patches: Tensor) -> Tensor:
    """(..., 2P, P + 1) of (..., P, P) patches, so far apart that none meets itself."""
    side = patches.shape[-1]
    return torch.fft.rfft2(patches, s=(2 * side, 2 * side))


def _mean_products(spectrum: Tensor, side: int) -> Tensor:
    """(3, 2P, 2P) mean product of pixels so far apart; lag 0 is at (P, P).

    Of products (3, 2P, P + 1) of padded spectra. Those of many patches are summed
    before, for as many transforms back would take their time and memory.
    """
    pairs = _padded_spectra(torch.ones(side, side, device=spectrum.device))
    padded = (2 * side, 2 * side)
    sums = torch.fft.irfft2(spectrum, s=padded)
    counts = torch.fft.irfft2(pairs.abs().square(), s=padded).round().clamp(min=1)
    return torch.fft.fftshift(sums / counts, dim=(-2, -1))
