"""The methods that are compared, and the configurations of all runs.

All fits have the same number of epochs, so that only the method differs; the long one
has as many as the source's fit. Weights of the distances are comparable to the loss of
votes (about 25 nats): those of CORAL, MMD, transport and adversary are from another
survey pair, that of DARE-GRAM is a guess; none was tuned here.
"""

from dataclasses import dataclass, field
from typing import Any

from morph.runs.config import AdaptConfig
from tests.benchmarks.adaptation_pair import Size

CONSTANT, SOURCE, ORACLE = "constant", "source on source", "oracle"
DIRECT = "none (source on target)"
DEFAULT_METHOD = AdaptConfig.__dataclass_fields__["method"].default

# Rates at which weights change as much in the few steps of a small survey as in the
# thousands of steps of the paper.
_FASTER = 1e-4


@dataclass(frozen=True)
class Method:
    """One row of the table: a method and its settings that differ from the defaults.

    ``slug`` names its runs. ``settings`` are parts of an `AdaptConfig`, by name; their
    "fit" is completed.
    """

    slug: str
    name: str
    method: str
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)


def _joint(slug: str, name: str, **settings: Any) -> Method:
    """One target term; the source images are not changed."""
    plain = {"retake": False, "align": "none", "teacher_weight": 0.0}
    return Method(slug, f"{name}, AdaBN", "joint+adabn", {"joint": plain | settings})


def _aligned(align: str, name: str, weight: float) -> Method:
    """Minimise a distance of the features, in batches large enough to measure it."""
    return _joint(
        align.replace("_", "-"),
        name,
        align=align,
        align_weight=weight,
        fit={"batch_size": 128},
    )


def _kmeans(**settings: Any) -> dict[str, dict[str, Any]]:
    return {"kmeans": settings}


METHODS = (
    Method("none", DIRECT, "none"),
    Method("fast", "fast: AdaBN", "fast"),
    Method("standardise", "feature standardising", "standardise"),
    Method("simulation", "survey simulation", "simulation"),
    Method("physical", "physical: simulation, AdaBN", "physical"),
    Method("physical-plus", "physical+: longer simulation, AdaBN", "physical+"),
    Method("pairs", "pairs: simulation, distillation", "pairs"),
    _aligned("coral", "CORAL", 100.0),
    _aligned("mmd", "MMD", 50.0),
    _aligned("ot", "optimal transport", 10.0),
    _aligned("dare_gram", "DARE-GRAM", 10.0),
    _aligned("adversary", "adversary", 1.0),
    Method(
        "physical-teacher",
        "physical, mean teacher",
        "joint+adabn",
        {"joint": {"teacher_weight": 0.1}},
    ),
    _joint("teacher", "mean teacher", teacher_weight=0.3),
    Method("information", "SHOT: information", "information"),
    Method("prototypes", "soft prototypes", "prototypes"),
    Method("paper", "paper, as published", "paper", _kmeans(prototypes="tracking")),
    Method("paper-mended", "paper, mended", "paper", _kmeans(follow_tree=True)),
    Method(
        "paper-faster",
        "paper, mended, faster",
        "paper",
        _kmeans(follow_tree=True, fit={"learning_rate": _FASTER}),
    ),
)
DEFAULT = next(m.name for m in METHODS if m.method == DEFAULT_METHOD)

_STEPS_LIKE_THE_SOURCES = ("simulation", "joint", "prototypes", "information")


def source_config(
    size: Size, seed: int, survey: str, epochs: int, half: str
) -> dict[str, Any]:
    """A fit on images of the source galaxies in ``survey``, evaluated on the same."""
    return {
        "kind": "source",
        "stores": [f"source-{survey}"],
        "seed": seed,
        "model": {"encoder": size.encoder},
        "fit": {"epochs": epochs},
        "device": {"accelerator": size.accelerator},
        "evaluate": {"store": f"overlap-{survey}", "half": half},
    }


def adapt_config(size: Size, seed: int, method: Method, half: str) -> dict[str, Any]:
    """The source model adapted by ``method``, evaluated on the target."""
    parts: dict[str, dict[str, Any]] = {
        name: {"fit": {"epochs": size.adapt_epochs}} for name in _STEPS_LIKE_THE_SOURCES
    }
    parts["long_simulation"] = {"fit": {"epochs": size.fit_epochs}}
    parts["kmeans"] = {"fit": {"epochs": size.kmeans_epochs}}
    parts["pairs"] = {
        "source_stores": ["pairs-decals"],
        "target_stores": ["pairs-bmz"],
    }
    # The last epoch of every method, judged but not rejected.
    parts["choice"] = {
        "source_stores": ["choice-decals"],
        "target_stores": ["choice-bmz"],
        "epoch": "last",
        "harmful": "keep",
        "unclear": "keep",
    }
    for name, given in method.settings.items():
        fit = parts[name].get("fit", {}) | given.get("fit", {})
        parts[name] = parts[name] | given | {"fit": fit}
    return {
        "kind": "adapt",
        "model_run": source_run(seed),
        "source_stores": ["source-decals"],
        "target_stores": ["target-bmz"],
        "method": method.method,
        "seed": seed,
        "device": {"accelerator": size.accelerator},
        "evaluate": {"store": "overlap-bmz", "half": half},
    } | parts


def source_run(seed: int) -> str:
    """The name of the run that fits a seed's source model."""
    return f"source-{seed}"
