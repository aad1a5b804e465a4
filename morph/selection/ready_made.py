"""Ready-made samples: published cuts and a few of our own, as selections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.release.kinds import kind_of
from morph.selection.conditions import steps
from morph.selection.selection import Rule, Selection, Surest

TABLE_2 = "Walmsley et al. 2022, table 2"
FIGURE_4 = "Ye et al. 2025, fig. 4"
OURS = "morph"

# Votes on a question that Galaxy Zoo asks of well-sampled galaxies: Willett et al. 2013
# (table 3; with 10 votes, its limits on the parent answers are higher).
WELL_SAMPLED = 20

_SMOOTH = "smooth-or-featured_smooth"
_FEATURED = "smooth-or-featured_featured-or-disk"
_ARTIFACT = "smooth-or-featured_artifact"


@dataclass(frozen=True)
class ReadyMade:
    """A selection with a name and its source.

    The cuts of table 2 of Walmsley et al. 2022 apply where at least half of the
    volunteers would reach the question, so their rule is "asked". Their "above" is
    "at least" here. Of a release made from votes, all samples are of well-sampled
    galaxies; a model's posteriors have no votes to count.
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
        voted = kind_of(release.manifest).is_votes and release.counts_votes
        selection = Selection(
            self.limits,
            self.rule,
            least_votes=WELL_SAMPLED if voted else 0,
            sureness=self.sureness,
            tree=release.tree,
        )
        steps(selection, release)
        questions = {question.name for question in selection.questions}
        not_learnt = questions & {*release.manifest.not_learnt}
        if not_learnt:
            raise MorphError(
                f"this model did not learn {', '.join(sorted(not_learnt))}, "
                f"which “{self.title}” needs; choose another sample"
            )
        return selection


def carried(
    release: LoadedRelease, samples: Sequence[ReadyMade]
) -> dict[str, Selection]:
    """Code -> selection of those samples that the release has the columns for."""
    selections = {}
    for sample in samples:
        try:
            selections[sample.code] = sample.selection(release)
        except MorphError:
            continue
    return selections


def _cut(
    code: str, title: str, label: str, low: float, high: float = 1.0, **others: bool
) -> ReadyMade:
    """A cut of table 2, of one answer."""
    return ReadyMade(code, title, TABLE_2, {label: (low, high)}, **others)


def _bars(code: str, end: str, *, least: bool) -> ReadyMade:
    """The most, or the least, certain strong bars of figure 4 of Ye et al. 2025."""
    return ReadyMade(
        code,
        f"Strong bars, {end} certain 15%",
        FIGURE_4,
        {"bar_strong": (0.5, 1.0)},
        Surest("variance", "bar_strong", 15, least=least),
        rule="largest",
    )


SAMPLES = (
    _cut("featured", "Featured galaxies", _FEATURED, 0.7),
    _cut("disks", "Featured or disk, looser cut", _FEATURED, 0.3),
    _cut("smooth", "Smooth galaxies", _SMOOTH, 0.7),
    _cut("edge-on", "Edge-on disks", "disk-edge-on_yes", 0.8),
    _cut("face-on", "Disks not edge-on", "disk-edge-on_yes", 0.0, 0.3),
    _cut("strong-bars", "Strong bars", "bar_strong", 0.8, featured=True),
    _cut("weak-bars", "Weak bars", "bar_weak", 0.8),
    _cut("any-bars", "Bars, strong or weak", "bar_no", 0.0, 0.4),
    _cut("spirals", "Spirals", "has-spiral-arms_yes", 0.6),
    _cut(
        "no-arms",
        "Disks without spiral arms",
        "has-spiral-arms_yes",
        0.0,
        0.3,
        featured=True,
    ),
    _cut("arms-1", "One-armed spirals", "spiral-arm-count_1", 0.75),
    _cut("arms-2", "Two-armed spirals", "spiral-arm-count_2", 0.75),
    _cut("arms-3", "Three-armed spirals", "spiral-arm-count_3", 0.75),
    _cut("arms-4", "Four-armed spirals", "spiral-arm-count_4", 0.75),
    _cut(
        "arms-more-than-4",
        "Spirals with more than four arms",
        "spiral-arm-count_more-than-4",
        0.75,
    ),
    _cut("rounded-bulges", "Edge-on with rounded bulge", "edge-on-bulge_rounded", 0.6),
    _cut(
        "boxy-bulges",
        "Edge-on with boxy bulge",
        "edge-on-bulge_boxy",
        0.3,
        featured=True,
    ),
    _cut("bulgeless", "Edge-on without bulge", "edge-on-bulge_none", 0.5),
    _cut("mergers", "Mergers", "merging_merger", 0.7, featured=True),
    _cut("overlaps", "Mergers and overlaps", "merging_merger", 0.3),
    _cut(
        "major", "Major disturbances", "merging_major-disturbance", 0.6, featured=True
    ),
    _cut("minor", "Minor disturbances", "merging_minor-disturbance", 0.4),
    _bars("sure-strong-bars", "most", least=False),
    _bars("unsure-strong-bars", "least", least=True),
    ReadyMade(
        "loose-two-arms",
        "Loose two-armed spirals",
        OURS,
        {"spiral-arm-count_2": (0.75, 1.0), "spiral-winding_loose": (0.5, 1.0)},
        featured=True,
    ),
    ReadyMade(
        "round-smooth",
        "Smooth and round",
        OURS,
        {_SMOOTH: (0.7, 1.0), "how-rounded_round": (0.7, 1.0)},
        featured=True,
    ),
    ReadyMade("artifacts", "Artifacts", OURS, {_ARTIFACT: (0.5, 1.0)}),
    ReadyMade(
        "least-known",
        "Lowest 1% in total concentration",
        OURS,
        sureness=Surest("concentration", _FEATURED, 1, least=True),
        featured=True,
    ),
)
