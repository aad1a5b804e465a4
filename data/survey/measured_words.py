"""Tables of measured PSFs, depths and colour terms, in words and as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from morph.images.survey.survey import Band, Survey

if TYPE_CHECKING:  # slow to import
    from data.survey.colour_terms import ColourTerm
    from data.survey.measure_store import BandMeasured

_TITLES = (
    "band", "FWHM, arcsec", "at half maximum", "β", "point sources", "5 σ depth, mag",
    "noise of a pixel, nmgy", "images", "in the file",
)  # fmt: skip
_NOTES = (
    "FWHM: of a Gaussian with the same noise-equivalent area, as psfsize of the Legacy "
    "Surveys.",
    "±: standard deviation between point sources, or between images.",
    "Compact galaxies among the point sources make the FWHM larger; faint sources in "
    "the sky make the depth shallower.",
)


def values(band: "BandMeasured") -> dict[str, float]:
    """What a survey's TOML file states of a band."""
    return {
        "fwhm_arcsec": round(band.psf.fwhm_arcsec, 2),
        "depth_mag": round(band.noise.depth_mag, 2),
    }


def measured(survey: Survey, bands: Sequence["BandMeasured"]) -> list[str]:
    """A table of the bands, and a sentence for each that cannot be used."""
    stated = {band.place: band for band in survey.bands}
    rows = [_TITLES, *(_row(b, stated.get(b.name)) for b in bands if b.noise)]
    problems = [f"{band.name}: {band.problem}." for band in bands if band.problem]
    return [*(_aligned(rows) if len(rows) > 1 else []), *problems, *_NOTES]


def compared(other: str, terms: Sequence["ColourTerm"]) -> list[str]:
    """A line for each colour term of another store."""
    lines = [f"Magnitudes in {other}, minus those here:"]
    for term in terms:
        colour = " − ".join(term.colour)
        lines.append(
            f"  {term.band}: {term.zero:+.3f} ± {term.zero_error:.3f} "
            f"{term.slope:+.3f} (± {term.slope_error:.3f}) × ({colour}), scatter "
            f"{term.scatter:.3f} mag, {term.galaxies:,} galaxies"
        )
    return lines


def as_json(
    survey: Survey, bands: Sequence["BandMeasured"], terms: Sequence["ColourTerm"]
) -> dict[str, Any]:
    """The same numbers."""
    return {
        "survey": survey.name,
        "bands": [_band_json(band) for band in bands],
        "colour_terms": [
            {
                "band": term.band,
                "colour": "-".join(term.colour),
                "zero_mag": term.zero,
                "zero_error_mag": term.zero_error,
                "slope": term.slope,
                "slope_error": term.slope_error,
                "scatter_mag": term.scatter,
                "galaxies": term.galaxies,
            }
            for term in terms
        ],
    }


def _band_json(band: "BandMeasured") -> dict[str, Any]:
    found: dict[str, Any] = {"band": band.name, "problem": band.problem}
    if band.psf is not None:
        found |= {
            "fwhm_arcsec": band.psf.fwhm_arcsec,
            "half_maximum_arcsec": band.psf.half_maximum_arcsec,
            "beta": band.psf.beta,
            "fwhm_spread": band.psf.spread,
            "point_sources": band.psf.number,
        }
    if band.noise is not None and len(band.noise.pixel):
        found |= {
            "depth_mag": band.noise.depth_mag,
            "depth_spread_mag": band.noise.spread_mag,
            "pixel_noise_nanomaggies": float(np.median(band.noise.pixel)),
            "images": len(band.noise.pixel),
        }
    return found


def _row(band: "BandMeasured", stated: Band | None) -> tuple[str, ...]:
    psf, noise = band.psf, band.noise
    known = [
        f"{value:g} {unit}"
        for value, unit in (
            (stated and stated.fwhm_arcsec, "arcsec"),
            (stated and stated.depth_mag, "mag"),
        )
        if value
    ]
    depth = (
        f"{noise.depth_mag:.2f} ± {noise.spread_mag:.2f}" if len(noise.pixel) else ""
    )
    pixel = f"{np.median(noise.pixel):.4f}" if len(noise.pixel) else ""
    return (
        band.name,
        f"{psf.fwhm_arcsec:.2f} ± {psf.fwhm_arcsec * psf.spread:.2f}",
        f"{psf.half_maximum_arcsec:.2f}",
        f"{psf.beta:.1f}",
        f"{psf.number:,}",
        depth,
        pixel,
        f"{len(noise.pixel):,}",
        ", ".join(known) or "nothing",
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
