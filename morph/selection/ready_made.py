"""Ready-made samples of a tree: published cuts and a few of our own, as selections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from duckdb import DuckDBPyConnection

from morph.catalogue.release_results import result
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.release.kinds import kind_of
from morph.selection.certainty.certainty import Surest
from morph.selection.conditions import steps
from morph.selection.funnel import Funnel, counted, of_counts
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import first_rows
from morph.selection.selection import Rule, Selection
from morph.selection.url import digest
from morph.trees.decision_tree import DecisionTree

DRAWN = 40  # random galaxies of a sample
OURS = "morph"  # the source of samples that nobody published

# Votes on a question that Galaxy Zoo asks of well-sampled galaxies: Willett et al. 2013
# (table 3; with 10 votes, its limits on the parent answers are higher).
WELL_SAMPLED = 20


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
    certainty: tuple[Surest, ...] = ()
    rule: Rule = "asked"
    featured: bool = False  # shown on Overview

    def selection(self, release: LoadedRelease) -> Selection:
        """The selection for one release; MorphError where that lacks what it needs."""
        voted = kind_of(release.manifest).is_votes and release.counts_votes
        selection = Selection(
            self.limits,
            self.rule,
            least_votes=WELL_SAMPLED if voted else 0,
            certainty=self.certainty,
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


def counted_once(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> Funnel:
    """The galaxies left after each step, kept with the release.

    For the samples, and other selections that depend on nothing but the release.
    """
    every = steps(selection, release)

    def left() -> list[int]:
        found = counted(con, release, every)
        return [found.total, *(row.left for row in found.rows)]

    name = f"counts {digest(selection)}"
    return of_counts(every, result(con, release, name, left))


def drawn_once(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> list[int]:
    """Rows of the first DRAWN galaxies in random order, kept with the release.

    For the whole release too; otherwise as `counted_once`.
    """

    def rows() -> list[int]:
        return first_rows(con, release, selection, Order("random"), DRAWN)

    return result(con, release, f"drawn {digest(selection)}", rows)


@cache
def samples_of(tree: DecisionTree) -> tuple[ReadyMade, ...]:
    """The samples of a tree, as its file states them; none for many trees."""
    return tuple(_sample(given) for given in tree.samples)


def _sample(given: Mapping[str, Any]) -> ReadyMade:
    surest = [given["surest"]] if "surest" in given else []
    return ReadyMade(
        given["code"],
        given["title"],
        given["source"],
        {label: (low, high) for label, (low, high) in given.get("limits", {}).items()},
        tuple(
            Surest(one["by"], one["answer"], one["percent"], least=one["least"])
            for one in surest
        ),
        given.get("rule", "asked"),
        featured=given.get("featured", False),
    )
