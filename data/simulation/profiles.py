"""Surface brightness profiles of unit flux on batched torch grids.

Coordinates are (B, N, N) arcsec, parameters (B, 1, 1); every profile returns surface
brightness per square arcsec whose integral over the plane is 1. Formulas: Sersic (1963)
with the b_n of Ciotti & Bertin (1999); edge-on disc of van der Kruit & Searle (1981);
Moffat (1969).
"""

import math

import torch
from torch import Tensor

TAIL_LENGTH = 2.4  # radians around the galaxy

# The mean light of a cell exceeds that at its centre where a profile is cuspy; slightly
# short radii compensate for this (chosen so that Sersic fluxes agree with GalSim).
_CUSP_ARCSEC, _SHORTEST_ARCSEC = 0.04, 0.02


def radius(x: Tensor, y: Tensor) -> Tensor:
    """Distance from the centre, slightly short near it, and never 0."""
    return torch.sqrt((x * x + y * y - _CUSP_ARCSEC**2).clamp(_SHORTEST_ARCSEC**2))


def exponential(r: Tensor, scale: Tensor, axis_ratio: Tensor) -> Tensor:
    """Exponential disc; ``r`` is measured along its long axis."""
    return torch.exp(-r / scale) / (2 * math.pi * scale**2 * axis_ratio)


def sersic(r: Tensor, half_light: Tensor, index: Tensor, area: Tensor) -> Tensor:
    """Sersic profile; ``area`` is that of its unit isophote, over π."""
    b = 2 * index - 1 / 3 + 4 / (405 * index) + 46 / (25515 * index**2)
    log_flux = torch.lgamma(2 * index) - 2 * index * torch.log(b)
    total = 2 * math.pi * half_light**2 * index * torch.exp(log_flux) * area
    return torch.exp(-b * (r / half_light) ** (1 / index)) / total


def edge_on_disc(u: Tensor, w: Tensor, scale: Tensor, height: Tensor) -> Tensor:
    """Edge-on exponential disc, sech² across: x K1(x) sech²(w / h)."""
    x = u.abs().clamp(min=1e-3) / scale
    across = torch.cosh((w / height).clamp(-30, 30)) ** -2
    return (
        x
        * torch.special.modified_bessel_k1(x)
        * across
        / (2 * math.pi * scale * height)
    )


def bar(u: Tensor, w: Tensor, length: Tensor, width: Tensor, area: Tensor) -> Tensor:
    """A flat-topped bar, exp(-(u/a)⁴/2 - (w/b)²/2); ``area`` as for `sersic`."""
    norm = 2**0.25 * math.gamma(0.25) / 2 * math.sqrt(2 * math.pi)
    exponent = (u / length) ** 4 + (w / width) ** 2
    return torch.exp(-0.5 * exponent) / (norm * length * width * area)


def ring(r: Tensor, at: Tensor, width: Tensor, axis_ratio: Tensor) -> Tensor:
    """A Gaussian ring, narrow compared with its radius."""
    total = (2 * math.pi) ** 1.5 * at * width * axis_ratio
    return torch.exp(-0.5 * ((r - at) / width) ** 2) / total


def superellipse_radius(u: Tensor, w: Tensor, power: Tensor) -> Tensor:
    """(|u|^p + |w|^p)^(1/p): circles for p = 2, boxes for large p."""
    return (u.abs() ** power + w.abs() ** power + 1e-4) ** (1 / power)


def superellipse_area(power: Tensor) -> Tensor:
    """Area of the unit superellipse over π."""
    log_area = 2 * torch.lgamma(1 + 1 / power) - torch.lgamma(1 + 2 / power)
    return 4 * torch.exp(log_area) / math.pi


def tail(x: Tensor, y: Tensor, *, start: Tensor, angle: Tensor, hand: Tensor) -> Tensor:
    """A tidal tail that starts at ``start`` arcsec and ``angle`` and bends outwards.

    Values are fractions of its flux per cell of the grid, so they sum to 1.
    """
    along = torch.remainder((torch.atan2(y, x) - angle) * hand, 2 * math.pi)
    spine = start * (0.8 + 0.5 * along)
    width = start * (0.11 + 0.05 * along)
    shape = torch.exp(-0.5 * ((torch.hypot(x, y) - spine) / width) ** 2 - 0.5 * along)
    shape = shape * torch.sigmoid((TAIL_LENGTH - along) * 6)
    return shape / shape.sum((-2, -1), keepdim=True)


def moffat(r_squared: Tensor, fwhm: Tensor, beta: float) -> Tensor:
    """Moffat PSF of unit flux."""
    alpha_squared = fwhm**2 / (4 * (2 ** (1 / beta) - 1))
    peak = (beta - 1) / (math.pi * alpha_squared)
    return peak * (1 + r_squared / alpha_squared) ** -beta
