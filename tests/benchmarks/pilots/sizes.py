"""How much one pass of the pilots does."""

from dataclasses import dataclass
from typing import Any

from training.config_parts import AugmentConfig, FitConfig

AUGMENT = {"turn": "quarter", "shift": 1.0, "zoom": 0.0}


@dataclass(frozen=True)
class Size:
    """Galaxies to simulate, and every fit's settings."""

    galaxies: int
    simulated_fit: dict[str, Any]
    sdss_fit: dict[str, Any]
    adapt_fit: dict[str, Any]  # what differs from the engine's default
    ring_fit: FitConfig
    seeds: int
    precision: str = "32-true"

    @property
    def device(self) -> dict[str, Any]:
        """One thread: pictures are small, and so are their batches."""
        return {"threads": 1, "precision": self.precision}


def _fit(epochs: int, **more: Any) -> dict[str, Any]:
    return {"epochs": epochs, "batch_size": 32, "augment": AUGMENT, **more}


def _ring_fit(epochs: int) -> FitConfig:
    return FitConfig(
        epochs=epochs, learning_rate=1e-3, augment=AugmentConfig(**AUGMENT)
    )


WHOLE = Size(
    galaxies=6000,
    simulated_fit=_fit(16),
    sdss_fit=_fit(20),
    adapt_fit={},
    ring_fit=_ring_fit(12),
    seeds=3,
)
ABLATION = Size(
    galaxies=3000,
    simulated_fit=_fit(12),
    sdss_fit={},
    adapt_fit={},
    ring_fit=_ring_fit(1),
    seeds=1,
)
QUICK = Size(
    galaxies=1000,
    simulated_fit=_fit(6),
    sdss_fit=_fit(10),
    adapt_fit={"epochs": 2},
    ring_fit=_ring_fit(5),
    seeds=1,
)
