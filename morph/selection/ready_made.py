"""Ready-made samples: published cuts and a few of our own, as selections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.selection.conditions import steps
from morph.selection.selection import Rule, Selection, Surest

TABLE_2 = "Walmsley et al. 2022, table 2"
FIGURE_4 = "Ye et al. 2025, fig. 4"
OURS = "morph"

_SMOOTH = "smooth-or-featured_smooth"
_FEATURED = "smooth-or-featured_featured-or-disk"
_ARTIFACT = "smooth-or-featured_artifact"


@dataclass(frozen=True)
class Sample:
    """A selection with a name and its source.

    The published cuts of table 2 hold where at least half of the volunteers would be
    asked, which is why their rule is "asked". Their "above" is "at least" here.
    """

    code: str  # short and unique
    title: str
    source: str
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    sureness: Surest | None = None
    rule: Rule = "asked"
    featured: bool = False  # shown on Overview

    def selection(self, release: LoadedRelease) -> Selection:
        """The selection for one release; MorphError where that lacks what it needs."""
        made = Selection(
            limits=self.limits,
            rule=self.rule,
            sureness=self.sureness,
            tree=release.tree,
        )
        steps(made, release)
        not_learnt = {q.name for q in made.questions} & {*release.manifest.not_learnt}
        if not_learnt:
            raise MorphError(
                f"{release.release_id} has not learnt {', '.join(sorted(not_learnt))}, "
                f"which “{self.title}” needs; choose another sample"
            )
        return made


def carried(release: LoadedRelease, samples: Sequence[Sample]) -> dict[str, Selection]:
    """Code -> selection of those samples that the release has the columns for."""
    found = {}
    for sample in samples:
        try:
            found[sample.code] = sample.selection(release)
        except MorphError:
            continue
    return found


def _from(low: float) -> tuple[float, float]:
    return (low, 1.0)


def _arms(answer: str, title: str) -> Sample:
    cut = {f"spiral-arm-count_{answer}": _from(0.75)}
    return Sample(f"arms-{answer}", title, TABLE_2, cut)


PUBLISHED = (
    Sample("featured", "Featured galaxies", TABLE_2, {_FEATURED: _from(0.7)}),
    Sample("disks", "Disks, featured or not", TABLE_2, {_FEATURED: _from(0.3)}),
    Sample("smooth", "Smooth galaxies", TABLE_2, {_SMOOTH: _from(0.7)}),
    Sample("edge-on", "Edge-on disks", TABLE_2, {"disk-edge-on_yes": _from(0.8)}),
    Sample("face-on", "Disks not edge-on", TABLE_2, {"disk-edge-on_yes": (0.0, 0.3)}),
    Sample(
        "strong-bars",
        "Strong bars",
        TABLE_2,
        {"bar_strong": _from(0.8)},
        featured=True,
    ),
    Sample("weak-bars", "Weak bars", TABLE_2, {"bar_weak": _from(0.8)}),
    Sample("any-bars", "Bars, strong or weak", TABLE_2, {"bar_no": (0.0, 0.4)}),
    Sample("spirals", "Spirals", TABLE_2, {"has-spiral-arms_yes": _from(0.6)}),
    Sample(
        "no-arms",
        "Disks without spiral arms",
        TABLE_2,
        {"has-spiral-arms_yes": (0.0, 0.3)},
        featured=True,
    ),
    _arms("1", "One-armed spirals"),
    _arms("2", "Two-armed spirals"),
    _arms("3", "Three-armed spirals"),
    _arms("4", "Four-armed spirals"),
    _arms("more-than-4", "Spirals with more than four arms"),
    Sample(
        "rounded-bulges",
        "Edge-on with rounded bulge",
        TABLE_2,
        {"edge-on-bulge_rounded": _from(0.6)},
    ),
    Sample(
        "boxy-bulges",
        "Edge-on with boxy bulge",
        TABLE_2,
        {"edge-on-bulge_boxy": _from(0.3)},
        featured=True,
    ),
    Sample(
        "bulgeless",
        "Edge-on without bulge",
        TABLE_2,
        {"edge-on-bulge_none": _from(0.5)},
    ),
    Sample(
        "mergers",
        "Mergers",
        TABLE_2,
        {"merging_merger": _from(0.7)},
        featured=True,
    ),
    Sample("overlaps", "Mergers and overlaps", TABLE_2, {"merging_merger": _from(0.3)}),
    Sample(
        "major",
        "Major disturbances",
        TABLE_2,
        {"merging_major-disturbance": _from(0.6)},
        featured=True,
    ),
    Sample(
        "minor",
        "Minor disturbances",
        TABLE_2,
        {"merging_minor-disturbance": _from(0.4)},
    ),
    Sample(
        "sure-strong-bars",
        "Strong bars, most certain 15%",
        FIGURE_4,
        {"bar_strong": _from(0.5)},
        Surest("variance", "bar_strong", 15),
        rule="largest",
    ),
    Sample(
        "unsure-strong-bars",
        "Strong bars, least certain 15%",
        FIGURE_4,
        {"bar_strong": _from(0.5)},
        Surest("variance", "bar_strong", 15, least=True),
        rule="largest",
    ),
)

OWN = (
    Sample(
        "loose-two-arms",
        "Loose two-armed spirals",
        OURS,
        {"spiral-arm-count_2": _from(0.75), "spiral-winding_loose": _from(0.5)},
        featured=True,
    ),
    Sample(
        "round-smooth",
        "Smooth and round",
        OURS,
        {_SMOOTH: _from(0.7), "how-rounded_round": _from(0.7)},
        featured=True,
    ),
    Sample(
        "artifacts",
        "Artifacts",
        OURS,
        {_ARTIFACT: _from(0.5)},
    ),
    Sample(
        "least-known",
        "Least known to the model",
        OURS,
        sureness=Surest("concentration", _FEATURED, 1, least=True),
        featured=True,
    ),
)

SAMPLES = (*PUBLISHED, *OWN)
