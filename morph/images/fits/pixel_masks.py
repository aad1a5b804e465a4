"""Pixels that the masks and weights of a FITS file exclude."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from morph.images.fits.bands import band_of_image
from morph.wording import percent, printable

_MASK = re.compile(r"(BAD)?MASK|DQ|FLAGS?|BPM|BADPIX")  # 0 in good pixels
_WEIGHT = re.compile(r"INV?VAR|IVAR|W(EIGH)?T|WHT")  # 0 in bad ones
_OTHERS = re.compile(
    r"VAR|VARIANCE|ERR(OR)?|UNC(ERT)?|SIGMA|RMS|PSF|\w*MASK\w*|EXP\w*|NEXP|CTX|CON|"
    r"BKG|BACKGROUND|MODEL|RESID\w*|SEG(M\w*)?"
)
_NAMES = ("EXTNAME", "IMAGETYP", "IMTYPE")
_MOST = 0.5  # of the pixels: a mask of more may be 1 in good ones

Header = Mapping[str, Any]


def is_flux(header: Header) -> bool:
    """Whether an image is of fluxes, by its name, and no mask, weight or model."""
    return not any(
        kind.fullmatch(word)
        for word in _words(header)
        for kind in (_MASK, _WEIGHT, _OTHERS)
    )


def excluded(
    parts: Sequence[Any],
    bands: Sequence[str],
    shape: tuple[int, int],
    notices: list[str],
) -> np.ndarray:
    """(N, H, W) whether the pixels of N bands are masked, or have no weight.

    A mask of a cube has a plane per band. Another is that of the band that its header
    names, or of one band each in their order, or of all bands. ``notices`` gets what
    was used and what was not.
    """
    bad = np.zeros((len(bands), *shape), bool)
    for kind in (_MASK, _WEIGHT):
        same = [p for p in parts if any(map(kind.fullmatch, _words(p.header)))]
        for number, part in enumerate(same):
            name = printable(str(part.header.get("EXTNAME", "mask")))[:20]
            planes = _planes(part, bands, number if len(same) == len(bands) else None)
            if planes is None or tuple(part.shape[-2:]) != shape:
                notices.append(
                    f"The extension {name} does not match the bands, so it was not "
                    "used."
                )
                continue
            values = np.asarray(part.data).reshape(-1, *shape)
            found = values != 0 if kind is _MASK else ~(values > 0)
            if found.mean() > _MOST:
                notices.append(
                    f"The extension {name} excludes {percent(found.mean())} of the "
                    "pixels, so it was not used; expected "
                    + ("0 in good pixels." if kind is _MASK else "weights above 0.")
                )
                continue
            bad[planes] |= found
            if found.any():
                notices.append(
                    f"{found.any(axis=0).sum():,} pixels are masked by {name}."
                )
    return bad


def _planes(part: Any, bands: Sequence[str], number: int | None) -> list[int] | None:
    """The bands that a mask is for; None if it has another number of planes."""
    if int(np.prod(part.shape[:-2])) == len(bands) > 1:
        return list(range(len(bands)))
    if int(np.prod(part.shape[:-2])) != 1:
        return None
    band = band_of_image(part.header)
    if band in bands:
        return [bands.index(band)]
    return list(range(len(bands))) if number is None else [number]


def _words(header: Header) -> list[str]:
    """The words of the names of an image, in upper case, without numbers."""
    texts = " ".join(str(header.get(name, "")) for name in _NAMES).upper()
    return [
        word.rstrip("0123456789") for word in re.split(r"[^A-Z0-9]+", texts) if word
    ]
