"""The methods that are compared, and the configurations of all runs.

Every fit to votes has the same epochs, rate and batches, so that only the method
differs. The *control* is the same fit on source images as they are, with AdaBN. Weights
of the rivals' terms, and the rates of those that learn without votes, are the best of
``TRIED`` by ``--tune`` (docs/adaptation.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from morph.errors import MorphError
from morph.runs.config import AdaptConfig
from tests.benchmarks.adaptation_pairs import Size

CONSTANT, SOURCE, ORACLE = "constant", "source on source", "oracle"
DIRECT = "none (source on target)"
DEFAULT_METHOD = AdaptConfig.__dataclass_fields__["method"].default
_RATE = 2e-3  # of every fit to votes that continues from the source model


@dataclass(frozen=True)
class Method:
    """One row of the table: a method and its settings that differ from the defaults.

    ``slug`` names its runs. ``settings`` are parts of an `AdaptConfig`, by name; their
    "fit" is completed. ``fit_of`` is another method whose fit is the same, so that it
    need not be repeated.
    """

    slug: str
    name: str
    method: str
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    fit_of: str | None = None


def _joint(slug: str, name: str, **settings: Any) -> Method:
    """One target term; the source images are not changed."""
    plain = {"retake": False, "align": "none", "teacher_weight": 0.0}
    return Method(slug, f"{name}, AdaBN", "joint+adabn", {"joint": plain | settings})


def _aligned(align: str, name: str, weight: float) -> Method:
    return _joint(align.replace("_", "-"), name, align=align, align_weight=weight)


def _kmeans(**settings: Any) -> dict[str, dict[str, Any]]:
    return {"kmeans": settings}


METHODS = (
    Method("none", DIRECT, "none"),
    _joint("control", "control: source images"),
    Method("fast", "AdaBN", "fast"),
    Method(
        "simulation", "mock observations", "long_simulation", fit_of="physical-plus"
    ),
    Method("physical-plus", "physical+: mock observations, AdaBN", "physical+"),
    _aligned("mmd", "MMD", 50.0),
    _aligned("coral", "CORAL", 100.0),
    _aligned("adversary", "adversary", 0.1),
    _joint("teacher", "mean teacher", teacher_weight=1.0),
    Method(
        "information",
        "SHOT",
        "information",
        {"information": {"fit": {"learning_rate": 5e-5}}},
    ),
    Method("paper", "paper, as published", "paper", _kmeans(prototypes="tracking")),
    Method(
        "paper-mended",
        "paper, follow_tree, faster",
        "paper",
        _kmeans(follow_tree=True, fit={"learning_rate": 1e-5}),
    ),
)
OTHERS = (
    Method("standardise", "standardised features", "standardise"),
    _aligned("ot", "optimal transport", 10.0),
    _aligned("dare_gram", "DARE-GRAM", 10.0),
    Method(
        "physical-teacher",
        "mock observations, mean teacher, AdaBN",
        "joint+adabn",
        {"joint": {"teacher_weight": 0.1}},
    ),
    Method("prototypes", "soft prototypes", "prototypes"),
    Method("pairs", "mock observations, distillation on pairs", "pairs"),
)
DEFAULT = next(m.name for m in METHODS if m.method == DEFAULT_METHOD)
CONTROL, ADABN = METHODS[1].name, METHODS[2].name

# What is tuned of each rival: the part, its setting ("fit" for the rate), the values.
TRIED: dict[str, tuple[str, str, tuple[float, ...]]] = {
    "mmd": ("joint", "align_weight", (5.0, 50.0, 500.0)),
    "coral": ("joint", "align_weight", (10.0, 100.0, 1000.0)),
    "adversary": ("joint", "align_weight", (0.1, 1.0)),
    "teacher": ("joint", "teacher_weight", (0.1, 1.0)),
    "information": ("information", "fit", (5e-5, 2e-4)),
    "paper-mended": ("kmeans", "fit", (1e-5, 1e-4)),
}


def methods_called(slugs: Sequence[str] | None) -> list[Method]:
    """The requested methods, in the table's order, with the unadapted model.

    Those of ``METHODS`` by default; MorphError for an unknown one.
    """
    known = [method.slug for method in (*METHODS, *OTHERS)]
    unknown = [slug for slug in slugs or () if slug not in known]
    if unknown:
        raise MorphError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    if not slugs:
        return list(METHODS)
    return [m for m in (*METHODS, *OTHERS) if m.slug in slugs or m.name == DIRECT]


def variants(methods: Sequence[Method]) -> list[Method]:
    """Each method that is tuned with each of the values that are tried."""
    made = []
    for method in methods:
        if method.slug not in TRIED:
            made.append(method)
            continue
        part, name, values = TRIED[method.slug]
        own = method.settings[part]
        for value in values:
            given = {"learning_rate": value} if name == "fit" else value
            made.append(
                replace(
                    method,
                    slug=f"{method.slug}-{value:g}",
                    name=f"{method.name}, {value:g}",
                    settings={part: own | {name: given}},
                )
            )
    return made


def source_config(
    size: Size, seed: int, survey: str, epochs: int, half: str
) -> dict[str, Any]:
    """A fit on images of the source galaxies in ``survey``, evaluated on the same."""
    return {
        "kind": "source",
        "stores": ["source" if survey == "source" else "source-target"],
        "seed": seed,
        "model": {"encoder": "small"},
        "fit": {"epochs": epochs, "tensorboard": False},
        "held_out": 0.1,
        "device": {"accelerator": "cpu"},
        "evaluate": {"store": f"test-{survey}", "half": half},
    }


def adapt_config(size: Size, seed: int, method: Method, half: str) -> dict[str, Any]:
    """The source model adapted by ``method``, evaluated on the target."""
    fit = {"epochs": size.epochs, "tensorboard": False}
    names = ("simulation", "long_simulation", "joint")
    parts: dict[str, dict[str, Any]] = {
        name: {"fit": fit | {"learning_rate": _RATE}} for name in names
    }
    parts |= {name: {"fit": fit} for name in ("kmeans", "prototypes", "information")}
    parts["adabn"] = {"galaxies": 1024}
    # The last epoch of every method, judged but not rejected.
    parts["choice"] = {
        "galaxies": size.judged,
        "epoch": "last",
        "harmful": "keep",
        "unclear": "keep",
    }
    if method.method == "pairs":
        stores = {"source_stores": ["pairs-source"], "target_stores": ["pairs-target"]}
        parts["pairs"] = stores | {"fit": fit}
    for name, given in method.settings.items():
        own = parts[name].get("fit", {}) | given.get("fit", {})
        parts[name] = parts[name] | given | {"fit": own}
    return {
        "kind": "adapt",
        "model_run": source_run(seed),
        "source_stores": ["source"],
        "target_stores": ["target"],
        "method": method.method,
        "seed": seed,
        "device": {"accelerator": "cpu"},
        "evaluate": {"store": "test-target", "half": half},
    } | parts


def source_run(seed: int) -> str:
    """The name of the run that fits a seed's source model."""
    return f"source-{seed}"
