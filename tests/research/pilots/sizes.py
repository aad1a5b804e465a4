"""Sizes of a pass of the pilots."""

from dataclasses import dataclass, replace
from typing import Any

from morph.runs.config_parts import AugmentConfig, FitConfig

AUGMENT = {"turn": "quarter", "shift": 1.0, "zoom": 0.0}


@dataclass(frozen=True)
class Size:
    """Galaxies to simulate, and every fit's settings."""

    galaxies: int
    simulated_fit: dict[str, Any]
    sdss_fit: dict[str, Any]
    adapt_fit: dict[str, Any]  # what differs from the engine's default
    simulated_rings: int  # pictures
    simulated_ring_fit: FitConfig
    ring_fits: tuple[FitConfig, ...]  # one is chosen within each training fold
    few_ring_labels: int
    ring_seeds: int  # assignments to folds
    seeds: int
    precision: str = "32-true"

    @property
    def device(self) -> dict[str, Any]:
        """One thread: images and batches are small."""
        return {"threads": 1, "precision": self.precision}


def _fit(epochs: int, **more: Any) -> dict[str, Any]:
    return {"epochs": epochs, "batch_size": 32, "augment": AUGMENT, **more}


def _ring_fit(epochs: int, rate: float = 1e-3) -> FitConfig:
    augment = AugmentConfig(turn="any", shift=1.0, zoom=0.1)
    return FitConfig(epochs=epochs, batch_size=16, learning_rate=rate, augment=augment)


WHOLE = Size(
    galaxies=6000,
    simulated_fit=_fit(16),
    sdss_fit=_fit(20),
    adapt_fit={},
    simulated_rings=3000,
    simulated_ring_fit=_ring_fit(5),
    ring_fits=(_ring_fit(6, 3e-4), _ring_fit(6, 1e-3)),
    few_ring_labels=40,
    ring_seeds=2,
    seeds=3,
)
ABLATION = replace(WHOLE, galaxies=3000, simulated_fit=_fit(12))
QUICK = Size(
    galaxies=1000,
    simulated_fit=_fit(6),
    sdss_fit=_fit(10),
    adapt_fit={"epochs": 2},
    simulated_rings=500,
    simulated_ring_fit=_ring_fit(2),
    ring_fits=(_ring_fit(3),),
    few_ring_labels=40,
    ring_seeds=1,
    seeds=1,
)
